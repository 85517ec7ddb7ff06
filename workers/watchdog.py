"""
The watchdog of a worker: notices that it no longer takes messages although the broker answers, and ends it.

A consumer of Celery's may come out of a reconnect alive and deaf: it answers pings, and takes nothing. What proves it
are messages that stay where they are, and a message to itself, on the same connection as its tasks, that does not come.
See docs/decisions/0011-a-worker-that-stops-consuming.md.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from celery import bootsteps
from celery.worker import state
from kombu import Consumer, Exchange, Queue

from workers.wire import Wire, WireDown

_LOG = structlog.get_logger(__name__)
PATIENCE = timedelta(seconds=15)
_LOOK = timedelta(seconds=2)
_KNOCK = 5.0
# The grace of a stop by hand, too: a write that was claimed is ended, not cut.
GRACE = timedelta(seconds=60)
_IDLE = 5.0


@dataclass(frozen=True, slots=True)
class Look:
    """
    What was seen at one moment, while the broker answered. `waiting` are the queues of this worker that hold messages;
    its own is one while a message to itself has not come. `taken` is how many tasks it has taken since it began, `busy`
    says that it has no free place for another.
    """

    waiting: Collection[str]
    taken: int
    busy: bool


class Suspicion:
    """
    Tells from one look after another whether the worker is deaf. `now` is seconds of a steady clock.

    It is when one queue was waiting at every look for `patience`, in which the worker took no task though it had a
    free place. Looks that are far apart count for nothing: this process stood still then, or the broker did.
    """

    def __init__(self, patience: timedelta = PATIENCE, apart: timedelta = 3 * _LOOK) -> None:
        self._patience = patience.total_seconds()
        self._apart = apart.total_seconds()
        self._since: dict[str, float] = {}
        self._taken = 0
        self._looked = 0.0

    def broker_is_away(self) -> None:
        """Whoever cannot be heard proves nothing."""
        self._since = {}

    def saw(self, look: Look, now: float) -> str | None:
        """The queue from which it should have taken, once it is certain; else None."""
        innocent = look.busy or look.taken != self._taken or now - self._looked > self._apart
        before = {} if innocent else self._since
        self._since = {} if look.busy else {queue: before.get(queue, now) for queue in look.waiting}
        self._taken, self._looked = look.taken, now
        late = (queue for queue, since in self._since.items() if now - since >= self._patience)
        return next(late, None)


class Ear:
    """
    Takes from a queue that only this worker knows, over the channel of the tasks: both go deaf together.

    `heard` is cleared when something is sent there, and set when it came. The queue is never declared, so that the
    broker keeps no trace of it.
    """

    def __init__(self, worker_id: str) -> None:
        self.queue = f"alive.{worker_id}"
        self.heard = threading.Event()
        self.heard.set()

    def step(self) -> type[bootsteps.StartStopStep]:
        """A step of the *consumer's* blueprint; it begins anew with each connection."""
        ear = self

        class EarStep(bootsteps.StartStopStep):
            name = "quoteway.ear"
            requires = ("celery.worker.consumer.tasks:Tasks",)

            def start(self, parent: Any) -> None:
                self.consumer = ear.consumer(parent.task_consumer.channel)
                self.consumer.consume()

            def stop(self, parent: Any) -> None:
                """Nothing: it ends with the channel."""

        return EarStep

    def consumer(self, channel: Any) -> Consumer:
        own = Queue(self.queue, exchange=Exchange(""), routing_key=self.queue, no_declare=True)
        return Consumer(channel, queues=[own], on_message=lambda _message: self.heard.set(), no_ack=True)


class Watchdog:
    """
    Looks every two seconds, in a thread of its own: neither the consumer nor the database can hold it up.

    `places` is how many tasks the worker runs at once. Once it is certain, the process is asked to stop as by SIGTERM,
    and ended with `exit_code` when nothing runs any more, or after a minute.
    """

    def __init__(self, wire: Wire, ear: Ear, serves: Sequence[str], places: int, exit_code: int) -> None:
        self._wire = wire
        self._ear = ear
        self._serves = serves
        self._places = places
        self._exit_code = exit_code
        self._suspicion = Suspicion()
        self._knock_at = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="quoteway-watchdog", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No more looks. A process that is being ended is ended."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK.total_seconds()):
            try:
                deaf_to = self.look(time.monotonic())
            except Exception:  # noqa: BLE001  a worker without a watchdog would be worse than any bug
                _LOG.exception("watchdog.bug")
                continue
            if deaf_to is not None:
                _LOG.warning("watchdog.deaf", queue=deaf_to, seconds=PATIENCE.total_seconds(), exit=self._exit_code)
                end_worker(self._exit_code)

    def look(self, now: float) -> str | None:
        """One look, and a message to itself now and then. The queue to which the worker is deaf, else None."""
        try:
            lengths = self._wire.lengths(self._serves)
            self._knock(now)
        except WireDown:
            self._suspicion.broker_is_away()
            return None
        waiting = [queue for queue in lengths if lengths[queue]]
        if not self._ear.heard.is_set():
            waiting.append(self._ear.queue)
        busy = len(state.reserved_requests) >= self._places
        return self._suspicion.saw(Look(waiting, state.all_total_count[0], busy), now)

    def _knock(self, now: float) -> None:
        """Once more, too, where one did not come: the broker may have forgotten it."""
        if now < self._knock_at:
            return
        self._ear.heard.clear()
        self._wire.knock(self._ear.queue)
        self._knock_at = now + _KNOCK


def end_worker(exit_code: int) -> None:
    """
    Stops the worker the orderly way, if its main thread still hears of it; else ends the process. Does not return.

    Tasks that run get up to a minute. Whatever is cut off is safe: it is a row, and a write has its claim.
    """
    state.should_stop = exit_code  # type: ignore[assignment]  # as Celery's own handler of SIGTERM does
    began = idle_since = time.monotonic()
    while time.monotonic() - began < GRACE.total_seconds() and time.monotonic() - idle_since < _IDLE:
        time.sleep(0.1)
        if state.active_requests:
            idle_since = time.monotonic()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def step_of(make: Callable[[], Any]) -> type[bootsteps.StartStopStep]:
    """
    A step of the *worker's* blueprint that starts and stops what `make` gives: it goes on while the broker is away.
    """

    class ThreadStep(bootsteps.StartStopStep):
        name = f"quoteway.{make.__name__}"
        requires = ("celery.worker.components:Pool",)

        def __init__(self, parent: Any, **options: Any) -> None:
            super().__init__(parent, **options)
            self.made = make()

        def start(self, parent: Any) -> None:
            del parent
            self.made.start()

        def stop(self, parent: Any) -> None:
            del parent
            self.made.stop()

        terminate = stop

    return ThreadStep
