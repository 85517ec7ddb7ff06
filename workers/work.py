"""What the tasks do, put together from the runner, the inbox and the deliverer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pipeline.domain.stage import Stage
from pipeline.runner import Lane, Runner
from workers.lane import FastLane
from workers.wire import Wire, WireDown

_LOG = structlog.get_logger(__name__)
_PUT_OFF = "put off: the database is away"


class ReadsEvents(Protocol):
    """Reads a stored event and gives the orders that it made. Repeatable: what was read before makes none."""

    def __call__(self, event_id: UUID) -> Sequence[UUID]: ...


class WorkerWork:
    """
    `workers.tasks.Work`: runs, goes on in the fast lane where it may, and publishes where it may not.

    `give_back` makes an order due again whose message could not be sent. While the database is away a task is only put
    off: what it was for is leased, or due, and comes again.
    """

    def __init__(
        self,
        runner: Runner,
        read_event: ReadsEvents,
        deliver: Callable[[UUID], None],
        run_errand: Callable[[UUID], str],
        give_back: Callable[[UUID], None],
        lane: FastLane,
        wire: Wire,
    ) -> None:
        self._runner = runner
        self._read_event = read_event
        self._deliver = deliver
        self._run_errand = run_errand
        self._give_back = give_back
        self._lane = lane
        self._wire = wire

    def run_order(self, order_id: UUID, stage: Stage) -> str:
        """The stages that were committed, for Flower. A stage that is not this worker's goes on to its queue."""
        return _calmly(lambda: self._go(order_id, stage, self._lane.begin()))

    def read_event(self, event_id: UUID) -> str:
        """Reads the event; its orders begin here while the lane is free, else in their queue."""
        return _calmly(lambda: self._read(event_id))

    def deliver_notice(self, notice_id: UUID) -> str:
        return _calmly(lambda: self._delivered(notice_id))

    def run_errand(self, errand_id: UUID) -> str:
        return _calmly(lambda: self._run_errand(errand_id))

    def _delivered(self, notice_id: UUID) -> str:
        self._deliver(notice_id)
        return "done"

    def _read(self, event_id: UUID) -> str:
        lane = self._lane.begin()
        orders = self._read_event(event_id)
        begun = [self._begin(order, lane) for order in orders]
        return "; ".join([f"orders: {len(orders)}", *begun])

    def _begin(self, order_id: UUID, lane: Lane) -> str:
        if lane(Stage.RESOLVE_COMPANY):
            return self._go(order_id, Stage.RESOLVE_COMPANY, lane)
        self._publish(order_id, Stage.RESOLVE_COMPANY)
        return "published"

    def _go(self, order_id: UUID, stage: Stage, lane: Lane) -> str:
        ran = self._runner.run(order_id, stage, lane)
        if ran.publish is not None:
            self._publish(order_id, ran.publish)
        return " ".join(done.value for done in ran.done) or "nothing to do"

    def _publish(self, order_id: UUID, stage: Stage) -> None:
        try:
            self._wire.publish_order(order_id, stage)
        except WireDown:
            _LOG.info("task.not_published", stage=stage.value)
            self._give_back(order_id)


def _calmly(work: Callable[[], str]) -> str:
    try:
        return work()
    except SQLAlchemyError as error:
        _LOG.info("task.put_off", error=type(error).__name__)
        return _PUT_OFF
