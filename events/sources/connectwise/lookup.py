"""
What an opportunity is now, as read with our own credentials: won, and then what was accepted; else nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from events.sources.beginning import Beginning, asked
from events.sources.client import NotThere
from events.sources.connectwise.api import TITLE, Api, Record
from events.sources.connectwise.customer import currency_of, read_customer
from events.sources.connectwise.fields import custom, flag, identity, moment, text
from events.sources.connectwise.lines import Lines
from events.sources.connectwise.settings import Settings
from events.sources.connectwise.statuses import Standing, Statuses
from events.sources.lasting import LastingNames
from events.sources.tool import Found, NotAccepted, Revoked
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket

OPPORTUNITIES, TICKETS = "/sales/opportunities", "/service/tickets"
RECORD = "/v4_6_release/services/system_io/router/openrecord.rails"


class Opportunities:
    """Looks opportunities up. Thread-safe. Methods raise ToolFault."""

    def __init__(
        self, api: Api, settings: Settings, beginning: Beginning, names: LastingNames, now: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._settings = settings
        self._beginning = beginning
        self._names = names
        self._statuses = Statuses(api)
        self._now = now

    def look_up(self, number: int, *, deleted: bool = False) -> Sequence[Found]:
        """`deleted`: a callback said so, which counts only where the opportunity is not to be found either."""
        try:
            found = self._api.record(f"{OPPORTUNITIES}/{number}")
        except NotThere:
            gone = NotAccepted(f"{TITLE} has no opportunity {number} (any more).")
            return (*self._revoked(number), gone) if deleted else (gone,)
        status = identity(found, "status", "id")
        if status is None:
            return (NotAccepted(f"Opportunity {number} has no status."),)
        standing, word = self._statuses.standing(status), text(found, "status", "name") or "without a status"
        if standing is Standing.WON:
            return (self._won(number, found),)
        not_won = NotAccepted(f"Opportunity {number} is {word}, not won.")
        # An open one takes nothing back: what is won may be moved on to a status for what is being delivered.
        lost = standing is Standing.LOST or word.casefold() in self._settings.lost
        return (*self._revoked(number), not_won) if lost else (not_won,)

    def _won(self, number: int, found: Record) -> Found:
        accepted_at = moment(found, "closedDate")
        if accepted_at and self._now() - accepted_at > self._settings.oldest:
            days = self._settings.oldest.days
            return NotAccepted(
                f"Opportunity {number} was won on {accepted_at:%Y-%m-%d}, over {days} days ago: not new."
            )
        judged = self._beginning.judge(accepted_at, self._settings.zone)
        if isinstance(judged, NotAccepted):
            return judged
        lines = Lines(self._api, self._settings).of_opportunity(number, currency_of(found))
        if nothing := nothing_to_order(f"Opportunity {number} is won", lines):
            return nothing
        tickets = self._tickets(number)
        ticket = tickets[0] if tickets else None
        offered = OfferedQuote(
            key=self._key(number, tickets),
            customer=read_customer(self._api, found),
            lines=lines,
            number=str(number),
            url=self._url(number),
            accepted_at=accepted_at,
            requested_at=self._requested(found),
            ticket=ticket,
            links=(_link("opportunity", str(number)), *((_link("ticket", ticket.id),) if ticket else ())),
        )
        return asked(offered, judged) if judged else offered

    def _key(self, number: int, tickets: Sequence[Ticket]) -> QuoteKey:
        """A ticket of it that was accepted by itself before, when it was no opportunity's yet, has named it already."""
        quoted = tickets if self._settings.accepted else ()
        name = self._names.settle([str(number), *(ticket_name(ticket.id) for ticket in quoted)])
        return QuoteKey(system=self._settings.system, id=name)

    def _revoked(self, number: int) -> Sequence[Revoked]:
        names = self._names.known([str(number)])
        links = (_link("opportunity", str(number)),)
        return [Revoked(QuoteKey(system=self._settings.system, id=name), links=links) for name in names]

    def _tickets(self, number: int) -> Sequence[Ticket]:
        """Those that are open first, the oldest of them first: more tickets that come later change nothing."""
        tickets = self._api.all(TICKETS, f"opportunity/id={number}")
        tickets.sort(key=lambda one: flag(one, "closedFlag"))
        return [Ticket(system=self._settings.name, id=text(one, "id")) for one in tickets]

    def _url(self, number: int) -> str:
        query = {"recordType": "OpportunityFV", "recid": number, "companyName": self._settings.tenant}
        return f"{self._settings.origin.scheme}://{self._settings.browser}{RECORD}?{urlencode(query)}"

    def _requested(self, found: Record) -> datetime | None:
        """
        A day, meaning 06:00 where the connection is. Fields for dates hold midnight in UTC, which is no time of day.
        """
        value = custom(found, self._settings.date_field)
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return None
        if read.time() == time() or len(value) == len(date.min.isoformat()):
            read = datetime.combine(read.date(), time(6), self._settings.zone)
        elif read.tzinfo is None:
            read = read.replace(tzinfo=self._settings.zone)
        try:
            return read.astimezone(UTC)
        except OverflowError:
            return None


def ticket_name(number: str) -> str:
    """Tickets and opportunities are numbered each by themselves."""
    return f"ticket-{number}"


def nothing_to_order(what: str, lines: Sequence[OfferedLine]) -> NotAccepted | None:
    """
    A sale of hardware or of work is won, too. One without any products is a person's to judge: a quoting tool may push
    them later than it says that it is won.
    """
    if lines and all(line.skipped for line in lines):
        reasons = ", ".join(sorted({line.skipped for line in lines}))
        return NotAccepted(f"{what}, and has no line to order: {reasons}.")
    return None


def _link(kind: str, number: str) -> Link:
    return Link(kind=f"connectwise:{kind}", id=number)
