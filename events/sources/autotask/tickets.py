"""A ticket, read again: where it stands, what people have written to it, and what was ordered with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from events.connections import SourceConnection
from events.sources.autotask.offers import Offers
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session, where
from events.sources.client import NotThere
from events.sources.named import Row, ident, instant, plain, text
from events.sources.quoted import own_words
from events.sources.tool import Found, Moved, Reply
from pipeline.domain.quote import Ticket


class Tickets:
    """Raises ToolFault, NotThere."""

    def __init__(self, connection: SourceConnection, session: Session, picklists: Picklists, offers: Offers) -> None:
        self._name = connection.name
        self._resource = connection.access.options.get("resource", "")
        self._own_status = connection.access.ticket_status.strip()
        self._session = session
        self._picklists = picklists
        self._offers = offers
        self._names: dict[str, str] = {}

    def look_up(self, ticket_id: str) -> Sequence[Found]:
        row = self._session.item("Tickets", ticket_id)
        ticket = Ticket(system=self._name, id=ticket_id)
        return [Moved(ticket, self._status(row)), *self._replies(ticket), *self._offers.of(row, ticket_id)]

    def _status(self, row: Row) -> str:
        """The one that we set ourselves as it is configured, be it by its number: it is nobody's answer."""
        own = bool(self._own_status) and ident(row, "status") == self._own_status
        return self._own_status if own else self._picklists.name("Tickets", "status", row.get("status"))

    def look_up_note(self, note_id: str) -> Sequence[Found]:
        """The ticket that the note was written to."""
        ticket_id = ident(self._session.item("TicketNotes", note_id), "ticketID")
        return self.look_up(ticket_id) if ticket_id.isdigit() else []

    def notes(self, ticket_id: str) -> Iterator[Row]:
        yield from self._session.rows("TicketNotes", where("ticketID", int(ticket_id)))

    def _replies(self, ticket: Ticket) -> Iterator[Reply]:
        """
        What our own people have written. A customer's note has a contact instead of a resource, and is no answer to a
        question of ours.
        """
        for row in self.notes(ticket.id):
            said = own_words(plain(text(row, "description")))
            writer = ident(row, "creatorResourceID")
            by_customer = bool(ident(row, "createdByContactID"))
            if said and writer and not by_customer and writer != self._resource:
                yield Reply(ticket, ident(row, "id"), self._writer(writer), said, instant(row, "createDateTime"))

    def _writer(self, number: str) -> str:
        """A resource's name, kept once it is known; its number where it cannot be read."""
        if number not in self._names:
            try:
                row = self._session.item("Resources", number)
            except NotThere:
                row = {}
            told = f"{text(row, 'firstName')} {text(row, 'lastName')}".strip()
            self._names[number] = told or f"resource {number}"
        return self._names[number]
