"""Orders: pending when made, given again where they look alike, cancelled only before their first device."""

from dataclasses import replace
from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed, lifecycle, rendering
from pipeline.marketplaces.flexportal.simulator.order_rules import Wanted, check
from pipeline.marketplaces.flexportal.simulator.problems import invalid, missing, refused
from pipeline.marketplaces.flexportal.simulator.records import ORDER_STATUSES, Customer, Json, Order, Origin
from pipeline.marketplaces.flexportal.simulator.requests import body_of, listed, word
from pipeline.marketplaces.flexportal.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

CUSTOM_FILTER = "customField_"
LONGEST_NOTES, LONGEST_REASON = 5000, 1000
_SORTS = {
    "createdAt": lambda one: one.created,
    "updatedAt": lambda one: one.updated or one.created,
    "orderId": lambda one: one.id,
    "status": lambda one: one.status,
    "totals.total": lambda one: one.subtotal,
}


def index(world: World, call: Call) -> tuple[int, Any]:
    """Late by a knob, like each list."""
    status = word(call, "status", ORDER_STATUSES)
    customer_id, newest = call.query.get("customerId"), world.now - world.knobs.order_list_lag
    custom = _custom_filter(world, call)
    everything = world.orders_by_id.values() if customer_id is None else world.orders_by_customer.get(customer_id, [])
    found = [
        order
        for order in everything
        if order.created <= newest
        and status in (None, order.status)
        and all(str((order.custom_fields or {}).get(name)) == wanted for name, wanted in custom.items())
    ]
    knobs = world.knobs
    return 200, listed(call, knobs, "orders", found, _identity, lambda one: rendering.order(one, knobs), _SORTS)


def _custom_filter(world: World, call: Call) -> dict[str, str]:
    """A field that is not configured finds everything, or is refused."""
    asked = {
        name.removeprefix(CUSTOM_FILTER): value for name, value in call.query.items() if name.startswith(CUSTOM_FILTER)
    }
    known = {name: value for name, value in asked.items() if name in world.knobs.filterable_fields}
    if world.knobs.unknown_filter == "refused" and len(known) < len(asked):
        raise invalid([("custom field is not configured", next(iter(asked.keys() - known.keys())))])
    return known


def _identity(order: Order) -> str:
    return order.id


def _find(world: World, order_id: str) -> Order:
    order = world.orders_by_id.get(order_id)
    if order is None:
        raise missing("Order", order_id)
    return order


def show(world: World, _call: Call, order_id: str) -> tuple[int, Any]:
    """The bare order."""
    order = _find(world, order_id)
    if world.now - order.created < world.knobs.order_read_lag:
        raise missing("Order", order_id)
    return 200, rendering.order(order, world.knobs)


def create(world: World, call: Call) -> tuple[int, Any]:
    """An equal order within the window is answered with the one that there is: nothing else of it is compared."""
    wanted = check(world, body_of(call))
    equal = world.equal_order(wanted.customer["email"], wanted.items)
    if equal is not None:
        world.repeats.append(equal.id)
        return world.knobs.duplicate_status, _answer(world, equal)
    order = lifecycle.place(world, _order(world, wanted))
    order.customer.billing, order.customer.shipping = order.billing, order.shipping
    world.writes.append("POST orders")
    if world.knobs.stranger_probability and world.rng.random() < world.knobs.stranger_probability:
        world.stranger_order(order.customer, [replace(item, rental_ids=[]) for item in order.items])
    return 201, _answer(world, order)


def rehearse(world: World, call: Call) -> tuple[int, Any]:
    """The answer that `create` would give; nothing is kept."""
    wanted = check(world, body_of(call))
    equal = world.equal_order(wanted.customer["email"], wanted.items)
    return 201, _answer(world, equal or _order(world, wanted))


def _answer(world: World, order: Order) -> Json:
    shown = rendering.order(order, world.knobs)
    return assumed.done("Order created successfully", orderId=order.id, order=shown)


def _order(world: World, wanted: Wanted) -> Order:
    return Order(
        world.order_id(),
        world.customer_of(wanted.customer["email"]) or _newcomer(world, wanted.customer),
        wanted.items,
        world.now,
        Origin.API,
        wanted.order_type,
        billing=wanted.billing,
        shipping=wanted.shipping,
        custom_fields=wanted.custom_fields,
        details=wanted.details,
        notes=wanted.notes,
    )


def _newcomer(world: World, given: Json) -> Customer:
    """Not kept yet. An existing customer's names stay as they are, whatever an order says."""
    return Customer(
        assumed.customer_id(f"{world.rng.getrandbits(80):020x}"),
        given["email"],
        given["firstName"],
        given["lastName"],
        world.now,
        given.get("company"),
        given.get("phone"),
        given.get("customerType") or "individual",
    )


def note(world: World, call: Call, order_id: str) -> tuple[int, Any]:
    """What was noted before is gone."""
    order, given = _find(world, order_id), body_of(call).get("notes")
    if not isinstance(given, str) or len(given) > LONGEST_NOTES:
        raise invalid([(f"notes must be a text of at most {LONGEST_NOTES} characters", "notes")])
    order.notes, order.updated = given, world.now
    world.writes.append("PATCH orders notes")
    return 200, assumed.done("Order notes updated", orderId=order.id)


def cancel(world: World, call: Call, order_id: str) -> tuple[int, Any]:
    order, reason = _find(world, order_id), (body_of(call) if call.body else {}).get("reason")
    if not isinstance(reason, str | None) or len(reason or "") > LONGEST_REASON:
        raise invalid([(f"reason must be a text of at most {LONGEST_REASON} characters", "reason")])
    if order.status == "cancelled":
        raise refused("ALREADY_CANCELLED", "Order is already cancelled")
    if order.status not in ("pending", "confirmed"):
        raise refused("ORDER_NOT_CANCELLABLE", f"Order with status {order.status} cannot be cancelled")
    lifecycle.cancel(world, order, reason)
    world.writes.append("POST orders cancel")
    return 200, assumed.done("Order cancelled successfully", orderId=order.id)
