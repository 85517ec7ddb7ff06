"""The simulated AppXite of a world: organisations are let in, carts are filled and bought, and thrown away."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

import httpx

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, Knobs, catalogue, customers
from pipeline.marketplaces.appxite.simulator import World as Market
from pipeline.marketplaces.appxite.simulator.records import Item, Order, Origin
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.simulated import Simulated
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.markets.stall import BY_BASKET, PURCHASE, Purchase, Stall, Watched
from workers.drills.worlds.plan import Plan
from workers.drills.worlds.wares import Wanted

_ORGANISATIONS = (customers.CONTOSO, customers.NORTHWIND_NEW, customers.TAILSPIN)
_FACTORS = ("1.10", "0.90", "1.50")
_OVER = frozenset({"cancelled", "rejected", "provision_failed"})
_CART, _OPERATION, _CANCEL = ("POST", "/orders/"), ("POST", "/orders/operation"), ("POST", "/orders/cancel")
_PLACE = "place_order"


class WatchedAppXite(Watched, Market):
    def place(self, order: Order, items: Iterable[Item], organisation_id: str) -> None:
        placed = list(items)
        super().place(order, placed, organisation_id)
        if order.origin is Origin.API:
            bag = Counter((item.offer.id, item.quantity, "") for item in placed)
            ref = f"{order.organisation_id}/{order.id}"
            # Whatever order they come to be in: items with the same ids are of the same cart.
            cart = " ".join(sorted(item.id for item in placed))
            self.purchases.append(Purchase(Simulated.APPXITE, ref, self.attempt, bag, cart))


class AppXiteStall(Stall):
    name = Simulated.APPXITE
    submit = _OPERATION
    containing = _PLACE
    others = (
        {"kind": "reset", "match": _CART, "when": "after"},
        {"kind": "hang", "match": _CART, "when": "before"},
        {"kind": "late_commit", "match": _CART, "seconds": 20, "then": "reset"},
        {"kind": "reset", "match": _OPERATION, "when": "after", "containing": "delete"},
        {"kind": "hang", "match": ("PUT", "/customers/*"), "when": "after"},
        {"kind": "reset", "match": _CANCEL, "when": "after"},
        {"kind": "hang", "match": _CANCEL, "when": "before"},
    )

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self.world: WatchedAppXite = WatchedAppXite(clock, plan.seed, Knobs(unknown_fields=False, hooks=[]))
        self.world.offers = {offer.id: offer for offer in catalogue.OFFERS}
        for one in _ORGANISATIONS:
            known = one.external_id
            self.world.organisation(one.name, id=one.id, email=one.email, state=one.state, external_id=known)
        self.simulator = AppXiteSimulator(seed=plan.seed, world=self.world)

    def kind(self, request: httpx.Request) -> str:
        path = request.url.path
        if request.method == "PUT":
            return "approve_company"
        if request.method != "POST":
            return ""
        if path == _OPERATION[1]:
            return PURCHASE if _PLACE.encode() in request.content else "drop_basket"
        return {_CART[1]: "fill_basket", _CANCEL[1]: "cancel_purchase"}.get(path, "")

    def attempt(self, request: httpx.Request) -> tuple[str, str]:
        cart = json.loads(request.content)["OrderId"]
        return BY_BASKET, f"{request.headers['x-on-behalf-of']}/{cart}"

    def lag(self, by: timedelta) -> None:
        knobs = self.world.knobs
        knobs.order_list_lag = knobs.order_read_lag = by

    def reprice(self, pick: int) -> str:
        """A new price mostly has a new id here, which a template must name."""
        factor = Decimal(_FACTORS[pick % len(_FACTORS)])
        self.world.reprice(catalogue.DEFENDER.id, factor=factor, new_ids=pick % 2 == 0)
        return f"prices times {factor}"

    def stranger(self, customer: Customer, lines: Sequence[Wanted], pick: int) -> str:
        del pick
        theirs = next((one.id for one in _ORGANISATIONS if one.name == customer.name), "")
        if theirs:
            asked = [{"offer_id": one.product_id, "quantity": one.quantity} for one in lines]
            self.world.stranger_order(theirs, asked)
        return theirs and customer.name

    def happens(self, pick: int) -> str:
        """An order that waits for it is approved, or rejected now and then."""
        approve = pick % 4 > 0
        decided = [order for order in self.world.bought if self.world.decide(order, approve=approve)]
        return f"{len(decided)} orders are {'approved' if approve else 'rejected'}"

    def finish(self) -> None:
        for order in self.world.bought:
            self.world.decide(order, approve=True)

    def is_over(self, ref: str) -> bool:
        order = self.world.order(ref.rpartition("/")[2])
        return order is None or all(item.status(self.world.now) in _OVER for item in order.lines)
