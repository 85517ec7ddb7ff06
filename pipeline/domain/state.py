"""An order's state: the word that lists, notices and the API all use."""

from __future__ import annotations

from enum import StrEnum


class OrderState(StrEnum):
    """`unknown_submit` stands beside the state, not in it (contract of the operator API)."""

    RUNNING = "running"
    WAITING = "waiting"
    ASKING = "asking"
    SCHEDULED = "scheduled"
    DONE = "done"
    PARTLY_DONE = "partly_done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Nothing more happens by itself. A failed order may be retried by a person."""
        return self in _ENDED


_ENDED = frozenset({OrderState.DONE, OrderState.PARTLY_DONE, OrderState.FAILED, OrderState.CANCELLED})
