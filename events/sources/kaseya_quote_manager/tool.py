"""
Kaseya Quote Manager is read only and has no webhooks: its sales orders are polled. An accepted quote makes one.

The zone of its times is not documented; they are taken for UTC, and no watermark goes ahead of our own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from events.connections import SourceConnection
from events.sources.answered import Row, identifier, instant, text
from events.sources.before import Accepted, Before
from events.sources.beginning import Beginning, asked
from events.sources.client import NotThere
from events.sources.document import Unreadable, error
from events.sources.kaseya_quote_manager.api import SIZE, KaseyaApi
from events.sources.kaseya_quote_manager.lines import line_of
from events.sources.kaseya_quote_manager.orders import OrdersOfQuotes
from events.sources.kaseya_quote_manager.reading import (
    accepted_at,
    accepted_by,
    customer_of,
    links,
    number_of,
    quote_of,
    refusal,
)
from events.sources.polling import Listing, Now, complete, sweep, utc_now
from events.sources.tool import Checked, Found, NotAccepted, NotThereYet, Nudge, Page, Revoked, ToolFault
from pipeline.domain.offered import OfferedQuote
from pipeline.domain.quote import QuoteKey

OVERLAP = timedelta(hours=1)
FIRST = timedelta(days=1)
# How long an order may have waited for its approval when the connection began, for this to be noticed.
APPROVAL = timedelta(days=90)
_STATUSES = (
    "Every sales order that was made from a quote counts as accepted, one that waits for an approval too: "
    "name the statuses that count in {variable}, where your orders are approved."
)


class KaseyaQuoteManager:
    """Polled, and checked. What was accepted more than a day before the first poll is left alone. Thread-safe."""

    def __init__(
        self,
        connection: SourceConnection,
        api: KaseyaApi,
        beginning: Beginning,
        before: Before,
        orders: OrdersOfQuotes,
        now: Now = utc_now,
    ) -> None:
        self._connection = connection
        self._api = api
        self._beginning = beginning
        self._before = before
        self._orders = orders
        self._now = now

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        order_id = identifier(content.get("order"))
        if not order_id:
            raise Unreadable([error(["order"], "must be an id")])
        try:
            order = self._api.one("salesorder", order_id)
        except NotThere:
            raise NotThereYet(f"{self._api.title} shows us no sales order of this id (any more).") from None
        if text(order.get("id")) != order_id:
            raise Unreadable([error(["id"], "must be that of the sales order that was asked for")])
        if refused := refusal(order, self._connection):
            return (self._refused(refused, order, order_id),)
        judged = self._judge(order, order_id)
        if isinstance(judged, NotAccepted):
            return (judged,)
        offered = self._offered(order, order_id)
        self._orders.accepted(offered.key.id, order_id)
        return (asked(offered, judged) if judged else offered,)

    def poll(self, since: datetime | None) -> Iterator[Page]:
        started = self._now()
        since = since or self._beginning.began
        reached = since or started - FIRST
        if since is None:
            self._beginning.mark(reached, started)
        if self._approved and self._before.wanted:
            self._list_accepted()
        after = reached - OVERLAP if since else reached
        listing = Listing(
            self._changed(after),
            SIZE,
            _nudge,
            lambda order: instant(order.get("modifiedDate")),
        )
        return sweep(self._api.title, [listing], reached, started)

    def check(self, url: str) -> Checked:  # noqa: ARG002  nothing is sent here: there are no webhooks
        """Whether our key reads sales orders."""
        try:
            self._changed(self._now())(0)
        except ToolFault as fault:
            if fault.passes:
                raise
            return Checked(problems=(str(fault),))
        if self._connection.access.accepted:
            return Checked(notes=("Sales orders are polled: there is no webhook to set.",))
        return Checked(notes=(_STATUSES.format(variable=self._connection.variable("ACCEPTED")),))

    @property
    def _approved(self) -> bool:
        """Whether an order is not accepted by being made."""
        return bool(self._connection.access.accepted)

    def _judge(self, order: Row, order_id: str) -> NotAccepted | str:
        made, began = accepted_at(order), self._beginning.began
        recent = made is None or began is None or made >= began - APPROVAL
        if self._approved and recent:
            return self._before.judge(order_id, made)
        return self._beginning.judge(made)

    def _refused(self, refused: NotAccepted | Revoked, order: Row, order_id: str) -> NotAccepted | Revoked:
        if not isinstance(refused, Revoked):
            return refused
        self._before.forget(order_id)
        quote_id = quote_of(order)
        others = self._orders.others(quote_id, order_id)
        if any(quote_of(each) == quote_id and refusal(each, self._connection) is None for each in others):
            return NotAccepted("the sales order is lost, and another one of the same quote stands")
        return refused

    def _list_accepted(self) -> None:
        after = (self._beginning.began or self._now()) - APPROVAL
        listed = complete(self._api.title, self._changed(after), SIZE)
        self._before.mark(
            Accepted(text(each.get("id")), instant(each.get("modifiedDate")), instant(each.get("createdDate")))
            for each in listed
            if refusal(each, self._connection) is None
        )

    def _changed(self, after: datetime) -> Callable[[int], Sequence[Row]]:
        filters = {"modifiedAfter": f"{after.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        return lambda number: self._api.page("salesorder", number, filters)

    def _offered(self, order: Row, order_id: str) -> OfferedQuote:
        quote_id = quote_of(order)
        quote = self._maybe("quote", quote_id)
        customer = self._maybe("customer", identifier(order.get("customerID")))
        lines = self._api.of("salesorderline", "salesOrderID", order_id)
        return OfferedQuote(
            key=QuoteKey(system=self._connection.quote_system, id=quote_id),
            customer=customer_of(order, quote, customer),
            lines=tuple(line_of(each, self._api, self._connection) for each in lines),
            number=number_of(order, quote),
            accepted_at=accepted_at(order),
            accepted_by=accepted_by(order, quote),
            links=links(quote_id, quote),
        )

    def _maybe(self, kind: str, item_id: str) -> Row:
        """Empty for what is gone: the order stands without it."""
        if not item_id:
            return {}
        try:
            return self._api.one(kind, item_id)
        except NotThere:
            return {}


def _nudge(order: Row) -> Nudge | None:
    """The same order, unchanged, is the same delivery in every poll."""
    order_id, quote_id = identifier(order.get("id")), quote_of(order)
    if not order_id:
        raise Unreadable([error(["id"], "must be an id")])
    if not quote_id:
        return None
    changed, status = text(order.get("modifiedDate"))[:40], text(order.get("status"))[:20]
    return Nudge("salesorder", {"quote": quote_id, "order": order_id}, f"{quote_id}|{order_id}|{changed}|{status}")
