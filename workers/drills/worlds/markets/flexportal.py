"""The simulated FlexPortal of a world: devices, few of them, that people confirm and that we or others hand out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

import httpx

from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, Knobs, catalogue, customers
from pipeline.marketplaces.flexportal.simulator import World as Market
from pipeline.marketplaces.flexportal.simulator.demo import address
from pipeline.marketplaces.flexportal.simulator.records import Order, Origin
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.simulated import Simulated
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.markets.stall import PURCHASE, Purchase, Stall, Watched
from workers.drills.worlds.plan import Plan
from workers.drills.worlds.quotes import email_of
from workers.drills.worlds.wares import Wanted

_RESIDENTS = (customers.CONTOSO, customers.NORTHWIND_INACTIVE)
_FACTORS = ("1.10", "0.90", "1.50")
_ALLOCATE, _CANCEL = ("POST", "/v1/subscriptions"), ("POST", "/v1/orders/*/cancel")
_OPEN = frozenset({"pending", "confirmed"})


class WatchedFlexPortal(Watched, Market):
    def keep(self, order: Order) -> None:
        super().keep(order)
        if order.origin is Origin.API:
            bag = Counter((item.sku, item.quantity, str(item.contract_length)) for item in order.items)
            self.purchases.append(Purchase(Simulated.FLEXPORTAL, order.id, self.attempt, bag))


class FlexPortalStall(Stall):
    name = Simulated.FLEXPORTAL
    submit = ("POST", "/v1/orders")
    moments = ("order", "variants")
    others = (
        {"kind": "reset", "match": _ALLOCATE, "when": "after"},
        {"kind": "hang", "match": _ALLOCATE, "when": "before"},
        {"kind": "late_commit", "match": _ALLOCATE, "seconds": 40, "then": "reset"},
        {"kind": "503", "match": _ALLOCATE, "when": "after", "times": 2},
        {"kind": "reset", "match": _CANCEL, "when": "after"},
        {"kind": "hang", "match": _CANCEL, "when": "before"},
    )

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        knobs = Knobs(unknown_fields=False, calls_per_minute=None)
        self.world: WatchedFlexPortal = WatchedFlexPortal(clock, plan.seed, knobs)
        for product in catalogue.products():
            product.stock = min(product.stock, plan.stock)
            self.world.stock_up(product)
        for one in _RESIDENTS:
            home = address(one)
            self.world.customer(one.email, one.company, id=one.id, status=one.status, billing=home, shipping=home)
        self._hands_out = not plan.allocate
        self.simulator = FlexPortalSimulator(seed=plan.seed, world=self.world)

    def kind(self, request: httpx.Request) -> str:
        if request.method != "POST":
            return ""
        if request.url.path.endswith("/cancel"):
            return "cancel_purchase"
        return {"/v1/orders": PURCHASE, "/v1/subscriptions": "allocate_unit"}.get(request.url.path, "")

    def lag(self, by: timedelta) -> None:
        knobs = self.world.knobs
        knobs.order_list_lag = knobs.order_read_lag = knobs.rental_list_lag = knobs.asset_list_lag = by

    def reprice(self, pick: int) -> str:
        factor = Decimal(_FACTORS[pick % len(_FACTORS)])
        self.world.reprice(catalogue.MONITOR, factor=factor)
        return f"prices times {factor}"

    def stranger(self, customer: Customer, lines: Sequence[Wanted], pick: int) -> str:
        """Also for one who is nobody there yet, who is somebody by that."""
        if pick % 3 and self.world.customer_of(email_of(customer)) is None:
            return ""
        items = [{"sku": one.product_id, "quantity": one.quantity, "contract_length": int(one.how)} for one in lines]
        self.world.stranger_order(email_of(customer), items)
        return customer.name

    def happens(self, pick: int) -> str:
        """The oldest order that waits is confirmed, or cancelled now and then; a device goes out, or some come in."""
        waiting = [order for order in self.world.bought if order.status in _OPEN]
        match pick % 8:
            case 0 if waiting:
                self.world.cancel(waiting[0])
                return f"an order of {waiting[0].devices} devices is cancelled"
            case 1 | 2:
                self.world.receive(catalogue.PHONE, 2)
                return "2 phones come in"
            case 3 | 4 if waiting:
                return f"{len(self.world.ship(waiting[0], 1))} devices go out"
            case _:
                for order in waiting[:1]:
                    self.world.confirm(order)
                return f"{len(waiting[:1])} orders are confirmed"

    def finish(self) -> None:
        """Everything is confirmed, and there is enough for everybody."""
        for order in self.world.bought:
            self.world.confirm(order)
            if self._hands_out:
                self.world.ship(order)
        for sku, wanted in self._lacking().items():
            self.world.receive(sku, max(wanted - len(self.world.available(sku)), 0))

    def _lacking(self) -> Counter[str]:
        lacking: Counter[str] = Counter()
        for order in self.world.bought:
            if order.status != "cancelled":
                lacking.update({item.sku: item.open for item in order.items})
        return lacking

    def is_over(self, ref: str) -> bool:
        return self.world.orders_by_id[ref].status == "cancelled"

    def wrong(self) -> Iterator[str]:
        yield from super().wrong()
        units = [rental.serial_number for rental in self.world.allocated]
        if len(set(units)) < len(units):
            yield "one device was handed out twice"
        if any(item.open < 0 for order in self.world.bought for item in order.items):
            yield "more devices were handed out than were ordered"
