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

    def mark(self, at: datetime) -> None:
        """To be called by the first poll; a repeat changes nothing."""
        if self._keys.find(self._name) is None:
            self._keys.keep(self._name, at.isoformat())

    def judged(self, found: Found) -> Found:
        """An acceptance from before is none for us. One whose time the tool does not tell is taken as it is."""
        began = self._keys.find(self._name)
        if not isinstance(found, OfferedQuote) or found.accepted_at is None or began is None:
            return found
        if found.accepted_at >= datetime.fromisoformat(began):
            return found
        return NotAccepted(
            f"it was accepted on {found.accepted_at:%Y-%m-%d}, before this connection was first read ({began[:10]}): "
            "if it is still to be ordered, accept it by hand"
        )
