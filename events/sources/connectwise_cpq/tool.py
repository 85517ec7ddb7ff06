"""
ConnectWise CPQ has no webhooks: quotes that are accepted or lost are polled, and decided from the quote as read again.
Of the open ones, those are read again that were accepted: an acceptance that is set back is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from events.connections import SourceConnection
from events.sources.answered import Row, identifier, instant, row, text
from events.sources.before import Accepted, Before, Standing
from events.sources.beginning import Beginning, may_reach
from events.sources.client import NotThere
from events.sources.connectwise_cpq.api import SIZE, CpqApi, changed_since, of_quote, open_since
from events.sources.connectwise_cpq.lines import ACCEPT, Around, line_of
from events.sources.connectwise_cpq.reading import (
    accepted_at,
    customer_of,
    held,
    key_of,
    links,
    refusal,
    won_at,
)
from events.sources.document import Unreadable, error
from events.sources.polling import Listing, Now, sweep, utc_now
from events.sources.tool import Checked, Found, NotAccepted, NotThereYet, Nudge, Page, Revoked, ToolFault
from pipeline.domain.offered import OfferedQuote
from pipeline.domain.quote import QuoteKey

# Only days can be asked for, and in which zone they are meant is not documented.
OVERLAP = timedelta(days=1)
FIRST = timedelta(days=1)
_LISTED = "id,quoteNumber,quoteVersion,createDate,modifyDate,isAccepted,isLost"
# An item has over two hundred fields, a picture among them.
_ITEM = (
    "id,idQuote,idQuoteTabs,idRecurringRevenue,quantity,period,vendorPartNumber,manufacturerPartNumber,"
    "sourceVendorName,shortDescription,quosalDescription,longDescription,isBundleHeader,isOptional,isSelected,"
    "quoteItemPrice,cost,recurringPrice,recurringCost"
)
_TAB = "id,isOptional,idRecurringRevenue"


class ConnectWiseCpq:
    """Polled, and checked. What was accepted more than a day before the first poll is left alone. Thread-safe."""

    def __init__(
        self,
        connection: SourceConnection,
        api: CpqApi,
        beginning: Beginning,
        before: Before,
        standing: Standing,
        now: Now = utc_now,
    ) -> None:
        self._connection = connection
        self._api = api
        self._beginning = beginning
        self._before = before
        self._standing = standing
        self._now = now

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        quote_id = identifier(content.get("quote"))
        if not quote_id:
            raise Unreadable([error(["quote"], "must be an id")])
        try:
            quote = row(self._api.one(f"/api/quotes/{quote_id}"))
        except NotThere:
            raise NotThereYet(f"{self._api.title} shows us no quote of this id (any more).") from None
        if text(quote.get("id")).casefold() != quote_id.casefold():
            raise Unreadable([error(["id"], "must be that of the quote that was asked for")])
        key = key_of(quote, quote_id, self._connection)
        if refused := refusal(quote, key):
            return (self._refused(refused, quote, key, quote_id),)
        judged = self._before.judge(quote_id, accepted_at(quote), proof=won_at(quote))
        if isinstance(judged, NotAccepted):
            return (judged,)
        offered = self._offered(quote, quote_id, judged)
        self._standing.accepted(quote_id)
        return (offered,)

    def poll(self, since: datetime | None) -> Iterator[Page]:
        started = self._now()
        since = since or self._beginning.began
        reached = since or started - FIRST
        if since is None:
            self._beginning.mark(reached, started)
        after = reached - OVERLAP
        listings = (
            Listing(self._page_of(changed_since(flag, after)), SIZE, partial(_nudge, kind, started), _modified)
            for flag, kind in (("isAccepted", "quote.accepted"), ("isLost", "quote.lost"))
        )
        open_again = Listing(self._page_of(open_since(after)), SIZE, partial(self._open_again, started), _modified)
        if self._before.wanted:
            self._list_accepted()
        return sweep(self._api.title, (*listings, open_again), reached, started)

    def _refused(
        self, refused: NotAccepted | Revoked, quote: Row, key: QuoteKey, quote_id: str
    ) -> NotAccepted | Revoked:
        """One that was accepted and is open again is taken back as one that is lost."""
        if isinstance(refused, Revoked) or quote.get("isAccepted") is not True:
            self._before.forget(quote_id)
            if self._standing.was_accepted(quote_id):
                return Revoked(key)
        return refused

    def check(self, url: str) -> Checked:  # noqa: ARG002  nothing is sent here: CPQ has no webhooks
        """Whether our key reads quotes, and reads all of them."""
        try:
            self._page_of(changed_since("isAccepted", self._now()))(0)
            users = self._api.every("/settings/user")
        except ToolFault as fault:
            if fault.passes:
                raise
            return Checked(problems=(str(fault),))
        narrow = [each for each in users if each.get("isApiUser") is True and each.get("canAccessAllQuotes") is False]
        if narrow:
            problem = (
                f"{len(narrow)} API user(s) of CPQ may not see all quotes: if the key is theirs, quotes are missed"
            )
            return Checked(notes=(problem,))
        return Checked(notes=("Quotes are polled: CPQ has no webhooks to set.",))

    def _open_again(self, started: datetime, quote: Row) -> Nudge | None:
        """Of all that are open, those which were accepted once."""
        nudge = _nudge("quote.open", started, quote)
        quote_id = nudge.content["quote"]
        return nudge if self._standing.was_accepted(quote_id) or self._before.holds(quote_id) else None

    def _page_of(self, conditions: str) -> Callable[[int], Sequence[Row]]:
        return lambda number: self._api.page("/api/quotes", number, conditions, _LISTED)

    def _list_accepted(self) -> None:
        listed = self._api.every("/api/quotes", "isAccepted = True", _LISTED)
        self._before.mark(
            Accepted(text(each.get("id")), _modified(each), instant(each.get("createDate"))) for each in listed
        )

    def _offered(self, quote: Row, quote_id: str, doubted: str) -> OfferedQuote:
        around = Around(
            self._connection,
            tabs=self._tabs(quote_id),
            recurring=_by_id(self._api.every("/api/recurringRevenues")),
            base_currency=quote.get("baseCurrency"),
            held=doubted or held(quote, self._connection),
        )
        items = self._api.every("/api/quoteItems", of_quote("idQuote", quote_id), _ITEM)
        if any(text(each.get("idQuote")).casefold() not in ("", quote_id.casefold()) for each in items):
            raise Unreadable([error(["quoteItems"], "must be those of the quote that was asked for")])
        customers = self._api.every(f"/api/quotes/{quote_id}/customers")
        return OfferedQuote(
            key=key_of(quote, quote_id, self._connection),
            customer=customer_of(quote, customers),
            lines=tuple(line_of(each, around) for each in items),
            number=text(quote.get("quoteNumber")),
            accepted_at=accepted_at(quote),
            links=links(quote, quote_id, self._connection),
        )

    def _tabs(self, quote_id: str) -> Mapping[str, Row] | None:
        """By which field tabs are found is not documented; what is written wrongly finds nothing."""
        if self._connection.access.options.get("optional_tabs", "").casefold() == ACCEPT:
            return None
        fields = ("quote/id", "idQuote")
        found = (self._api.every("/api/quoteTabs", of_quote(each, quote_id), _TAB) for each in fields)
        return _by_id(next((tabs for tabs in found if tabs), []))


def _by_id(rows: Sequence[Row]) -> Mapping[str, Row]:
    return {text(each.get("id")): each for each in rows}


def _modified(quote: Row) -> datetime | None:
    return instant(quote.get("modifyDate"))


def _nudge(kind: str, started: datetime, quote: Row) -> Nudge:
    """
    The same version of a quote, unchanged, is the same delivery in every poll. Where only the day of its last change is
    told, it may have changed once more on that day: it is another one each hour until the day is over.
    """
    quote_id = identifier(quote.get("id"))
    if not quote_id:
        raise Unreadable([error(["id"], "must be an id")])
    version, changed = text(quote.get("quoteVersion"))[:20], text(quote.get("modifyDate"))[:40]
    modified = _modified(quote)
    hour = f"|{started:%Y-%m-%dT%H}" if modified is not None and may_reach(modified, started) else ""
    return Nudge(kind, {"quote": quote_id}, f"{quote_id}|{version}|{changed}|{kind}{hour}")
