"""Flower in the foreground: which workers live, which tasks they ran. It sees names and ids of rows, never more."""

from __future__ import annotations

import logging
import signal
from types import FrameType

from flower.app import Flower  # type: ignore[import-untyped]
from flower.options import default_options  # type: ignore[import-untyped]
from flower.urls import settings as handler_settings  # type: ignore[import-untyped]
from tornado.ioloop import IOLoop

from workers.celery_app import make_app

_COLUMNS = "name,state,args,result,runtime,received,worker,retries,uuid,exception"


def serve(redis_url: str, host: str, port: int, basic_auth: str | None) -> None:
    """
    Runs until SIGINT or SIGTERM. `basic_auth` is `user:password`; without one Flower shows and changes nothing.

    `/metrics` and `/healthcheck` answer without it: they hold task names and counts.
    """
    options = default_options
    options.address, options.port = host, port
    options.basic_auth = [basic_auth] if basic_auth else []
    options.read_only = basic_auth is None
    options.tasks_columns = _COLUMNS
    options.max_tasks = 20000
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    flower = Flower(capp=make_app(redis_url), options=options, **{**handler_settings, "debug": False})
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop_on)
    flower.start_http_server()
    flower.start()
    flower.stop()


def _stop_on(_number: int, _frame: FrameType | None) -> None:
    loop = IOLoop.current()
    loop.add_callback_from_signal(loop.stop)
