"""What the tasks do, put together from the runner, the inbox and the deliverer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from pipeline.domain.stage import Stage
from pipeline.runner import Lane, Ran, Runner
from workers.lane import FastLane
from workers.wire import Wire, WireDown


class ReadsEvents(Protocol):
    """Reads a stored event and gives the orders that it made. Repeatable: what was read before makes none."""

    def __call__(self, event_id: UUID) -> Sequence[UUID]: ...


class WorkerWork:
    """`workers.tasks.Work`: runs, goes on in the fast lane where it may, and publishes where it may not."""

    def __init__(
        self, runner: Runner, read_event: ReadsEvents, deliver: Callable[[UUID], None], lane: FastLane, wire: Wire
    ) -> None:
        self._runner = runner
        self._read_event = read_event
        self._deliver = deliver
        self._lane = lane
        self._wire = wire

    def run_order(self, order_id: UUID, stage: Stage) -> str:
        """The stages that were committed, for Flower. A stage that is not this worker's goes on to its queue."""
        return _told(self._go(order_id, stage, self._lane.begin()))

    def _go(self, order_id: UUID, stage: Stage, lane: Lane) -> Ran:
        ran = self._runner.run(order_id, stage, lane)
        if ran.publish is not None:
            self._publish(order_id, ran.publish)
        return ran

    def read_event(self, event_id: UUID) -> str:
        """Reads the event; its orders begin here while the lane is free, else in their queue."""
        lane = self._lane.begin()
        orders = self._read_event(event_id)
        for order_id in orders:
            if lane(Stage.RESOLVE_COMPANY):
                self._go(order_id, Stage.RESOLVE_COMPANY, lane)
            else:
                self._publish(order_id, Stage.RESOLVE_COMPANY)
        return f"orders: {len(orders)}"

    def deliver_notice(self, notice_id: UUID) -> str:
        self._deliver(notice_id)
        return "done"

    def _publish(self, order_id: UUID, stage: Stage) -> None:
        """A message that cannot be sent is the clock's to send: the row is leased or due already."""
        try:
            self._wire.publish_order(order_id, stage)
        except WireDown:
            return


def _told(ran: Ran) -> str:
    return " ".join(stage.value for stage in ran.done) or "nothing to do"
