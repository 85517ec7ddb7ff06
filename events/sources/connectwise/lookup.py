"""
What an opportunity is now, as read with our own credentials: won, and then what was accepted; else nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import urlencode

from events.sources.beginning import Beginning
from events.sources.client import NotThere
from events.sources.connectwise.api import TITLE, Api, Record
from events.sources.connectwise.customer import currency_of, read_customer
from events.sources.connectwise.fields import custom, flag, identity, moment, text
from events.sources.connectwise.lines import Lines
from events.sources.connectwise.settings import Settings
from events.sources.connectwise.statuses import Standing, Statuses
from events.sources.tool import Found, NotAccepted, Revoked
from pipeline.domain.offered import Link, OfferedLine, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket

OPPORTUNITIES, TICKETS = "/sales/opportunities", "/service/tickets"
RECORD = "/v4_6_release/services/system_io/router/openrecord.rails"


class Opportunities:
    """Looks opportunities up. Thread-safe. Methods raise ToolFault."""

    def __init__(self, api: Api, settings: Settings, beginning: Beginning, now: Callable[[], datetime]) -> None:
        self._api = api
        self._settings = settings
        self._beginning = beginning
        self._statuses = Statuses(api)
        self._now = now

    def look_up(self, number: int, *, deleted: bool = False) -> Sequence[Found]:
        """`deleted`: a callback said so, which counts only where the opportunity is not to be found either."""
        try:
            found = self._api.record(f"{OPPORTUNITIES}/{number}")
        except NotThere:
            gone = NotAccepted(f"{TITLE} has no opportunity {number} (any more).")
            return (Revoked(self._key(number)), gone) if deleted else (gone,)
        status = identity(found, "status", "id")
        if status is None:
            return (NotAccepted(f"Opportunity {number} has no status."),)
        if self._statuses.standing(status) is Standing.WON:
            return (self._won(number, found),)
        # An open one may have been won before: what was accepted then is taken back. If nothing was, nothing is.
        word = text(found, "status", "name") or "without a status"
        return Revoked(self._key(number)), NotAccepted(f"Opportunity {number} is {word}, not won.")

    def _won(self, number: int, found: Record) -> Found:
        accepted_at = moment(found, "closedDate")
        if accepted_at and self._now() - accepted_at > self._settings.oldest:
            days = self._settings.oldest.days
            return NotAccepted(
                f"Opportunity {number} was won on {accepted_at:%Y-%m-%d}, over {days} days ago: not new."
            )
        if before := self._beginning.refusal(accepted_at):
            return before
        lines = Lines(self._api, self._settings).of_opportunity(number, currency_of(found))
        if nothing := nothing_to_order(f"Opportunity {number} is won", lines):
            return nothing
        ticket = self._ticket(number)
        return OfferedQuote(
            key=self._key(number),
            customer=read_customer(self._api, found),
            lines=lines,
            number=str(number),
            url=self._url(number),
            accepted_at=accepted_at,
            requested_at=self._requested(found),
            ticket=ticket,
            links=(_link("opportunity", str(number)), *((_link("ticket", ticket.id),) if ticket else ())),
        )

    def _key(self, number: int) -> QuoteKey:
        return QuoteKey(system=self._settings.system, id=str(number))

    def _ticket(self, number: int) -> Ticket | None:
        """The first that is open, else the first: more tickets that come later change nothing."""
        tickets = self._api.all(TICKETS, f"opportunity/id={number}")
        tickets.sort(key=lambda one: flag(one, "closedFlag"))
        return Ticket(system=self._settings.name, id=text(tickets[0], "id")) if tickets else None

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


def nothing_to_order(what: str, lines: Sequence[OfferedLine]) -> NotAccepted | None:
    """A sale of hardware or of work is won, too."""
    if not lines:
        return NotAccepted(f"{what}, and holds no products.")
    if all(line.skipped for line in lines):
        reasons = ", ".join(sorted({line.skipped for line in lines}))
        return NotAccepted(f"{what}, and has no line to order: {reasons}.")
    return None


def _link(kind: str, number: str) -> Link:
    return Link(kind=f"connectwise:{kind}", id=number)
