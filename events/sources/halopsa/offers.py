"""A quotation or a sales order, as HaloPSA has it now: accepted, taken back, or neither."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from events.connections import SourceConnection
from events.sources.halopsa import words
from events.sources.halopsa.customers import customer_of
from events.sources.halopsa.dates import latest, zone_of, zones_of
from events.sources.halopsa.lines import Lines
from events.sources.halopsa.session import Session
from events.sources.named import Row, flag, ident, instant, text
from events.sources.tool import Found, NotAccepted, Revoked
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import Person, QuoteKey, Ticket

ORDER_PREFIX = "sales-order-"


class Offers:
    """Reads what was offered. Raises ToolFault, NotThere. Thread-safe."""

    def __init__(self, connection: SourceConnection, session: Session) -> None:
        access = connection.access
        self._connection = connection
        self._session = session
        self._lines = Lines(session)
        self._zone = zone_of(connection)
        self._zones = zones_of(connection)
        self._accepted = frozenset(word.casefold() for word in access.accepted)
        self._lost = frozenset(word.casefold() for word in access.lost or words.LOST)

    def quotation(self, quotation_id: str) -> Found:
        row = self._session.get(f"{words.PATHS[words.QUOTATION]}/{quotation_id}", {"includedetails": "true"})
        return self._decide(row, words.QUOTATION, quotation_id)

    def order(self, order_id: str) -> Found:
        """A sales order stands for its quotation; one that has none for itself, where its status says so."""
        row = self._session.get(f"{words.PATHS[words.ORDER]}/{order_id}", {"includedetails": "true"})
        if quotation_id := ident(row, *words.QUOTATION_OF_ORDER):
            return self.quotation(quotation_id)
        return self._decide(row, words.ORDER, order_id)

    def state(self, row: Row) -> str:
        """`accepted`, `lost` or neither. The status comes before the flag, which a change of mind leaves as it was."""
        said = {text(row, name).casefold() for name in words.STATUS} - {""}
        if said & self._lost:
            return "lost"
        return "accepted" if flag(row, "accepted") or said & self._accepted else ""

    def changed(self, row: Row) -> datetime | None:
        """When it last changed, as far as a row of a list tells; the latest that this may mean."""
        known = [latest(row.get(name), self._zones) for name in (*words.CHANGED, *words.ACCEPTED_AT)]
        return max((moment for moment in known if moment), default=None)

    def touched(self, row: Row) -> datetime | None:
        """When it last changed, in the zone that its dates are most likely meant in."""
        return instant(row, *words.CHANGED, zone=self._zone)

    def _decide(self, row: Row, kind: str, number: str) -> Found:
        title = f"{words.TITLES[kind]} {number}"
        key = QuoteKey(
            system=self._connection.quote_system,
            id=number if kind == words.QUOTATION else ORDER_PREFIX + number,
            revision=text(row, *words.REVISION),
        )
        at = instant(row, *words.ACCEPTED_AT, zone=self._zone)
        match self.state(row):
            case "lost":
                return Revoked(key, at)
            case "accepted":
                return self._offered(row, key, at, kind, number)
            case _:
                return NotAccepted(
                    f"{title} is not accepted: its status is {text(row, *words.STATUS)[:60] or 'empty'}."
                )

    def _offered(self, row: Row, key: QuoteKey, at: datetime | None, kind: str, number: str) -> OfferedQuote:
        tickets = list(dict.fromkeys(each for name in words.TICKET_OF if (each := ident(row, name))))
        by = text(row, *words.ACCEPTED_BY)
        links = [Link(kind="halopsa:ticket", id=each) for each in tickets]
        if kind == words.QUOTATION:
            links.append(Link(kind="halopsa:quotation", id=number))
        return OfferedQuote(
            key=key,
            customer=customer_of(self._session, row),
            lines=self._lines.of(row),
            number=text(row, *words.NUMBER),
            accepted_at=at,
            accepted_by=Person(name=by) if by else None,
            ticket=Ticket(system=self._connection.name, id=tickets[0]) if tickets else None,
            links=tuple(links),
        )


def about(content: Mapping[str, Any]) -> tuple[str, str]:
    """What a nudge's content names; empty where it names nothing that can be read."""
    return next(((kind, told) for kind in words.PATHS if (told := ident(content, kind))), ("", ""))
