"""One worker in the foreground: Celery's consumer, a pool of threads, and the clock."""

from __future__ import annotations

import os
import socket
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from celery import Celery, signals
from celery.exceptions import SecurityWarning

from pipeline.domain.stage import Stage
from workers.bootstrap import Application
from workers.celery_app import EVENTS, QUEUES, make_app
from workers.clock import Clock, Rhythm
from workers.commands.exits import Exit
from workers.lane import FastLane
from workers.settings import Settings, SettingsError
from workers.tasks import register
from workers.watchdog import Ear, Watchdog, step_of
from workers.wire import Wire
from workers.work import WorkerWork

# Threads wait for marketplaces most of the time; docs/decisions/0004-threads.md has the measurements.
CONCURRENCY = 16
# How much a worker gives way to the web process and the servers on its machine (docs/decisions/0016).
YIELDS = 10


def worker_id() -> str:
    """Names this process among all workers: its host and its process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def run_worker(settings: Settings, stages: Sequence[str] | None = None, concurrency: int = CONCURRENCY) -> int:
    """
    A worker for these queues (all of them where none is named) until SIGTERM, or until its watchdog finds it deaf.
    Gives the exit code.

    `stages` are stages, or `events`. Raises SettingsError.
    """
    served = _served(stages)
    os.nice(YIELDS)
    with Application.open(settings, pool_size=concurrency) as application:
        app = make_app(application.redis_url)
        wire = Wire(app, application.redis_url)
        lane = FastLane(
            [Stage(name) for name in served if name != EVENTS], enabled=settings.fast_lane, short=4 * concurrency
        )
        register(app, work_of(application, lane, wire))
        rhythm = Rhythm(worker_id(), served, timedelta(seconds=settings.lease_seconds))

        ear = Ear(rhythm.worker_id)

        def clock() -> Clock:
            return Clock(application.database, wire, lane, rhythm, application.look_after, application.head.counted)

        def watchdog() -> Watchdog:
            return Watchdog(wire, ear, served, concurrency, Exit.DEAF)

        app.steps["worker"].add(step_of(watchdog))
        app.steps["consumer"].add(ear.step())
        return serve(app, served, clock, concurrency)


def work_of(application: Application, lane: FastLane, wire: Wire) -> WorkerWork:
    """What a worker's tasks do."""
    return WorkerWork(
        application.runner(),
        application.read_event,
        application.deliverer.deliver,
        application.errands.run,
        application.give_back,
        lane,
        wire,
    )


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
    app.steps["worker"].add(step_of(make_clock))
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


def _logging_is_set_up(**_: Any) -> None:
    """Whoever listens to this signal keeps Celery from touching the loggers; `workers.logs` has done it."""
