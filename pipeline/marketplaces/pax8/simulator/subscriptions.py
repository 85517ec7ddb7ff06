"""Subscriptions: listed, changed, cancelled; their status is a function of the clock."""

from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from pipeline.marketplaces.pax8.simulator import rendering
from pipeline.marketplaces.pax8.simulator.order_rules import detail_faults
from pipeline.marketplaces.pax8.simulator.problems import invalid, missing
from pipeline.marketplaces.pax8.simulator.products import BILLING_TERMS
from pipeline.marketplaces.pax8.simulator.records import Subscription
from pipeline.marketplaces.pax8.simulator.requests import body_of, ordered, paged, whole, word
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

STATUSES = (
    "Active",
    "Cancelled",
    "PendingManual",
    "PendingAutomated",
    "PendingCancel",
    "WaitingForDetails",
    "Trial",
    "Converted",
    "PendingActivation",
    "Activated",
)
CHANGEABLE = ("price", "billingTerm", "quantity", "startDate")
_SORTS = {
    "quantity": lambda one: one.quantity,
    "startDate": lambda one: one.start or one.created.isoformat(),
    "endDate": lambda one: one.end,
    "createdDate": lambda one: one.created,
    "billingStart": lambda one: one.created.date(),
    "price": lambda one: one.price,
}


def index(world: World, call: Call) -> tuple[int, Any]:
    company, product = call.query.get("companyId"), call.query.get("productId")
    status, term = word(call, "status", STATUSES), word(call, "billingTerm", BILLING_TERMS)
    now = world.now
    newest = now - world.knobs.subscription_read_lag
    everyone = world.subscriptions.values()
    found = [
        one
        for one in (everyone if company is None else world.subscriptions_by_company.get(company, []))
        if (product is None or one.product.id == product)
        and (term is None or one.billing_term == term)
        and (status is None or one.status(now) == status)
        and one.created <= newest
    ]
    return 200, paged(call, ordered(call, found, _SORTS), lambda one: _shown(one, world))


def show(world: World, _call: Call, subscription_id: str) -> tuple[int, Any]:
    return 200, _shown(_find(world, subscription_id), world)


def history(world: World, _call: Call, subscription_id: str) -> tuple[int, Any]:
    """The newest state first; not paged."""
    record = _find(world, subscription_id)
    return 200, {"content": [rendering.subscription(record, world), *reversed(record.history)]}


def update(world: World, call: Call, subscription_id: str) -> tuple[int, Any]:
    """Details for one that waits for them set it going again."""
    record, body = _find(world, subscription_id), body_of(call)
    if wrong := _wrong(world, record, body):
        raise invalid(wrong)
    record.history.append(rendering.subscription(record, world))
    quantity, term = whole(body.get("quantity")) or record.quantity, body.get("billingTerm") or record.billing_term
    record.set_to(world.now, quantity, term)
    record.price = Decimal(str(body["price"])) if body.get("price") is not None else record.price
    record.start = body.get("startDate") or record.start
    details = {entry["key"]: entry["values"] for entry in body.get("provisioningDetails") or []}
    record.details |= details
    if details and record.status(world.now) == "WaitingForDetails":
        ready = world.now + timedelta(seconds=world.knobs.details_complete_after)
        record.become(world.now, (world.now, "PendingAutomated"), (ready, "Active"))
    world.writes.append("PUT subscriptions")
    return 200, rendering.subscription(record, world)


def _wrong(world: World, record: Subscription, body: dict[str, Any]) -> list[tuple[str, str]]:
    if all(body.get(name) is None for name in CHANGEABLE):
        return [(f"at least one of {', '.join(CHANGEABLE)} is required", "")]
    wrong = []
    if record.status(world.now) in ("Cancelled", "PendingCancel"):
        wrong.append(("subscription is cancelled", "/status"))
    quantity = whole(body.get("quantity"))
    if body.get("quantity") is not None and (quantity is None or quantity < 1):
        wrong.append(("quantity must be a whole number above 0", "/quantity"))
    if quantity is not None and quantity < record.quantity and not _may_shrink(record):
        wrong.append(("quantity cannot be decreased during the commitment", "/quantity"))
    term = body.get("billingTerm")
    if term is not None and term not in [row.billing_term for row in record.product.prices]:
        wrong.append(("billingTerm is not offered for this product", "/billingTerm"))
    price = body.get("price")
    if price is not None and (isinstance(price, bool) or not isinstance(price, int | float) or not isfinite(price)):
        wrong.append(("price must be a number", "/price"))
    if body.get("startDate") is not None and not isinstance(body["startDate"], str):
        wrong.append(("startDate must be a date and time", "/startDate"))
    if (details := body.get("provisioningDetails")) is not None:
        wrong += [(fault, "/provisioningDetails") for fault in detail_faults(record.product, details)]
    return wrong


def _may_shrink(record: Subscription) -> bool:
    chosen = record.product.commitment(record.commitment_term_id)
    return chosen is None or chosen.allows_decrease


def cancel(world: World, call: Call, subscription_id: str) -> tuple[int, Any]:
    record, now = _find(world, subscription_id), world.now
    on = call.query.get("cancelDate")
    try:
        begins = max(datetime.fromisoformat(on), now) if on else now
    except (ValueError, TypeError):
        raise invalid([("cancelDate must be a date and time with an offset", "/cancelDate")]) from None
    ends = begins + timedelta(seconds=world.knobs.cancelling_takes)
    record.become(now, (begins, "PendingCancel"), (ends, "Cancelled"))
    world.writes.append("DELETE subscriptions")
    return 204, None


def _shown(record: Subscription, world: World) -> dict[str, Any]:
    """As reads have it, which may lag behind what was changed; the answer to a change does not."""
    return rendering.subscription(record, world, lag=world.knobs.subscription_read_lag)


def _find(world: World, subscription_id: str) -> Subscription:
    record = world.subscriptions.get(subscription_id)
    if record is None:
        raise missing("Subscription", subscription_id)
    return record
