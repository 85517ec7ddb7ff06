"""
The clock that every worker runs: what is due becomes messages, questions past their deadline go on, and the worker
shows that it lives.

It is a thread of the worker's own, begun by a step of Celery's worker, so it outlives a lost broker. Any number of
clocks may run: each due row is handed out once. A change that makes something due at once wakes them through the
database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Table
from sqlalchemy.exc import SQLAlchemyError

from pipeline.domain.stage import Stage
from pipeline.store import due, life
from pipeline.store.database import Database
from pipeline.store.due import Due
from pipeline.store.tables import ERRANDS, EVENTS, NOTICES, ORDERS
from workers.alarm import Alarm
from workers.celery_app import EVENTS as EVENT_QUEUE
from workers.celery_app import NOTIFY, QUEUES
from workers.lane import FastLane
from workers.wire import Wire, WireDown

_LOG = structlog.get_logger(__name__)
TICK = 1.0
_SLOW = 5.0
# Many changes at once are one round, not many: rounds that a change has called for are this far apart, or more.
_APART = 0.05
_GATHER = 0.005
# A queue that holds this many messages gets no more for now: the rest stay rows, which cost less.
HIGH_WATER = 512
_ROOM = 64
# One that holds fewer than this holds no message that was published a lease ago, or nobody serves it.
SHORT = 16
_BATCH = 256
_GIVEN_BACK = timedelta(seconds=1)
# There are two for each connection at most.
_ERRANDS = 16


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a clock needs to know of its worker."""

    worker_id: str
    serves: Sequence[str]
    lease: timedelta


class Clock:
    """
    `escalate` moves questions on that are past their deadline; `counted` is told how many workers are alive.

    `tick` may be called by hand; `start` lets a thread do it until `stop`.
    """

    def __init__(
        self,
        database: Database,
        wire: Wire,
        lane: FastLane,
        rhythm: Rhythm,
        escalate: Callable[[], int],
        counted: Callable[[int], None],
    ) -> None:
        self._database = database
        self._wire = wire
        self._lane = lane
        self._rhythm = rhythm
        self._escalate = escalate
        self._counted = counted
        self._alarm: Alarm | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="quoteway-clock", daemon=True)
        self._slow_at = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, after the tick that is under way, and takes the worker's sign of life away."""
        self._ended.set()
        if self._alarm is not None:
            self._alarm.ring()
        self._thread.join(timeout=10)
        try:
            with self._database.transaction() as connection:
                life.gone(connection, self._rhythm.worker_id)
        except SQLAlchemyError:
            _LOG.info("clock.row_stays", worker=self._rhythm.worker_id)

    def _run(self) -> None:
        with Alarm(self._database.engine) as self._alarm:
            while not self._ended.is_set():
                try:
                    more = self.tick()
                except (SQLAlchemyError, WireDown) as error:
                    _LOG.info("clock.fault", error=type(error).__name__)
                    more = False
                except Exception:  # noqa: BLE001  a clock that stands still would be worse than any bug
                    _LOG.exception("clock.bug")
                    more = False
                if not more:
                    rested = time.monotonic()
                    self._alarm.wait(TICK)
                    self._ended.wait(max(_GATHER, rested + _APART - time.monotonic()))

    def tick(self, now: float | None = None) -> bool:
        """One round. True when there is more to do at once. Raises WireDown or SQLAlchemyError, and may be repeated."""
        lengths: Mapping[str, int] = {}
        try:
            lengths = self._wire.lengths()
            self._lane.saw(lengths)
        finally:
            more = self._slowly(lengths, now)
        return self._publish(lengths) or more

    def _slowly(self, lengths: Mapping[str, int], now: float | None) -> bool:
        """
        What needs no haste: signs of life and deadlines. It goes on while the broker is away. True when there may be
        more deadlines: one round sees to no more than a batch.
        """
        clock = time.monotonic() if now is None else now
        if clock < self._slow_at:
            return False
        self._slow_at = clock + _SLOW
        with self._database.transaction() as connection:
            alive = life.tick(connection, self._rhythm.worker_id, self._rhythm.serves, lengths)
        self._counted(alive)
        if not self._escalate():
            return False
        self._slow_at = clock
        return True

    def _publish(self, lengths: Mapping[str, int]) -> bool:
        full = False
        for table, found, send in self._due(lengths):
            full = full or len(found) >= _BATCH
            self._send(table, found, send)
        return full

    def _due(self, lengths: Mapping[str, int]) -> Sequence[tuple[Table, Sequence[Due], Callable[[Due], None]]]:
        """What is leased in one transaction, oldest first, and how it is sent."""
        room = {queue: HIGH_WATER - lengths.get(queue, 0) for queue in QUEUES}
        stages = [stage.value for stage in Stage if room[stage.value] >= _ROOM]
        short = [queue for queue in QUEUES if lengths.get(queue, 0) < SHORT]
        lease = self._rhythm.lease
        with self._database.transaction() as connection:
            most = min([_BATCH, *(room[stage] for stage in stages)])
            orders = due.due_orders(connection, stages, most, lease, short) if stages else ()
            most = min(_BATCH, max(room[EVENT_QUEUE], 0))
            events = due.due_events(connection, most, lease, short=EVENT_QUEUE in short)
            most = min(_BATCH, max(room[NOTIFY], 0))
            notices = due.due_notices(connection, most, lease, short=NOTIFY in short)
            errands = due.due_errands(connection, _ERRANDS, lease, short=True)
        return (
            (ORDERS, orders, lambda row: self._wire.publish_order(row.id, Stage(row.queue))),
            (EVENTS, events, lambda row: self._wire.publish_event(row.id)),
            (NOTICES, notices, lambda row: self._wire.publish_notice(row.id)),
            (ERRANDS, errands, lambda row: self._wire.publish_errand(row.id)),
        )

    def _send(self, table: Table, found: Sequence[Due], send: Callable[[Due], None]) -> None:
        """Publishes each row; what cannot be published is due again soon, at the cost of a doubled message at most."""
        for index, row in enumerate(found):
            try:
                send(row)
            except WireDown:
                left: list[UUID] = [rest.id for rest in found[index:]]
                _LOG.info("clock.not_published", table=table.name, rows=len(left))
                with self._database.transaction() as connection:
                    due.give_back(connection, table, left, _GIVEN_BACK)
                raise
