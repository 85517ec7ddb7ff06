"""
When a polled connection began. What was accepted before that was ordered by hand, if at all, and any change at the tool
brings it up again: an old quote that somebody edits, an old sales order that is shipped.
"""

from __future__ import annotations

from datetime import datetime

from events.sources.keyring import KeyRing
from events.sources.tool import Found, NotAccepted
from pipeline.domain.offered import OfferedQuote


class Beginning:
    """One connection's, remembered for all processes since its first poll."""

    def __init__(self, connection: str, keys: KeyRing) -> None:
        self._name = f"{connection}/began"
        self._keys = keys

    @property
    def began(self) -> datetime | None:
        """From when on to read where a first poll broke off: what was accepted since then is ours."""
        kept = self._keys.find(self._name)
        return None if kept is None else datetime.fromisoformat(kept)

    def mark(self, at: datetime) -> None:
        """To be called by the first poll; a repeat changes nothing."""
        if self._keys.find(self._name) is None:
            self._keys.keep(self._name, at.isoformat())

    def of(self, found: Found) -> Found:
        """What was found, or why it is not to be ordered because it was accepted before."""
        before = self.refusal(found.accepted_at) if isinstance(found, OfferedQuote) else None
        return before or found

    def refusal(self, accepted_at: datetime | None) -> NotAccepted | None:
        """Why an acceptance of that time is none for us; None: it is one, also where the tool tells no time."""
        if accepted_at is None or (began := self.began) is None or accepted_at >= began:
            return None
        return NotAccepted(
            f"it was accepted on {accepted_at:%Y-%m-%d}, before this connection was first read ({began:%Y-%m-%d}): "
            "if it is still to be ordered, accept it by hand"
        )
