"""Pax8's partner API as the Marketplace port, with the dry run of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from pipeline.abilities import Cancellable, Passed, RefusedPayload
from pipeline.domain.catalogue import Dependencies, PlacedOrder, Price, Product, ProvisioningField, Subscription
from pipeline.domain.claim import Answer, Payload, PlaceOrder, Purchase, Write
from pipeline.domain.company import Company, CompanyContact
from pipeline.domain.errors import Forbidden, Unreadable
from pipeline.domain.known import KnownOrders
from pipeline.domain.terms import SubscriptionTerms
from pipeline.marketplaces.accounts import Timeouts
from pipeline.marketplaces.answers import Listed, Thing
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.kept_pages import KeptPages
from pipeline.marketplaces.meaning import Attempt, write_answer
from pipeline.marketplaces.pax8 import cancelling, reading, shapes, writes
from pipeline.marketplaces.pax8.lists import ANSWERS, TITLE, Fetch, ListReader, unpaged
from pipeline.marketplaces.pax8.new_orders import new_orders
from pipeline.marketplaces.pax8.paths import below
from pipeline.marketplaces.pax8.payload import compose, compose_change, encoded, provisioning_values
from pipeline.marketplaces.pax8.refusals import named_fields, wants_line_company
from pipeline.marketplaces.pax8.waiting import waiting
from pipeline.marketplaces.reply import Ask, Reply
from pipeline.marketplaces.sending import carry_out

REHEARSAL = "/orders?isMock=true"
_REFUSALS = frozenset({400, 422})
_NO_COMPANY = "00000000-0000-0000-0000-000000000000"


class Pax8:
    """
    One account for one order's stage: `Marketplace`, `KeepsContacts`, `Rehearses`, `MayOrder`, `CancelsPurchases`,
    `ListsWaiting` and `ChangesSubscriptions`.
    """

    tells_with_order = False

    def __init__(self, name: str, caller: Caller, timeouts: Timeouts, pages: KeptPages) -> None:
        self._name = name
        self._caller = caller
        self._timeouts = timeouts
        self._pages = pages

    @property
    def name(self) -> str:
        return self._name

    @property
    def title(self) -> str:
        return TITLE

    def company(self, company_id: str) -> Company:
        return reading.company(self._one(shapes.COMPANY, below("/companies", company_id)))

    def companies(self) -> Sequence[Company]:
        return [reading.company(shape) for shape in self._paged(shapes.COMPANIES).all("/companies")]

    def contacts(self, company_id: str) -> Sequence[CompanyContact]:
        path = below("/companies", company_id, "contacts")
        return [reading.contact(shape) for shape in self._paged(shapes.CONTACTS).all(path)]

    def product(self, product_id: str) -> Product:
        return reading.product(self._one(shapes.PRODUCT, below("/products", product_id)))

    def products_by_sku(self, sku: str) -> Sequence[Product]:
        if not sku:
            return ()
        found = self._paged(shapes.PRODUCTS).all("/products", search=sku)
        return [
            product
            for shape in found
            if sku in ((product := reading.product(shape)).sku, product.vendor_sku, shape.vendor_sku)
        ]

    def prices(self, product_id: str, company_id: str) -> Sequence[Price]:
        path = below("/products", product_id, "pricing")
        rows = unpaged(shapes.PRICES, self._fetch(self._timeouts.read), path, companyId=company_id)
        return [price for shape in rows if (price := reading.price(shape)) is not None]

    def dependencies(self, product_id: str) -> Dependencies:
        return reading.dependencies(self._one(shapes.DEPENDENCIES, below("/products", product_id, "dependencies")))

    def fields(self, product_id: str) -> Sequence[ProvisioningField]:
        path = below("/products", product_id, "provision-details")
        return [reading.field(shape) for shape in unpaged(shapes.FIELDS, self._fetch(self._timeouts.read), path)]

    def subscriptions(self, company_id: str, product_id: str | None = None) -> Sequence[Subscription]:
        found = self._paged(shapes.SUBSCRIPTIONS).all("/subscriptions", companyId=company_id, productId=product_id)
        return [
            reading.subscription(shape)
            for shape in found
            if (shape.company_id is None or writes.same_id(shape.company_id, company_id))
            and (product_id is None or writes.same_id(shape.product_id or "", product_id))
        ]

    def subscription(self, subscription_id: str) -> Subscription:
        return reading.subscription(self._one(shapes.SUBSCRIPTION, below("/subscriptions", subscription_id)))

    def compose(self, purchase: Purchase) -> Payload:
        return compose(purchase.company_id, purchase.lines)

    def compose_change(self, subscription_id: str, before: SubscriptionTerms, after: SubscriptionTerms) -> Payload:
        return compose_change(subscription_id, before, after)

    def order(self, order_id: str) -> PlacedOrder:
        return reading.order(self._one(shapes.ORDER, below("/orders", order_id)))

    def waiting(self, sought: Mapping[str, str], since: datetime, now: datetime) -> Mapping[str, Subscription]:
        """By the status that each had last: one page holds 200 of all companies."""
        return waiting(self._pages, self._fetch(self._timeouts.read), sought, since, now)

    def cancellable(self, placed: PlacedOrder) -> Sequence[Cancellable]:
        return cancelling.cancellable(placed, self.subscription, self.subscriptions)

    def new_orders(self, company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
        return new_orders(ListReader(shapes.ORDERS, self._fetch(self._timeouts.orders)), company_id, known)

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload:
        """The dry run of the payload's exact bytes. The ids in its answer are of nothing, and none is kept."""
        payload = wanted.payload
        ask = Ask("POST", REHEARSAL, payload.body.encode(), hidden=provisioning_values(payload.body))
        reply = self._caller.call(ask, self._timeouts.rehearse, also=_REFUSALS)
        if not reply.ok:
            said, company = reply.words() or (reply.shape(),), wants_line_company(reply, payload.body)
            return RefusedPayload(said, named_fields(reply, payload.body), company)
        if not isinstance(ANSWERS.content(reply, f"POST {REHEARSAL}"), dict):
            raise Unreadable(f"Pax8's answer to the dry run is no order: {reply.shape()}.", request_id=reply.request_id)
        return Passed()

    def may_order(self) -> bool:
        """A dry run of nothing: who may order is told what is wrong with it, who may not is told just that."""
        body = encoded({"companyId": _NO_COMPANY, "lineItems": []})
        try:
            self._caller.call(Ask("POST", REHEARSAL, body), self._timeouts.rehearse, also=_REFUSALS | {404})
        except Forbidden:
            return False
        return True

    def ready_to_send(self) -> None:
        self._caller.get_ready()

    def send(self, write: Write, send_before: float) -> Answer:
        return carry_out(
            TITLE,
            lambda: writes.asked(write),
            lambda ask: self._caller.write(ask, self._timeouts.write, send_before),
            lambda attempt: _answer(write, attempt),
        )

    def _one(self, adapter: TypeAdapter[Thing], path: str) -> Thing:
        reply = self._caller.call(Ask("GET", path, repeatable=True), self._timeouts.read)
        return ANSWERS.one(adapter.validate_python, f"GET {path}", reply)

    def _paged(self, items: TypeAdapter[list[Listed]]) -> ListReader[Listed]:
        return ListReader(items, self._fetch(self._timeouts.read))

    def _fetch(self, timeout: timedelta) -> Fetch:
        return lambda asked: self._caller.call(Ask("GET", asked, repeatable=True), timeout)


def _answer(write: Write, attempt: Attempt) -> Answer:
    def fields(reply: Reply) -> tuple[str, ...]:
        if not isinstance(write, PlaceOrder):
            return ()
        return tuple(dict.fromkeys(key for _, key in named_fields(reply, write.payload.body)))

    return write_answer(TITLE, attempt, lambda reply: writes.accepted(write, reply), fields)
