"""The simulated Limio of a world: checkout sessions, and customers whom their orders make."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import httpx

from pipeline.marketplaces.limio.simulator import Knobs, LimioSimulator, catalogue, customers
from pipeline.marketplaces.limio.simulator import World as Market
from pipeline.marketplaces.limio.simulator.records import Order, Origin
from pipeline.marketplaces.limio.simulator.wanted import Wanted as Asked
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.simulated import Simulated
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.markets.stall import BY_REFERENCE, PURCHASE, Purchase, Stall, Watched
from workers.drills.worlds.plan import Plan
from workers.drills.worlds.quotes import email_of
from workers.drills.worlds.wares import Wanted

_KNOWN = (customers.CONTOSO, customers.LADA, customers.TAILSPIN_ONE_PARENT)
_FACTORS = ("1.10", "0.90", "1.50")
_SUBMIT, _CHECKOUT = ("POST", "/api/partner/order"), ("POST", "/api/partner/checkout")


class WatchedLimio(Watched, Market):
    def buy(self, wanted: Asked, origin: Origin, at: datetime | None = None, *, quietly: bool = False) -> Order:
        order = super().buy(wanted, origin, at, quietly=quietly)
        if origin is Origin.API:
            bag = Counter((item.offer_id, item.quantity, "") for item in order.items)
            self.purchases.append(Purchase(Simulated.LIMIO, order.id, self.attempt, bag, wanted.checkout_id or ""))
        return order


class LimioStall(Stall):
    name = Simulated.LIMIO
    submit = _SUBMIT
    others = (
        {"kind": "reset", "match": _CHECKOUT, "when": "after"},
        {"kind": "hang", "match": _CHECKOUT, "when": "before"},
        {"kind": "502", "match": _SUBMIT, "when": "after"},
        {"kind": "502", "match": _SUBMIT, "when": "before"},
    )

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self.world: WatchedLimio = WatchedLimio(clock, plan.seed, Knobs(unknown_fields=False, webhooks=False))
        self.world.offers = {offer.id: offer for offer in catalogue.OFFERS}
        for one in _KNOWN:
            self.world.customer(one.email, one.company, id=one.id, first_name=one.first_name, last_name=one.last_name)
        self.simulator = LimioSimulator(seed=plan.seed, world=self.world)

    def kind(self, request: httpx.Request) -> str:
        if request.method != "POST":
            return ""
        return {_SUBMIT[1]: PURCHASE, _CHECKOUT[1]: "fill_basket"}.get(request.url.path, "")

    def attempt(self, request: httpx.Request) -> tuple[str, str]:
        return BY_REFERENCE, str(json.loads(request.content)["external_id"])

    def lag(self, by: timedelta) -> None:
        knobs = self.world.knobs
        knobs.order_list_lag = knobs.order_read_lag = knobs.subscription_read_lag = by

    def reprice(self, pick: int) -> str:
        """Which makes another version of the offer."""
        factor = Decimal(_FACTORS[pick % len(_FACTORS)])
        self.world.reprice(catalogue.BACKUP.id, factor=factor)
        return f"prices times {factor}"

    def stranger(self, customer: Customer, lines: Sequence[Wanted], pick: int) -> str:
        del pick
        theirs = self.world.by_email(email_of(customer))
        if theirs is None:
            return ""
        asked = [{"offer_id": one.product_id, "quantity": one.quantity} for one in lines]
        self.world.stranger_order(theirs, asked)
        return customer.name

    def is_over(self, ref: str) -> bool:
        """Nothing that was bought here is ended over the API."""
        del ref
        return False
