"""Limio's partner API as the Marketplace port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.abilities import BasketGone, Passed, RefusedPayload
from pipeline.domain.catalogue import Dependencies, PlacedOrder, Price, Product, ProvisioningField, Subscription
from pipeline.domain.claim import Answer, FillBasket, Payload, PlaceOrder, Purchase, Write
from pipeline.domain.company import Company
from pipeline.domain.errors import NotFound
from pipeline.domain.known import KnownOrders
from pipeline.marketplaces.accounts import Timeouts
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.kept_pages import KeptPages
from pipeline.marketplaces.limio import assumed, following, payload, reading, rehearsing, search, writes
from pipeline.marketplaces.limio.lists import TITLE
from pipeline.marketplaces.limio.options import Options
from pipeline.marketplaces.limio.reads import Reads
from pipeline.marketplaces.limio.waiting import waiting
from pipeline.marketplaces.meaning import Attempt, write_answer
from pipeline.marketplaces.sending import carry_out


class Limio:
    """
    One account for one order's stage: `Marketplace`, `Rehearses`, `FindsByReference`, `KnowsByEmail`,
    `BuysFromBaskets` (its baskets are checkout sessions), `PricesAtRehearsal`, `ListsWaiting` and `OrdersChanges`.
    """

    tells_with_order = True

    def __init__(
        self, name: str, currency: str, caller: Caller, timeouts: Timeouts, options: Options, pages: KeptPages
    ) -> None:
        self.prices_at_rehearsal = True
        self.orders_changes = True
        self.drops_baskets = False  # a checkout session ends by itself
        self._name = name
        self._currency = currency
        self._caller = caller
        self._timeouts = timeouts
        self._options = options
        self._reads = Reads(caller, timeouts, options)
        self._pages = pages
        self._just_filled: set[str] = set()

    @property
    def name(self) -> str:
        return self._name

    @property
    def title(self) -> str:
        return TITLE

    def company(self, company_id: str) -> Company:
        return reading.company(self._reads.object(assumed.CUSTOMERS, company_id))

    def companies(self) -> Sequence[Company]:
        return [reading.company(one) for one in self._reads.customers()]

    def customers(self, email: str) -> Sequence[Company]:
        return [reading.company(one) for one in self._reads.customers_of(email)]

    def wanted_of_buyer(self) -> frozenset[str]:
        return payload.WANTED_OF_BUYER

    def product(self, product_id: str) -> Product:
        return reading.product(self._reads.offer(product_id), self._options)

    def products_by_sku(self, sku: str) -> Sequence[Product]:
        if not sku:
            return ()
        found = [reading.product(one, self._options) for one in self._reads.offers()]
        return [one for one in found if one.sku == sku]

    def prices(self, product_id: str, company_id: str) -> Sequence[Price]:
        """List prices, the same for everybody; what this buyer pays is told by the dry run."""
        del company_id
        return reading.prices(self._reads.offer(product_id), self._currency)

    def dependencies(self, product_id: str) -> Dependencies:
        return reading.dependencies(self._reads.offer(product_id), self._options)

    def fields(self, product_id: str) -> Sequence[ProvisioningField]:
        """None: Limio asks for nothing but the buyer and what is bought."""
        del product_id
        return ()

    def subscriptions(self, company_id: str, product_id: str | None = None) -> Sequence[Subscription]:
        """One for each item. Summaries don't say what is in them, so each of the customer's is read."""
        rows = [row for page in self._reads.objects(assumed.SUBSCRIPTIONS) for row in page]
        found = [one for row in rows if row.customer == company_id for one in self._items(row.id)]
        return [one for one in found if product_id is None or one.product_id.casefold() == product_id.casefold()]

    def subscription(self, subscription_id: str) -> Subscription:
        """One of Limio's, or an order's line by the name that we give it."""
        if "/" in subscription_id:
            lines = self.order(subscription_id.partition("/")[0]).lines
            states = [line.state for line in lines if line.state is not None and line.state.id == subscription_id]
            if not states:
                raise NotFound(f"{TITLE} has no line {subscription_id}.")
            return states[0]
        return reading.subscriptions(self._reads.object(assumed.SUBSCRIPTIONS, subscription_id))[0]

    def compose(self, purchase: Purchase) -> Payload:
        return payload.compose(purchase, self._options)

    def order(self, order_id: str) -> PlacedOrder:
        return following.follow(self._reads.object(assumed.ORDERS, order_id), self._reads)

    def waiting(self, sought: Mapping[str, str], since: datetime, now: datetime) -> Mapping[str, Subscription]:
        """By the list of the newest orders, for those that are under way."""
        return waiting(self._pages, self._reads, sought, since, now)

    def new_orders(self, company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
        return search.new_orders(company_id, known, self._reads)

    def find_orders(self, write: PlaceOrder) -> Sequence[PlacedOrder]:
        return search.find_orders(write, self._reads)

    def find_basket(self, write: FillBasket) -> str | None:
        """Nobody can tell: Limio lists no checkout sessions, and one that was lost buys nothing."""
        del write
        return None

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload | BasketGone:
        if wanted.basket and wanted.basket not in self._just_filled:
            fault = rehearsing.basket_fault(wanted, self._reads)
            if fault is not None:
                return fault
        if (refused := rehearsing.wrong_customer(wanted, self._reads)) is not None:
            return refused
        return rehearsing.preview(wanted, self._caller, self._reads, self._timeouts.rehearse)

    def ready_to_send(self) -> None:
        self._caller.get_ready()

    def send(self, write: Write, send_before: float) -> Answer:
        answer = carry_out(
            TITLE,
            lambda: writes.asked(write, self._options),
            lambda ask: self._caller.write(ask, self._timeouts.write, send_before),
            lambda attempt: _answer(write, attempt),
        )
        if isinstance(write, FillBasket) and answer.ref is not None:
            self._just_filled.add(answer.ref)
        return answer

    def _items(self, subscription_id: str) -> Sequence[Subscription]:
        return reading.subscriptions(self._reads.object(assumed.SUBSCRIPTIONS, subscription_id))


def _answer(write: Write, attempt: Attempt) -> Answer:
    return write_answer(TITLE, attempt, lambda reply: writes.accepted(write, reply), lambda _: ())
