"""Everything that the simulated Pax8 knows, and what happens there without a call of ours."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.pax8.simulator.knobs import Knobs
from pipeline.marketplaces.pax8.simulator.pricing import Repricing, per_unit, price_rows
from pipeline.marketplaces.pax8.simulator.products import PriceRow, Product, Walk
from pipeline.marketplaces.pax8.simulator.records import (
    CONTACT_TYPES,
    Company,
    Contact,
    Line,
    Order,
    OrderLine,
    Origin,
    Subscription,
    normalised,
)
from pipeline.marketplaces.simulation.clock import SimulationClock
from pipeline.marketplaces.simulation.world import SimulatedWorld

US_ADDRESS = {
    "street": "1 Main Street",
    "city": "Denver",
    "postalCode": "80210",
    "country": "US",
    "stateOrProvince": "Colorado",
}


class World(SimulatedWorld):
    """What exists at the simulated Pax8."""

    def __init__(self, clock: SimulationClock, seed: int = 0, knobs: Knobs | None = None) -> None:
        super().__init__(clock, seed)
        self.knobs = knobs or Knobs()
        self.companies: dict[str, Company] = {}
        self.products: dict[str, Product] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.subscriptions_by_company: dict[str, list[Subscription]] = defaultdict(list)
        self.repricings: list[Repricing] = []
        self.walks: dict[str, Walk] = {}
        self.user_id = self.new_id()
        self._orders: dict[str, Order] = {}
        self._orders_by_company: dict[str, list[Order]] = defaultdict(list)
        self._next_walks: deque[Walk] = deque()

    @property
    def orders(self) -> list[Order]:
        """All orders, oldest first, whoever made them."""
        self.settle()
        return list(self._orders.values())

    @property
    def bought(self) -> list[Order]:
        """Those that came in over the API."""
        return [order for order in self.orders if order.origin is Origin.API]

    def order(self, order_id: str) -> Order | None:
        return self._orders.get(order_id)

    def orders_of(self, company_id: str | None) -> list[Order]:
        """Oldest first; not a copy where a company is named."""
        return list(self._orders.values()) if company_id is None else self._orders_by_company.get(company_id, [])

    def company(
        self, name: str = "Contoso", primaries: Iterable[str] = CONTACT_TYPES, country: str = "US", **fields: Any
    ) -> Company:
        """Put a company here, with a contact for each of the primaries. Nothing is checked, doubles are allowed."""
        fields.setdefault("id", self.new_id())
        fields.setdefault("address", {**US_ADDRESS, "country": country})
        company = Company(name=name, updated=self.now, **fields)
        self.companies[company.id] = company
        for kind in primaries:
            self.contact(company, {kind: True})
        return company

    def contact(self, company: Company, types: Mapping[str, bool], email: str = "ada@example.com") -> Contact:
        contact = Contact(self.new_id(), "Ada", "Lovelace", email, "555-0100", dict(types), self.now)
        company.contacts[contact.id] = contact
        return contact

    def primaries(self, company: Company | str) -> set[str]:
        return set(self._company(company).primaries)

    def same_name(self, name: str) -> Company | None:
        """A company that blocks this name: Active and Inactive ones do, deleted ones don't."""
        wanted = normalised(name)
        return next((x for x in self.companies.values() if not x.deleted and normalised(x.name) == wanted), None)

    def _company(self, company: Company | str) -> Company:
        return self.companies[company] if isinstance(company, str) else company

    def price_rows(self, product: Product, company_id: str | None) -> list[PriceRow]:
        return price_rows(product, company_id, self.repricings)

    def reprice(
        self,
        product_id: str,
        *,
        cost: Decimal | None = None,
        factor: Decimal = Decimal(1),
        company_id: str | None = None,
    ) -> None:
        """From now on the product costs that, or so many times as much, for one company or for all."""
        self.repricings.append(Repricing(product_id, company_id, cost, factor))

    def walk_next(self, *walks: Walk) -> None:
        """How the very next order lines are provisioned, one walk each."""
        self._next_walks.extend(walks)

    def buy(self, company_id: str, lines: Iterable[Line], origin: Origin, at: datetime | None = None) -> Order:
        """Make the order and its subscriptions. Nothing is checked."""
        order = Order(self.new_id(), company_id, at or self.now, [], origin, ordered_by_user=self.user_id)
        by_number: dict[int, str | None] = {}
        for line in lines:
            made = self._subscribe(company_id, line, order.created)
            by_number[line.number] = made.id if made else None
            order.lines.append(OrderLine(self.new_id(), line, by_number[line.number]))
        for made_line in order.lines:
            subscription = self.subscriptions.get(made_line.subscription_id or "")
            if subscription and made_line.asked.parent_line_number is not None:
                subscription.parent_id = by_number.get(made_line.asked.parent_line_number)
        self._orders[order.id] = order
        self._orders_by_company[company_id].append(order)
        return order

    def _subscribe(self, company_id: str, line: Line, created: datetime) -> Subscription | None:
        product = self.products[line.product_id]
        walk = self._next_walks.popleft() if self._next_walks else self.walks.get(product.id, product.walk)
        if not walk:
            return None
        steps = [(created + timedelta(seconds=after), word) for after, word in walk]
        return self.subscribe(company_id, product, line.quantity, line.billing_term, steps, created, line)

    def subscribe(
        self,
        company_id: str,
        product: Product,
        quantity: int,
        billing_term: str,
        steps: list[tuple[datetime, str]] | None = None,
        created: datetime | None = None,
        line: Line | None = None,
    ) -> Subscription:
        """Put a subscription here, Active unless `steps` say otherwise."""
        at = created or self.now
        asked = line or Line(product.id, quantity, billing_term)
        rows = product.rows(billing_term, product.commitment(asked.commitment_term_id))
        subscription = Subscription(
            id=self.new_id(),
            company_id=company_id,
            product=product,
            quantity=quantity,
            billing_term=billing_term,
            created=at,
            steps=steps or [(at, "Active")],
            price=per_unit(rows[0], quantity, retail=True) if rows else Decimal(),
            cost=per_unit(rows[0], quantity) if rows else Decimal(),
            parent_id=asked.parent_subscription_id,
            commitment_term_id=asked.commitment_term_id,
            details=dict(asked.details),
            start=asked.start,
        )
        self.subscriptions[subscription.id] = subscription
        self.subscriptions_by_company[company_id].append(subscription)
        return subscription

    def set_status(self, subscription_id: str, word: str) -> None:
        self.subscriptions[subscription_id].become(self.now, (self.now, word))

    def stranger_order(self, company: Company | str, lines: Iterable[Line | Mapping[str, Any]]) -> Order:
        """Somebody else, in the portal say, buys this for the company. Mappings are the fields of `Line`."""
        made = [line if isinstance(line, Line) else Line(**line) for line in lines]
        with self.lock:
            return self.buy(company if isinstance(company, str) else company.id, made, Origin.STRANGER)

    def seed_orders(self, company: Company | str, n: int, line: Line, every: timedelta = timedelta(hours=1)) -> None:
        """`n` orders of that line from the past, the newest one `every` ago, each with an Active subscription."""
        company_id = company if isinstance(company, str) else company.id
        with self.lock:
            began = self.now - every * n
            for nth in range(n):
                at = began + every * nth
                active = self.subscribe(
                    company_id, self.products[line.product_id], line.quantity, line.billing_term, None, at
                )
                order = Order(self.new_id(), company_id, at, [OrderLine(self.new_id(), line, active.id)], Origin.SEED)
                self._orders[order.id] = order
                self._orders_by_company[company_id].append(order)
