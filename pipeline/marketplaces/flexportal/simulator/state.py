"""Everything that the simulated FlexPortal knows."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed
from pipeline.marketplaces.flexportal.simulator.knobs import Knobs
from pipeline.marketplaces.flexportal.simulator.products import BY_HAND, Product, Variant, Walk
from pipeline.marketplaces.flexportal.simulator.records import Asset, Customer, Item, Json, Order, Rental
from pipeline.marketplaces.flexportal.simulator.webhooks import webhook
from pipeline.marketplaces.simulation.clock import SimulationClock
from pipeline.marketplaces.simulation.world import SimulatedWorld

Posted = Callable[[Json], None]


class State(SimulatedWorld):
    """`outbox` holds the bodies of all webhooks, oldest first. `post` is called with each as well, if there is one:
    under the lock, and thus only to put it in a queue.

    `repeats` are the ids of orders that the natural key gave for an answer, `walks` how orders of a SKU go on (by
    the first item), `walk` that of every SKU without one of its own, where it isn't the product's.
    """

    def __init__(self, clock: SimulationClock, seed: int = 0, knobs: Knobs | None = None) -> None:
        super().__init__(clock, seed)
        self.knobs = knobs or Knobs()
        self.products: dict[str, Product] = {}
        self.customers: dict[str, Customer] = {}
        self.orders_by_id: dict[str, Order] = {}
        self.orders_by_customer: dict[str, list[Order]] = defaultdict(list)
        self.rentals_by_id: dict[str, Rental] = {}
        self.assets: dict[str, Asset] = {}
        self.assets_by_sku: dict[str, list[Asset]] = defaultdict(list)
        self.outbox: list[Json] = []
        self.post: Posted | None = None
        self.repeats: list[str] = []
        self.walk: Walk | None = None
        self.walks: dict[str, Walk] = {}
        self.next_walks: deque[Walk] = deque()
        self._variants: dict[str, tuple[Product, Variant]] = {}
        self._by_email: dict[str, list[Customer]] = defaultdict(list)
        self._by_key: dict[Any, Order] = {}

    def stock_up(self, product: Product) -> None:
        """Put a product and its devices here."""
        self.products[product.id] = product
        for variant in product.variants:
            self._variants[variant.sku] = (product, variant)
            self.receive(variant.sku, product.stock)

    def receive(self, sku: str, number: int) -> list[Asset]:
        """So many more devices, available at once."""
        made = []
        for _ in range(number):
            serial = f"SN-{sku}-{len(self.assets_by_sku[sku]) + 1:04d}"
            made.append(self.assets.setdefault(serial, Asset(serial, sku, self.now, [(self.now, "available")])))
            self.assets_by_sku[sku].append(made[-1])
        return made

    def offer(self, sku: str) -> tuple[Product, Variant] | None:
        return self._variants.get(sku)

    def variants(self) -> list[tuple[Product, Variant]]:
        return list(self._variants.values())

    def reprice(
        self, sku: str, monthly: Decimal | None = None, factor: Decimal = Decimal(1), contract_length: int | None = None
    ) -> None:
        """From now on a device costs that a month, or so many times as much; for one contract length or for all."""
        variant = self._variants[sku][1]
        variant.prices = [
            replace(
                price, monthly=monthly if monthly is not None else (price.monthly * factor).quantize(Decimal("0.01"))
            )
            if contract_length in (None, price.contract_length)
            else price
            for price in variant.prices
        ]

    def customer_of(self, email: str) -> Customer | None:
        known = self._by_email.get(email.casefold(), [])
        return next((one for one in known if assumed.same_email(one.email, email, self.knobs)), None)

    def move_in(self, customer: Customer) -> Customer:
        """Put a customer here; nothing is checked."""
        if self.customers.setdefault(customer.id, customer) is customer:
            known = self._by_email[customer.email.casefold()]
            if customer not in known:
                known.append(customer)
        return customer

    def equal_order(self, email: str, items: list[Item]) -> Order | None:
        """The order that the natural key takes for the same."""
        found = self._by_key.get(assumed.natural_key(email, items, self.knobs))
        return found if found and self.now - found.created < self.knobs.natural_key_window else None

    def keep(self, order: Order) -> None:
        self.orders_by_id[order.id] = order
        self.orders_by_customer[order.customer.id].append(order)
        self._by_key[assumed.natural_key(order.customer.email, order.items, self.knobs)] = order

    def walk_of(self, order: Order) -> Walk:
        if self.next_walks:
            return self.next_walks.popleft()
        sku = order.items[0].sku
        if sku in self.walks:
            return self.walks[sku]
        offer = self.offer(sku)
        if self.walk is not None:
            return self.walk
        return offer[0].walk if offer else BY_HAND

    def available(self, sku: str) -> list[Asset]:
        return [asset for asset in self.assets_by_sku.get(sku, []) if asset.status == "available"]

    def tell(self, event: str, **data: str | None) -> None:
        """A webhook, in the outbox and to the hook."""
        body = webhook(event, self.now, data)
        self.outbox.append(body)
        if self.post is not None:
            self.post(body)
