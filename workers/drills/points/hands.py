"""
A worker and the doors in one process, driven by hand: it takes from the real queues, ticks the real clock, and asks
the doors. With a trigger all of it goes through the seams.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx
import redis
from celery import Celery
from fastapi import FastAPI
from sqlalchemy import func, select

from pipeline.domain.stage import Stage
from pipeline.store.errands import ErrandKind
from pipeline.store.tables import ERRANDS, EVENTS, NOTICES, ORDERS
from workers.bootstrap import Application, Parts
from workers.celery_app import PREFIX, QUEUES, RUN_ERRAND, make_app
from workers.clock import Clock, Rhythm
from workers.drills.house import NotInTime
from workers.drills.points.trigger import Trigger
from workers.drills.seams import SeamedWire, seamed_parts
from workers.lane import FastLane
from workers.serving import work_of
from workers.settings import load_settings
from workers.tasks import register
from workers.web.assembly import doors_of
from workers.wire import Wire, WireDown
from workers.work import WorkerWork

Json = dict[str, Any]
_LONGEST_REST = 0.5
# Polls and checks come again for ever: those of another day are no part of a run.
_SOON = timedelta(hours=1)


class Hands:
    """`trigger` None: the plain parts."""

    def __init__(self, application: Application, trigger: Trigger | None) -> None:
        self.application = application
        self.trigger = trigger or Trigger()
        url = application.redis_url
        self.celery = make_app(url)
        self.wire = self.wire_to(url)
        self.lane = FastLane(list(Stage), enabled=application.settings.fast_lane, short=64)
        register(self.celery, self.work_with(self.wire))
        self._redis = redis.Redis.from_url(url, socket_timeout=5)
        self.ticks_count = False
        self.tidying_counts = False

    def wire_to(self, url: str, app: Celery | None = None) -> Wire:
        """A wire of this worker's kind, perhaps to another broker."""
        return SeamedWire(self.trigger, app or self.celery, url)

    def work_with(self, wire: Wire) -> WorkerWork:
        return work_of(self.application, self.lane, wire)

    def clock_with(self, wire: Wire) -> Clock:
        application = self.application
        lease = application.rules.lease
        rhythm = Rhythm(f"drill:{os.getpid()}", QUEUES, lease)
        return Clock(application.database, wire, self.lane, rhythm, application.look_after, application.head.counted)

    @cached_property
    def clock(self) -> Clock:
        return self.clock_with(self.wire)

    @cached_property
    def doors(self) -> FastAPI:
        return doors_of(self.application)

    def drive(self, until: Callable[[], bool] | None = None, seconds: float = 600.0) -> None:
        """
        Works until this is true, or else until nothing is due any more: every order has ended or asks, all events are
        read, all notices delivered and all errands run. Raises NotInTime.
        """
        deadline = time.monotonic() + seconds
        while not (until is not None and until()):
            if self.take():
                continue
            due_in = self.due_in()
            if due_in is None and until is None:
                return
            if time.monotonic() > deadline:
                raise NotInTime(f"It does not come to rest within {seconds:g} s. {self.standing()}")
            if due_in is None or due_in > 0:
                time.sleep(min(due_in or _LONGEST_REST, _LONGEST_REST) + 0.01)
                continue
            self.tick()
            if not self.take():
                time.sleep(0.1)

    def tick(self) -> None:
        """What is due becomes messages; no part of a scenario that has not begun with it."""
        with nullcontext() if self.ticks_count else self.trigger.quiet():
            self.clock.tick()

    def clock_ticks_in_vain(self, wire: Wire) -> None:
        """A tick whose messages nobody takes."""
        with suppress(WireDown):
            self.clock_with(wire).tick()

    def take(self) -> bool:
        """Takes one message, the nearest to an order's end first, and does what it says. False: there was none."""
        for name in QUEUES:
            message: Any = self._redis.rpop(PREFIX + name)
            if message is not None:
                self._carry_out(json.loads(message))
                return True
        return False

    def _carry_out(self, message: Json) -> None:
        arguments, _, _ = json.loads(base64.b64decode(message["body"]))
        task = message["headers"]["task"]
        aside = task == RUN_ERRAND and not self.tidying_counts and self._tidies(*arguments)
        with self.trigger.quiet() if aside else nullcontext():
            self.celery.tasks[task](*arguments)

    def _tidies(self, errand_id: str) -> bool:
        """Whether it is the errand that comes once a day, to whichever run is the first on its database."""
        with self.application.database.engine.connect() as connection:
            kind = connection.execute(select(ERRANDS.c.kind).where(ERRANDS.c.id == errand_id)).scalar_one_or_none()
        return kind == ErrandKind.TIDY

    def due_in(self) -> float | None:
        """Seconds until the next thing is due; below 0 when it is. None: nothing ever is, but by somebody's act."""
        tables = (ORDERS, EVENTS, NOTICES)
        soonest = [
            *(select(func.min(table.c.due_at)).scalar_subquery() for table in tables),
            select(func.min(ERRANDS.c.due_at)).where(ERRANDS.c.due_at < func.now() + _SOON).scalar_subquery(),
        ]
        wait = func.extract("epoch", func.least(*soonest) - func.clock_timestamp())
        with self.application.database.engine.connect() as connection:
            found: Any = connection.execute(select(wait)).scalar_one()
        return None if found is None else float(found)

    def standing(self) -> str:
        with self.application.database.engine.connect() as connection:
            due = [
                select(ORDERS.c.ref, ORDERS.c.state, ORDERS.c.stage, ORDERS.c.due_at).where(
                    ORDERS.c.due_at.is_not(None)
                ),
                select(EVENTS.c.id, EVENTS.c.status, EVENTS.c.due_at).where(EVENTS.c.due_at.is_not(None)),
                select(NOTICES.c.id, NOTICES.c.tries, NOTICES.c.cut_off, NOTICES.c.error, NOTICES.c.due_at).where(
                    NOTICES.c.due_at.is_not(None)
                ),
                select(ERRANDS.c.connection, ERRANDS.c.kind, ERRANDS.c.error, ERRANDS.c.due_at).where(
                    ERRANDS.c.due_at < func.now() + _SOON
                ),
            ]
            rows = [row for each in due for row in connection.execute(each)]
            return "; ".join(" ".join(str(part) for part in row) for row in rows)

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Json:
        """What the doors answer, with its status as `status_code`."""
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.doors, client=("127.0.0.1", 50000))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=30) as client:
                kind = {"content-type": "application/json"}
                return await client.request(method, path, content=content, headers={**kind, **(headers or {})})

        answer = asyncio.run(asked())
        told = answer.json() if answer.headers.get("content-type", "").startswith("application/json") else {}
        return {**(told if isinstance(told, dict) else {}), "status_code": answer.status_code}

    def orders(self, quote_id: str) -> list[Json]:
        """The quote's orders, whole, as the operator API shows them."""
        listed = self.ask("GET", f"/api/orders?quote={quote(quote_id)}")
        return [self.ask("GET", f"/api/orders/{item['ref']}") for item in listed["items"]]

    def close(self) -> None:
        self.wire.close()
        self._redis.close()


@contextmanager
def hands(variables: Mapping[str, str], trigger: Trigger | None) -> Iterator[Hands]:
    """A process's own, opened for these settings."""
    parts = Parts() if trigger is None else seamed_parts(trigger)
    with Application.open(load_settings(variables, None), pool_size=3, parts=parts) as application:
        made = Hands(application, trigger)
        try:
            yield made
        finally:
            made.close()
