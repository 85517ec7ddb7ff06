"""
A ticket as Autotask has it now: what was ordered where its status says accepted.

Autotask sends nothing of quotes, so that the ticket carries the acceptance. What was accepted is the primary quote of
the ticket's opportunity; without an opportunity, the ticket's own charges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.connections import SourceConnection
from events.sources.answered import text as written
from events.sources.answered import word
from events.sources.autotask import words
from events.sources.autotask.customers import customer_of
from events.sources.autotask.lines import Lines
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session, where
from events.sources.beginning import Beginning
from events.sources.client import NotThere
from events.sources.forerunners import Forerunners
from events.sources.lasting import LastingNames
from events.sources.named import Row, flag, ident, instant, text
from events.sources.tool import NotAccepted, Revoked
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket

_CHARGES, _UNCLEAR = "charges", "unclear"


@dataclass(frozen=True, slots=True)
class _Behind:
    """What is behind a ticket: its opportunity, the quote that counts, and why it cannot be told which does."""

    opportunity: str = ""
    quote: Row | None = None
    lost: bool = False
    unclear: str = ""

    @property
    def revision(self) -> str:
        """Another quote that counts is another revision of what was accepted, and no second acceptance."""
        return ident(self.quote or {}, "id") or (_UNCLEAR if self.unclear else _CHARGES)


class Offers:
    """Raises ToolFault. Thread-safe."""

    def __init__(
        self,
        connection: SourceConnection,
        session: Session,
        picklists: Picklists,
        beginning: Beginning,
        names: LastingNames,
        before: Forerunners,
    ) -> None:
        self._connection = connection
        self._access = connection.access
        self._session = session
        self._picklists = picklists
        self._beginning = beginning
        self._names = names
        self._before = before
        self._lines = Lines(session, picklists)

    def of(self, ticket: Row, ticket_id: str) -> Sequence[OfferedQuote | Revoked | NotAccepted]:
        status = ticket.get("status")
        accepted = self._picklists.is_one("Tickets", "status", status, self._access.accepted)
        if not accepted:
            self._before.elsewhere(ticket_id)
        if self._picklists.is_one("Tickets", "status", status, self._access.lost):
            return self._revoked(ticket, ticket_id)
        if not accepted:
            return [NotAccepted(self._refusal(ticket_id, status))]
        behind = self._behind(ticket)
        if behind.lost:
            return self._revoked(ticket, ticket_id)
        # By the ticket alone: a customer may have answered long before the ticket said so.
        before = self._beginning.judge(instant(ticket, words.TRACKED), self._connection.zone)
        if isinstance(before, NotAccepted):
            return [before]
        # Where only a day is told, the list of those that were accepted before knows better.
        return [self._before.judge(self._offered(ticket, ticket_id, behind), ticket_id)]

    def _refusal(self, ticket_id: str, status: object) -> str:
        if not self._access.accepted:
            return f"No ticket status means accepted: set {self._connection.variable('ACCEPTED')}."
        named = word(self._picklists.name("Tickets", "status", status))
        return f"Ticket {ticket_id} is not accepted: its status is {named}."

    def _offered(self, ticket: Row, ticket_id: str, behind: _Behind) -> OfferedQuote:
        customer, currency = customer_of(self._session, ticket)
        quote = behind.quote or {}
        quote_id = ident(quote, "id")
        lines = self._of(ticket_id, quote_id, currency, behind.unclear)
        links = [
            ("autotask:ticket", ticket_id),
            ("autotask:quote", quote_id),
            ("autotask:opportunity", behind.opportunity),
        ]
        return OfferedQuote(
            key=self._key(ticket_id, behind),
            customer=customer,
            lines=lines,
            number=text(quote, "quoteNumber", "externalQuoteNumber") or text(ticket, "ticketNumber"),
            accepted_at=self._accepted_at(ticket, quote),
            ticket=Ticket(system=self._connection.name, id=ticket_id),
            links=tuple(Link(kind=kind, id=told) for kind, told in links if told),
        )

    def _of(self, ticket_id: str, quote_id: str, currency: str, unclear: str) -> tuple[OfferedLine, ...]:
        if unclear:
            return _held(ticket_id, unclear)
        lines = self._lines.of_quote(quote_id, currency) if quote_id else ()
        lines = lines or self._lines.of_ticket(ticket_id, currency)
        return lines or _held(ticket_id, "The ticket has neither charges nor a quote with items.")

    def _key(self, ticket_id: str, behind: _Behind) -> QuoteKey:
        """
        The opportunity's where a quote of it counts, because several tickets may stand for it; else the ticket's. It
        stays, whichever opportunity the ticket gets later and whichever quote counts then.
        """
        quoted = behind.quote is not None or bool(behind.unclear)
        name = self._names.settle(_things(ticket_id, behind.opportunity if quoted else ""))
        return QuoteKey(system=self._connection.quote_system, id=name, revision=behind.revision)

    def _revoked(self, ticket: Row, ticket_id: str) -> list[Revoked]:
        """Whichever revision is in force."""
        names = self._names.known(_things(ticket_id, _opportunity(ticket)))
        return [Revoked(QuoteKey(system=self._connection.quote_system, id=name)) for name in names]

    def _accepted_at(self, ticket: Row, quote: Row) -> datetime | None:
        """
        When the customer answered; else when one of the ticket's own fields, such as its status, was last changed;
        else its last activity by a person. What we write to it is none: nobody must be asked to order again because we
        have told that an order failed.
        """
        if told := instant(quote, "extApprovalResponseDate") or instant(ticket, words.TRACKED):
            return told
        ours = self._access.options.get("resource", "")
        if not ours or written(ticket.get("lastActivityResourceID")) == ours:
            return None
        return instant(ticket, "lastActivityDate")

    def _behind(self, ticket: Row) -> _Behind:
        opportunity_id = _opportunity(ticket)
        if not opportunity_id:
            return _Behind()
        lost = self._is_lost(opportunity_id)
        rows = self._session.rows("Quotes", where("opportunityID", int(opportunity_id)))
        quotes = [row for row in rows if flag(row, "isActive") is not False]
        primary = [row for row in quotes if flag(row, "primaryQuote")]
        counted = primary or quotes
        if len(counted) > 1:
            numbers = ", ".join(ident(row, "id") for row in counted[:5])
            return _Behind(
                opportunity_id, None, lost, f"Several quotes may be meant ({numbers}): make one the primary."
            )
        return _Behind(opportunity_id, counted[0] if counted else None, lost)

    def _is_lost(self, opportunity_id: str) -> bool:
        try:
            row = self._session.item("Opportunities", opportunity_id)
        except NotThere:
            return False
        return self._picklists.is_one("Opportunities", "status", row.get("status"), words.LOST_OPPORTUNITY)


def _opportunity(ticket: Row) -> str:
    """Its number; empty where it has none."""
    number = ident(ticket, "opportunityID")
    return number if number.isdigit() else ""


def _things(ticket_id: str, opportunity: str) -> list[str]:
    """What an acceptance may be named by: numbers of the two may be equal."""
    return [*([f"opportunity-{opportunity}"] if opportunity else []), f"ticket-{ticket_id}"]


def _held(ticket_id: str, why: str) -> tuple[OfferedLine, ...]:
    """What stands for lines that cannot be told: a person must look."""
    return (OfferedLine(id=f"ticket-{ticket_id}", quantity="1", description=why, held=why),)
