"""
The net below HaloPSA's webhooks: quotations and tickets that have changed since the last look.

The lists of quotations are read whole, for no filter by change is documented: unless the option `quotation_filter`
names one. Their rows are numbered through, so that one that is deleted while we read pushes another over a page's edge
unseen: where the count has changed, the list is read once more. Tickets are read from the latest change downwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from events.connections import ToolAccess
from events.sources.before import Accepted
from events.sources.client import NotThere
from events.sources.halopsa import words
from events.sources.halopsa.offers import ORDER_PREFIX, Offers
from events.sources.halopsa.session import PAGE_SIZE, Query, Session
from events.sources.named import Row, ident
from events.sources.tool import Nudge, Page

OVERLAP = timedelta(minutes=15)
_READINGS = 3


class Poll:
    """
    One look at what has changed since `after`. `started` is when it began, by our clock: the next watermark, less an
    overlap as clocks differ. The first time, it is only what happens from now on.
    """

    def __init__(
        self, session: Session, offers: Offers, access: ToolAccess, since: datetime | None, started: datetime
    ) -> None:
        self._session = session
        self._offers = offers
        self._options = access.options
        # Two looks see each change, for a row that slipped by in one of them.
        self.after = (since or started) - max(OVERLAP, timedelta(seconds=2 * access.poll_seconds))
        self._started = started
        self._seen: set[str] = set()

    def pages(self) -> Iterator[Page]:
        """Raises ToolFault."""
        for kind in (words.QUOTATION, words.ORDER):
            for _ in range(_READINGS):
                counts: set[int] = set()
                yield from self._listed(kind, counts)
                if len(counts) <= 1:
                    break
        yield from self._tickets()
        yield Page((), self._started)

    def _listed(self, kind: str, counts: set[int]) -> Iterator[Page]:
        name = self._options.get(f"{kind}_filter", "")
        asked = {name: _written(self.after)} if name else None
        try:
            for rows, total in self._session.pages(words.PATHS[kind], asked):
                counts |= set() if total is None else {total}
                yield Page([nudge for row in rows for nudge in self._offer(kind, row)])
        except NotThere:
            if kind != words.ORDER:  # which not every HaloPSA has
                raise

    def _offer(self, kind: str, row: Row) -> Iterator[Nudge]:
        number, changed = ident(row, "id"), self._offers.changed(row)
        if not number or (changed and changed < self.after) or not self._worth(kind, row):
            return
        yield from self._once(kind, number, row)

    def _worth(self, kind: str, row: Row) -> bool:
        """A sales order that names its quotation is how most acceptances show; a draft is none of ours."""
        return bool(self._offers.state(row)) or (kind == words.ORDER and bool(ident(row, *words.QUOTATION_OF_ORDER)))

    def _tickets(self) -> Iterator[Page]:
        name = self._options.get("ticket_filter", words.TICKETS_SINCE)
        asked: Query = {name: _written(self.after), "order": words.CHANGED[0], "orderdesc": "true"}
        for rows, _ in self._session.pages(words.PATHS[words.TICKET], asked):
            dated = [(row, self._offers.changed(row)) for row in rows]
            new = [row for row, changed in dated if changed is None or changed >= self.after]
            yield Page([n for row in new if (t := ident(row, "id")) for n in self._once(words.TICKET, t, row)])
            if len(rows) == PAGE_SIZE and not new:
                return

    def _once(self, kind: str, number: str, row: Row) -> Iterator[Nudge]:
        """The same row with the same content is the same delivery, in this look and the next."""
        state = json.dumps(row, sort_keys=True, default=str).encode(errors="replace")
        delivery = f"poll:{kind}:{number}:{hashlib.sha256(state).hexdigest()[:32]}"
        if delivery not in self._seen:
            self._seen.add(delivery)
            yield Nudge(f"{kind} read", {kind: number}, delivery)


def accepted_now(session: Session, offers: Offers) -> list[Accepted]:
    """
    All that is accepted, of the whole lists. They are read twice, for a row that slipped over a page's edge. Raises
    ToolFault.
    """
    found: dict[str, Accepted] = {}
    for kind in (words.QUOTATION, words.ORDER) * 2:
        with suppress(*([NotThere] if kind == words.ORDER else [])):  # which not every HaloPSA has
            for row in session.rows(words.PATHS[kind]):
                if (number := ident(row, "id")) and offers.state(row) == "accepted":
                    key = number if kind == words.QUOTATION else ORDER_PREFIX + number
                    found[key] = Accepted(key, offers.touched(row))
    return list(found.values())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
