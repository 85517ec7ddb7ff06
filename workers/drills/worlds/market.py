"""The simulated Pax8 of a world: it remembers which attempt of ours made which purchase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.marketplaces.pax8.simulator import Knobs, Line, Order, Origin, Pax8Simulator, catalogue, customers
from pipeline.marketplaces.pax8.simulator import World as Market
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.products import NO_SUBSCRIPTION
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.plan import Plan

_CUSTOMERS = (customers.CONTOSO, customers.NORTHWIND_INACTIVE, customers.TAILSPIN_ONE_PARENT)


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order that came in over the API. `attempt` is the id of the claim that was open when its request arrived."""

    order: Order
    attempt: str

    @property
    def bag(self) -> Counter[tuple[str, int, str]]:
        return Counter((line.product_id, line.quantity, line.billing_term) for line in self.order.lines)


class WatchedMarket(Market):
    """`attempt` names who is calling; what is carried out later is still that caller's."""

    def __init__(self, clock: VirtualClock, seed: int) -> None:
        super().__init__(clock, seed, Knobs(unknown_fields=False))
        self.attempt = ""
        self.purchases: list[Purchase] = []

    def later(self, after: float, act: Callable[[], None]) -> None:
        mine = self.attempt
        super().later(after, lambda: self._as(mine, act))

    def _as(self, attempt: str, act: Callable[[], None]) -> None:
        before, self.attempt = self.attempt, attempt
        act()
        self.attempt = before

    def buy(self, company_id: str, lines: Iterable[Line], origin: Origin, at: datetime | None = None) -> Order:
        order = super().buy(company_id, lines, origin, at)
        if origin is Origin.API:
            self.purchases.append(Purchase(order, self.attempt))
        return order


def marketplace(plan: Plan, clock: VirtualClock) -> tuple[Pax8Simulator, WatchedMarket]:
    """The marketplace as it is when the world begins."""
    market = WatchedMarket(clock, plan.seed)
    market.products = {product.id: product for product in catalogue.PRODUCTS}
    for customer in _CUSTOMERS:
        _move_in(market, customer)
    first = plan.messages[0]
    if first.customer.id:
        for _ in range(plan.elders):
            lines = [Line(one.product.id, one.quantity, one.term) for one in first.lines]
            market.walk_next(*(NO_SUBSCRIPTION for _ in lines))
            market.buy(first.customer.id, lines, Origin.STRANGER, market.now - timedelta(hours=1))
    return Pax8Simulator(seed=plan.seed, world=market), market


def _move_in(market: WatchedMarket, customer: Customer) -> None:
    primaries, country = customer.primaries, customer.country
    company = market.company(customer.name, primaries, country, id=customer.id, external_id=customer.external_id)
    for _ in range(customer.base_plans):
        asked = Line(catalogue.M365_E3.id, 10, "Annual", commitment_term_id=catalogue.E3_ONE_YEAR.id)
        began = market.now - timedelta(days=90)
        market.subscribe(company.id, catalogue.M365_E3, 10, "Annual", None, began, asked)
