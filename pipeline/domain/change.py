"""The changes of an order that people and programs outside are told of."""

from __future__ import annotations

from enum import StrEnum


class Change(StrEnum):
    """
    `event` is the type under which a webhook tells of it (contract of the settings, QUOTEWAY_NOTICES).

    The last two are told on tickets only: SETTLED says that a person has answered or acted, HEARD what was wrong with
    an answer that somebody wrote there.
    """

    ASKING = "asking"
    UNKNOWN = "unknown"
    LIVE = "live"
    PARTLY_LIVE = "partly_live"
    FAILED = "failed"
    SETTLED = "settled"
    HEARD = "heard"

    @property
    def event(self) -> str:
        return f"order.{self.value}"

    @property
    def on_tickets_only(self) -> bool:
        return self in (Change.SETTLED, Change.HEARD)
