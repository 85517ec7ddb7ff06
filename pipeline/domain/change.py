"""The changes of an order, and of a source connection, that people and programs outside are told of."""

from __future__ import annotations

from enum import StrEnum


class Change(StrEnum):
    """
    `event` is the type under which a webhook tells of it (contract of the settings, QUOTEWAY_NOTICES).

    CANCELLED is told of what was bought, once all of it is cancelled at the marketplace.

    SETTLED and HEARD are told on tickets only: that a person has answered or acted, and what was wrong with an answer
    that somebody wrote there. The last two are of a connection and of no order.
    """

    ASKING = "asking"
    UNKNOWN = "unknown"
    LIVE = "live"
    PARTLY_LIVE = "partly_live"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SETTLED = "settled"
    HEARD = "heard"
    SOURCE_PROBLEM = "source.problem"
    SOURCE_WELL = "source.well"

    @property
    def event(self) -> str:
        return self.value if self.of_a_source else f"order.{self.value}"

    @property
    def of_a_source(self) -> bool:
        return self in (Change.SOURCE_PROBLEM, Change.SOURCE_WELL)

    @property
    def on_tickets_only(self) -> bool:
        return self in (Change.SETTLED, Change.HEARD)
