"""
What was accepted already when a connection was first read: it was ordered by hand, if at all, and any later change at
the tool brings it up again. A list says that better than dates do: a quote may be signed days before it is marked as
accepted, an approval may come long after the order was made, and some tools tell no time, or only a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from events.sources.beginning import Beginning, asked
from events.sources.keyring import KeyRing
from events.sources.tool import Found, NotAccepted, ToolFault
from pipeline.domain.offered import OfferedQuote

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One that is accepted when the list is made, as far as a row of the tool's list tells."""

    id: str
    modified: datetime | None = None
    created: datetime | None = None


class Before:
    """
    One connection's list, remembered for all processes since a poll could first make it. That may be long after the
    connection began, as with wrong credentials: what was changed in between may have been accepted in between, and is
    for a person unless a date says more.
    """

    def __init__(self, connection: str, keys: KeyRing, beginning: Beginning) -> None:
        self._name = f"{connection}/accepted-before"
        self._doubtful = f"{connection}/accepted-or-changed-before-the-list"
        self._keys = keys
        self._beginning = beginning

    @property
    def marked(self) -> bool:
        return self._keys.find(self._name) is not None

    def mark(self, accepted: Iterable[Accepted]) -> None:
        """After `Beginning.mark`."""
        known = self._beginning.known
        old, doubtful = set[str](), set[str]()
        for each in accepted:
            if known is None or each.modified is None or each.modified <= known:
                old.add(each.id)
            elif each.created is None or each.created < known.replace(microsecond=0) - _SECOND:
                doubtful.add(each.id)
        self._keys.keep(self._doubtful, json.dumps(sorted(doubtful)))
        self._keys.keep(self._name, json.dumps(sorted(old)))

    def of(self, found: Found, quote_id: str, told_at: datetime | None = None) -> Found:
        """
        What was found; a question to a person where it may have been accepted before; or why it is none for us.
        `told_at`: when the tool told of it, where a message did.

        Raises ToolFault while that cannot be told because the list is not made yet.
        """
        if not isinstance(found, OfferedQuote) or (began := self._beginning.began) is None:
            return found
        if found.accepted_at is not None and found.accepted_at >= began:
            return found
        if self.holds(quote_id):
            if told_at is not None and (known := self._beginning.known) is not None and told_at < known:
                return asked(found, began)  # We were told before anything was polled: it is not all of the past.
            return NotAccepted(
                f"it was accepted before this connection was first read ({began:%Y-%m-%d}): if it is still to be "
                "ordered, accept it by hand"
            )
        if not self.marked:
            raise ToolFault(
                "Whether it was accepted before this connection began cannot be told until a poll has read the tool's "
                "lists for the first time: it waits for that.",
                code="source.first_reading",
            )
        if self._listed(self._doubtful, quote_id):
            return asked(found, began)
        return found  # It was not accepted yet when the list was made, whatever its date says.

    def holds(self, quote_id: str) -> bool:
        """False until the list is made."""
        return self._listed(self._name, quote_id)

    def forget(self, quote_id: str) -> None:
        """Of one that was taken back: accepted again, it is new."""
        if self.holds(quote_id) or self._listed(self._doubtful, quote_id):
            # A name of its own, because processes that have read the list do not read it again.
            self._keys.keep(self._since(quote_id), "taken back")

    def _listed(self, name: str, quote_id: str) -> bool:
        listed = quote_id in json.loads(self._keys.find(name) or "[]")
        return listed and self._keys.find(self._since(quote_id)) is None

    def _since(self, quote_id: str) -> str:
        return f"{self._name}/{quote_id}"
