"""A ticket, read again: where it stands, what people have written to it, and the quotations that hang from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from events.connections import SourceConnection
from events.sources.client import NotThere
from events.sources.halopsa import words
from events.sources.halopsa.dates import zone_of
from events.sources.halopsa.offers import Offers
from events.sources.halopsa.session import Session
from events.sources.halopsa.statuses import Statuses
from events.sources.named import Row, ident, instant, plain, text
from events.sources.quoted import own_words
from events.sources.tool import Found, Moved, NotAccepted, Reply
from pipeline.domain.quote import Ticket


class Tickets:
    """Raises ToolFault, NotThere."""

    def __init__(self, connection: SourceConnection, session: Session, offers: Offers, statuses: Statuses) -> None:
        self._name = connection.name
        self._zone = zone_of(connection)
        self._agent = connection.access.options.get("agent", "")
        self._own_status = connection.access.ticket_status.strip()
        self._session = session
        self._offers = offers
        self._statuses = statuses

    def look_up(self, ticket_id: str) -> Sequence[Found]:
        row = self._session.get(f"{words.PATHS[words.TICKET]}/{ticket_id}", {"includedetails": "true"})
        ticket = Ticket(system=self._name, id=ticket_id)
        return [Moved(ticket, self._status(row)), *self._replies(ticket), *self._offered(row, ticket_id)]

    def _status(self, row: Row) -> str:
        """The one that we set ourselves as it is configured, be it by its number: it is nobody's answer."""
        own = bool(self._own_status) and ident(row, "status_id") == self._own_status
        return self._own_status if own else self._statuses.of(row)

    def notes(self, ticket_id: str) -> Iterator[Row]:
        asked = {"ticket_id": ticket_id, "excludesys": "true"}
        for row in self._session.rows("/api/Actions", asked):
            if ident(row, "ticket_id") in ("", ticket_id):
                yield row

    def _replies(self, ticket: Ticket) -> Iterator[Reply]:
        """What agents have written. A customer's mail to the ticket is no answer of ours to a question."""
        for row in self.notes(ticket.id):
            said = own_words(plain(text(row, *words.NOTE) or text(row, *words.NOTE_HTML)))
            agent = ident(row, *words.AGENT_OF_NOTE)
            if said and agent and agent != self._agent:
                at = instant(row, *words.WRITTEN_AT, zone=self._zone)
                # HaloPSA counts a ticket's actions from one.
                yield Reply(ticket, f"{ticket.id}:{ident(row, 'id')}", text(row, "who") or f"agent {agent}", said, at)

    def _offered(self, row: Row, ticket_id: str) -> Iterator[Found]:
        """Each quotation once, whether the ticket, a list or a sales order names it."""
        quotations = [ident(row, *words.QUOTATION_OF_TICKET), *self._linked(words.QUOTATION, ticket_id)]
        orders = []
        for order in self._linked_rows(words.ORDER, ticket_id):
            named = ident(order, *words.QUOTATION_OF_ORDER)
            quotations.append(named)
            orders += [] if named else [ident(order, "id")]
        for quotation in dict.fromkeys(filter(None, quotations)):
            yield self._or_gone(words.QUOTATION, quotation)
        for order_id in dict.fromkeys(filter(None, orders)):
            yield self._or_gone(words.ORDER, order_id)

    def _or_gone(self, kind: str, number: str) -> Found:
        try:
            return self._offers.quotation(number) if kind == words.QUOTATION else self._offers.order(number)
        except NotThere:
            return NotAccepted(f"{words.TITLES[kind]} {number} is not there (any more).")

    def _linked(self, kind: str, ticket_id: str) -> Iterator[str]:
        yield from (ident(row, "id") for row in self._linked_rows(kind, ticket_id))

    def _linked_rows(self, kind: str, ticket_id: str) -> Iterator[Row]:
        """Compared here, too: a HaloPSA that does not know the filter gives every row."""
        try:
            for row in self._session.rows(words.PATHS[kind], {"ticket_id": ticket_id}):
                if ticket_id in {ident(row, name) for name in words.TICKET_OF}:
                    yield row
        except NotThere:
            return
