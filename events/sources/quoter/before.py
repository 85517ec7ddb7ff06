"""
Which quotes were accepted already when the connection was first read. Quoter posts each change of a quote, a payment
for one of last year too, and does not tell when it was accepted: without this list, all of them would be bought again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from events.sources.keyring import KeyRing


class Before:
    """One connection's, remembered for all processes since its first poll."""

    def __init__(self, connection: str, keys: KeyRing) -> None:
        self._name = f"{connection}/accepted-before"
        self._keys = keys

    @property
    def marked(self) -> bool:
        return self._keys.find(self._name) is not None

    def mark(self, quote_ids: Iterable[str]) -> None:
        self._keys.keep(self._name, json.dumps(sorted(set(quote_ids))))

    def holds(self, quote_id: str) -> bool:
        """False until the first poll has made the list."""
        return quote_id in json.loads(self._keys.find(self._name) or "[]")

    def forget(self, quote_id: str) -> None:
        """Of one that was taken back: accepted again, it is new."""
        if self.holds(quote_id):
            self.mark(each for each in json.loads(self._keys.find(self._name) or "[]") if each != quote_id)
