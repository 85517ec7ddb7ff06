"""
What was accepted already when a connection was first read: it was ordered by hand, if at all, and any later change at
the tool brings it up again. A list says that better than dates do: a quote may be signed days before it is marked as
accepted, an approval may come long after the order was made, and some tools tell no time, or only a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from events.sources.beginning import Beginning, asked, doubt, may_reach
from events.sources.keyring import KeyRing
from events.sources.tool import Found, NotAccepted, Revoked, ToolFault
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

    `complete`: the tool lists whatever is accepted; else one that is dated before the connection is asked about, though
    it is not on the list. `zone`: where a day that the tool tells without a time is meant.
    """

    def __init__(
        self, connection: str, keys: KeyRing, beginning: Beginning, *, complete: bool = True, zone: tzinfo = UTC
    ) -> None:
        self._parsed: dict[str, tuple[str, frozenset[str]]] = {}
        self._complete = complete
        self._zone = zone
        self._name = f"{connection}/accepted-before"
        self._doubtful = f"{connection}/accepted-or-changed-before-the-list"
        self._keys = keys
        self._beginning = beginning

    @property
    def marked(self) -> bool:
        return self._keys.find(self._name) is not None

    @property
    def wanted(self) -> bool:
        """Whether a poll is to make the list: trying a connection out, which begins nothing, makes none."""
        return self._beginning.began is not None and not self.marked

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
        """What was found; a question where it may be one of before; or why it is none for us. Raises ToolFault."""
        if isinstance(found, Revoked):
            self.forget(quote_id)
        if not isinstance(found, OfferedQuote):
            return found
        judged = self.judge(quote_id, found.accepted_at, told_at=told_at)
        return judged if isinstance(judged, NotAccepted) else asked(found, judged) if judged else found

    def judge(
        self,
        quote_id: str,
        accepted_at: datetime | None,
        *,
        told_at: datetime | None = None,
        proof: datetime | None = None,
    ) -> NotAccepted | str:
        """
        Why an acceptance is none for us, or what to ask a person about it; empty: it is one for us. `told_at`: when a
        message told of it. `proof`: of some change that an old acceptance does not go through again.

        Raises ToolFault while that cannot be told because the list is not made yet.
        """
        began, known = self._beginning.began, self._beginning.known
        if began is None or (accepted_at is not None and accepted_at >= began):
            return ""
        if self.holds(quote_id):
            # We were told before anything was polled: it is not all of the past.
            early = told_at is not None and known is not None and told_at < known
            return doubt(accepted_at, began) if early else _old(began)
        if proof is not None and proof >= began:
            return ""
        if not self.marked:
            raise _not_yet()
        if self._listed(self._doubtful, quote_id):
            return doubt(accepted_at, began)
        # It was not accepted yet when the list was made, whatever its date says, unless the list leaves out some.
        certain = self._complete or accepted_at is None or may_reach(accepted_at, began, self._zone)
        return "" if certain else doubt(accepted_at, began)

    def holds(self, quote_id: str) -> bool:
        """False until the list is made."""
        return self._listed(self._name, quote_id)

    def forget(self, quote_id: str) -> None:
        """Of one that was taken back: accepted again, it is new."""
        if self.holds(quote_id) or self._listed(self._doubtful, quote_id):
            # A name of its own, because processes that have read the list do not read it again.
            self._keys.keep(self._since(quote_id), "taken back")

    def _listed(self, name: str, quote_id: str) -> bool:
        written = self._keys.find(name) or "[]"
        kept = self._parsed.get(name)
        if kept is None or kept[0] != written:
            kept = self._parsed[name] = (written, frozenset(json.loads(written)))
        return quote_id in kept[1] and self._keys.find(self._since(quote_id)) is None

    def _since(self, quote_id: str) -> str:
        return f"{self._name}/{quote_id}"


class Standing:
    """What was seen accepted since, by all processes: for a tool whose lists cannot be asked for what is so no more."""

    def __init__(self, connection: str, keys: KeyRing) -> None:
        self._name = f"{connection}/was-accepted"
        self._keys = keys

    def accepted(self, quote_id: str) -> None:
        if not self.was_accepted(quote_id):
            self._keys.keep(f"{self._name}/{quote_id}", "accepted")

    def was_accepted(self, quote_id: str) -> bool:
        return self._keys.find(f"{self._name}/{quote_id}") is not None


def _old(began: datetime) -> NotAccepted:
    return NotAccepted(
        f"it was accepted before this connection was first read ({began:%Y-%m-%d}): if it is still to be ordered, "
        "accept it by hand"
    )


def _not_yet() -> ToolFault:
    return ToolFault(
        "Whether it was accepted before this connection began cannot be told until a poll has read the tool's lists "
        "for the first time: it waits for that.",
        code="source.first_reading",
    )
