"""The changes of an order that people and programs outside are told of."""

from __future__ import annotations

from enum import StrEnum


class Change(StrEnum):
    """`event` is the type under which a webhook tells of it (contract of the settings, QUOTEWAY_NOTICES)."""

    ASKING = "asking"
    UNKNOWN = "unknown"
    LIVE = "live"
    PARTLY_LIVE = "partly_live"
    FAILED = "failed"

    @property
    def event(self) -> str:
        return f"order.{self.value}"
