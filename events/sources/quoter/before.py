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
        listed = quote_id in json.loads(self._keys.find(self._name) or "[]")
        return listed and self._keys.find(self._since(quote_id)) is None

    def forget(self, quote_id: str) -> None:
        """Of one that was taken back: accepted again, it is new."""
        if self.holds(quote_id):
            # A name of its own, because processes that have read the list do not read it again.
            self._keys.keep(self._since(quote_id), "taken back")

    def _since(self, quote_id: str) -> str:
        return f"{self._name}/{quote_id}"
