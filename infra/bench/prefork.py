"""A `quoteway worker` on Celery's prefork pool, to compare with. The product ships threads only."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from pipeline.domain.stage import Stage
from workers.bootstrap import Application
from workers.celery_app import QUEUES, make_app
from workers.clock import Clock, Rhythm
from workers.lane import FastLane
from workers.serving import serve, work_of, worker_id
from workers.settings import load_settings
from workers.tasks import register
from workers.wire import Wire


class Prefork(Celery):
    """The one difference: what the worker is told its pool is."""

    def Worker(self, **options: Any) -> Any:  # type: ignore[override]  # noqa: N802 - Celery has it as a property
        return super().Worker(**{**options, "pool": "prefork"})


def main() -> None:
    settings, concurrency = load_settings(), int(os.environ["BENCH_CONCURRENCY"])
    with Application.open(settings, pool_size=2) as application:
        app = make_app(application.redis_url)
        app.__class__ = Prefork
        wire = Wire(app, application.redis_url)
        lane = FastLane(list(Stage), enabled=settings.fast_lane, short=4 * concurrency)
        register(app, work_of(application, lane, wire))
        worker_process_init.connect(lambda **_: application.database.engine.dispose(close=False), weak=False)
        rhythm = Rhythm(worker_id(), QUEUES, timedelta(seconds=settings.lease_seconds))

        def clock() -> Clock:
            return Clock(application.database, wire, lane, rhythm, application.look_after, application.head.counted)

        serve(app, QUEUES, clock, concurrency)


if __name__ == "__main__":
    main()
