"""What a round of the clock takes beside the parked orders."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median

from pipeline.domain.stage import Stage
from pipeline.store import life
from workers.bootstrap import Application
from workers.celery_app import QUEUES, make_app
from workers.clock import Clock, Rhythm
from workers.lane import FastLane
from workers.wire import Wire

_ROUNDS = 100
_ID = "drill"


def ticks(application: Application) -> float:
    """The median of rounds of a clock of our own, in milliseconds, with next to nothing due."""
    wire = Wire(make_app(application.redis_url), application.redis_url)
    lane = FastLane(list(Stage), enabled=True, short=64)
    clock = Clock(
        application.database, wire, lane, Rhythm(_ID, QUEUES, timedelta(seconds=60)), lambda: 0, lambda _count: None
    )
    took = []
    try:
        for _ in range(_ROUNDS):
            began = time.monotonic()
            clock.tick()
            took.append(time.monotonic() - began)
    finally:
        wire.close()
        with application.database.transaction() as connection:
            life.gone(connection, _ID)
    return median(took) * 1000
