"""The simulated Pax8 of a world, which keeps no reference of ours: an order is known by its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import httpx

from pipeline.marketplaces.pax8.simulator import Knobs, Line, Order, Origin, Pax8Simulator, catalogue, customers
from pipeline.marketplaces.pax8.simulator import World as Market
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.products import NO_SUBSCRIPTION
from pipeline.marketplaces.simulated import Simulated
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.markets.stall import PURCHASE, Purchase, Stall, Watched
from workers.drills.worlds.plan import Plan
from workers.drills.worlds.wares import Wanted

_CUSTOMERS = (customers.CONTOSO, customers.NORTHWIND_INACTIVE, customers.TAILSPIN_ONE_PARENT)
_FACTORS = ("1.10", "0.90", "1.50")
_CANCEL = ("DELETE", "/v1/subscriptions/*")


class WatchedPax8(Watched, Market):
    def buy(self, company_id: str, lines: Iterable[Line], origin: Origin, at: datetime | None = None) -> Order:
        order = super().buy(company_id, lines, origin, at)
        if origin is Origin.API:
            bag = Counter((line.product_id, line.quantity, line.billing_term) for line in order.lines)
            self.purchases.append(Purchase(Simulated.PAX8, order.id, self.attempt, bag))
        return order


class Pax8Stall(Stall):
    name = Simulated.PAX8
    keeps_reference = False
    submit = ("POST", "/v1/orders")
    others = (
        {"kind": "hang", "match": ("POST", "/v1/companies*"), "when": "after"},
        {"kind": "reset", "match": _CANCEL, "when": "after"},
        {"kind": "hang", "match": _CANCEL, "when": "before"},
    )

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self.world: WatchedPax8 = WatchedPax8(clock, plan.seed, Knobs(unknown_fields=False))
        self.world.products = {product.id: product for product in catalogue.PRODUCTS}
        for customer in _CUSTOMERS:
            _move_in(self.world, customer)
        first = plan.messages[0]
        lines = [_asked(one) for one in first.lines_at(self.name)]
        if first.customer.id and lines:
            for _ in range(plan.elders):
                self.world.walk_next(*(NO_SUBSCRIPTION for _ in lines))
                self.world.buy(first.customer.id, lines, Origin.STRANGER, self.world.now - timedelta(hours=1))
        self.simulator = Pax8Simulator(seed=plan.seed, world=self.world)

    def kind(self, request: httpx.Request) -> str:
        path = request.url.path
        if request.method == "GET" or path.endswith("/token") or "isMock" in request.url.query.decode():
            return ""
        if path.endswith("/orders"):
            return PURCHASE
        if request.method == "DELETE":
            return "cancel_purchase"
        return "add_contact" if "/contacts" in path else "create_company"

    def lag(self, by: timedelta) -> None:
        self.world.knobs.order_list_lag = by

    def reprice(self, pick: int) -> str:
        factor = Decimal(_FACTORS[pick % len(_FACTORS)])
        self.world.reprice(catalogue.BACKUP.id, factor=factor)
        return f"prices times {factor}"

    def stranger(self, customer: Customer, lines: Sequence[Wanted], pick: int) -> str:
        """With or without a subscription that tells when."""
        if not customer.id:
            return ""
        if pick % 2:
            self.world.walk_next(*(NO_SUBSCRIPTION for _ in lines))
        self.world.stranger_order(customer.id, [_asked(one) for one in lines])
        return customer.name

    def passes_for_ours(self, ref: str, since: datetime) -> bool:
        order = self.world.order(ref)
        return order is not None and order.created >= since

    def is_over(self, ref: str) -> bool:
        order = self.world.order(ref)
        made = [line.subscription_id for line in order.lines if line.subscription_id] if order is not None else []
        return all(self.world.subscriptions[one].status(self.world.now) == "Cancelled" for one in made)


OTHER_PRODUCT = Wanted("", catalogue.ENDPOINT_VOLUME.id, 5)
"""What nobody orders in a world."""


def _asked(line: Wanted) -> Line:
    return Line(line.product_id, line.quantity, line.term)


def _move_in(market: WatchedPax8, customer: Customer) -> None:
    primaries, country = customer.primaries, customer.country
    company = market.company(customer.name, primaries, country, id=customer.id, external_id=customer.external_id)
    for _ in range(customer.base_plans):
        asked = Line(catalogue.M365_E3.id, 10, "Annual", commitment_term_id=catalogue.E3_ONE_YEAR.id)
        began = market.now - timedelta(days=90)
        market.subscribe(company.id, catalogue.M365_E3, 10, "Annual", None, began, asked)
