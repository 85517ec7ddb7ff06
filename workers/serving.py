"""One worker in the foreground: Celery's consumer, a pool of threads, and the clock."""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from celery import Celery, bootsteps, signals
from celery.exceptions import SecurityWarning

from pipeline.domain.stage import Stage
from workers.bootstrap import Application
from workers.celery_app import EVENTS, QUEUES, make_app
from workers.clock import Clock, Rhythm
from workers.lane import FastLane
from workers.settings import Settings, SettingsError
from workers.tasks import register
from workers.wire import Wire
from workers.work import WorkerWork

# Threads wait for marketplaces most of the time; docs/decisions/0004-threads.md has the measurements.
CONCURRENCY = 16


def worker_id() -> str:
    """Names this process among all workers: its host and its process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run_worker(settings: Settings, stages: Sequence[str] | None = None, concurrency: int = CONCURRENCY) -> int:
    """
    A worker for these queues (all of them where none is named) until SIGTERM. Gives the exit code.

    `stages` are stages, or `events`. Raises SettingsError.
    """
    served = _served(stages)
    with Application.open(settings, pool_size=concurrency) as application:
        app = make_app(application.redis_url)
        wire = Wire(app, application.redis_url)
        lane = FastLane(
            [Stage(name) for name in served if name != EVENTS], enabled=settings.fast_lane, short=4 * concurrency
        )
        work = WorkerWork(
            application.runner(),
            application.read_event,
            application.deliverer.deliver,
            application.give_back,
            lane,
            wire,
        )
        register(app, work)
        rhythm = Rhythm(worker_id(), served, timedelta(seconds=settings.lease_seconds))

        def clock() -> Clock:
            return Clock(application.database, wire, lane, rhythm, application.escalate, application.head.counted)

        return serve(app, served, clock, concurrency)


def _served(stages: Sequence[str] | None) -> Sequence[str]:
    unknown = [name for name in stages or () if name not in QUEUES]
    if unknown:
        raise SettingsError(f"{unknown[0]} is no stage; there are {', '.join(reversed(QUEUES))}.")
    return [queue for queue in QUEUES if stages is None or queue in stages]


def serve(app: Celery, queues: Sequence[str], make_clock: Callable[[], Clock], concurrency: int) -> int:
    """
    Consumes from the queues until SIGTERM or SIGINT, which let running tasks end. Gives the exit code.

    The clock is a step of the *worker*, not of its consumer: it goes on while the broker is away.
    """
    app.steps["worker"].add(_clock_step(make_clock))
    # Celery would set up loggers of its own, which quote what an error says.
    signals.setup_logging.connect(_logging_is_set_up, weak=False)
    # Started as root it warns about pickled messages, which we never accept.
    warnings.simplefilter("ignore", SecurityWarning)
    worker = app.Worker(
        hostname=f"quoteway-{os.getpid()}@{socket.gethostname()}",
        pool="threads",
        concurrency=concurrency,
        queues=",".join(queues),
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=False,
        task_events=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def _clock_step(make_clock: Callable[[], Clock]) -> type[bootsteps.StartStopStep]:
    class ClockStep(bootsteps.StartStopStep):
        requires = ("celery.worker.components:Pool",)

        def __init__(self, parent: Any, **options: Any) -> None:
            super().__init__(parent, **options)
            self.clock = make_clock()

        def start(self, parent: Any) -> None:
            del parent
            self.clock.start()

        def stop(self, parent: Any) -> None:
            del parent
            self.clock.stop()

        terminate = stop

    return ClockStep


def _logging_is_set_up(**_: Any) -> None:
    """Whoever listens to this signal keeps Celery from touching the loggers; `workers.logs` has done it."""
