"""What a ticket says now: its status, what our people have written, and, where the tenant wants it, an acceptance."""

from __future__ import annotations

from collections.abc import Sequence

from events.sources.client import NotThere
from events.sources.connectwise.api import TITLE, Api, Record
from events.sources.connectwise.callbacks import is_ours
from events.sources.connectwise.customer import read_customer
from events.sources.connectwise.fields import identity, moment, text
from events.sources.connectwise.lines import Lines
from events.sources.connectwise.lookup import TICKETS, Opportunities, nothing_to_order, ticket_name
from events.sources.connectwise.settings import Settings
from events.sources.forerunners import Forerunners
from events.sources.lasting import LastingNames
from events.sources.quoted import own_words
from events.sources.tool import Found, Moved, NotAccepted, Reply, Revoked
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket


class Tickets:
    """Looks tickets up. Thread-safe. Methods raise ToolFault."""

    def __init__(
        self, api: Api, settings: Settings, opportunities: Opportunities, names: LastingNames, before: Forerunners
    ) -> None:
        self._api = api
        self._settings = settings
        self._opportunities = opportunities
        self._names = names
        self._before = before

    def look_up(self, number: int, *, deleted: bool = False) -> Sequence[Found]:
        try:
            found = self._api.record(f"{TICKETS}/{number}")
        except NotThere:
            gone = NotAccepted(f"{TITLE} has no ticket {number} (any more).")
            return (*self._revoked(number), gone) if deleted and self._settings.accepted else (gone,)
        if self._settings.board and identity(found, "board", "id") != self._settings.board:
            return (NotAccepted(f"Ticket {number} is on a board that is not ours."),)
        return (*self._quote(number, found), *self._moved(number, found), *self._replies(number))

    def _quote(self, number: int, found: Record) -> Sequence[Found]:
        """
        A ticket is a quote only in a status that the tenant says so of. One of an opportunity stands for that
        opportunity, whose own state decides.
        """
        status, opportunity = text(found, "status", "name"), identity(found, "opportunity", "id")
        if status.casefold() not in self._settings.accepted:
            self._before.elsewhere(str(number))
        if status.casefold() in self._settings.lost:
            return self._revoked(number)
        if status.casefold() not in self._settings.accepted:
            return ()
        if opportunity:
            return self._opportunities.look_up(opportunity)
        lines = Lines(self._api, self._settings).of_ticket(number)
        if nothing := nothing_to_order(f"Ticket {number} is {status}", lines):
            return (nothing,)
        quote = OfferedQuote(
            key=self._key(self._names.settle([ticket_name(str(number))])),
            customer=read_customer(self._api, found),
            lines=lines,
            number=str(number),
            ticket=self._ticket(number),
            links=(Link(kind="connectwise:ticket", id=str(number)),),
        )
        return (self._before.judge(quote, str(number)),)

    def _moved(self, number: int, found: Record) -> Sequence[Found]:
        """What we set ourselves is nobody's answer. Who changed a ticket last need not be who has set its status."""
        status, by = text(found, "status", "name"), text(found, "_info", "updatedBy")
        if not status or (status.casefold() == self._settings.own_status and is_ours(by, self._settings.member)):
            return ()
        return (Moved(self._ticket(number), status),)

    def _replies(self, number: int) -> Sequence[Found]:
        notes = self._api.all(f"{TICKETS}/{number}/notes")
        return [reply for note in notes if (reply := self._reply(number, note))]

    def _reply(self, number: int, note: Record) -> Reply | None:
        """
        Only of members: a customer's mail becomes a note of their contact, and is nobody's approval.
        """
        member, words, note_id = text(note, "member", "identifier"), own_words(text(note, "text")), text(note, "id")
        if not member or not words or not note_id:
            return None
        if is_ours(member, self._settings.member):
            return None
        by = text(note, "member", "name") or member
        return Reply(self._ticket(number), note_id, by, words, moment(note, "dateCreated"))

    def _ticket(self, number: int) -> Ticket:
        return Ticket(system=self._settings.name, id=str(number))

    def _revoked(self, number: int) -> Sequence[Revoked]:
        """What it was accepted as by itself: an opportunity that it stood for is taken back by its own state."""
        name = ticket_name(str(number))
        named = self._names.known([name])
        return [Revoked(self._key(name))] if name in named else []

    def _key(self, name: str) -> QuoteKey:
        return QuoteKey(system=self._settings.system, id=name)
