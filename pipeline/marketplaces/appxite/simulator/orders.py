"""Orders after the cart: read, listed, approved by people, and cancelled item by item."""

from typing import Any

from pipeline.marketplaces.appxite.simulator import rendering
from pipeline.marketplaces.appxite.simulator.assumed import CANCELLED
from pipeline.marketplaces.appxite.simulator.offers import FINISHED
from pipeline.marketplaces.appxite.simulator.problems import invalid, missing, refused
from pipeline.marketplaces.appxite.simulator.records import Order
from pipeline.marketplaces.appxite.simulator.requests import acting_for, paged
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call


def index(world: World, call: Call) -> tuple[int, Any]:
    """The newest first. A cart is not listed before it is placed."""
    buyer, knobs = acting_for(world, call), world.knobs
    found = [one for one in world.orders_of(buyer.id) if not world.lagging(one.executed, knobs.order_list_lag)]
    if knobs.list_shows_carts:
        found += [one for one in world.carts if one.organisation_id == buyer.id]
    return 200, paged(call, found[::-1], lambda one: rendering.order(world, one))


def show(world: World, call: Call, order_id: str) -> tuple[int, Any]:
    order = _find(world, call, order_id)
    if world.lagging(order.created, world.knobs.cart_read_lag):
        raise missing("Order", order_id)
    return 200, rendering.order(world, order, lagging=world.lagging(order.executed, world.knobs.order_read_lag))


def cancel(world: World, call: Call) -> tuple[int, Any]:
    """Disables the subscription and deletes nothing."""
    buyer, item_id = acting_for(world, call), call.query.get("orderitemid", "")
    if not item_id:
        raise invalid([("orderitemid is required", "orderitemid")])
    known = [
        (order, item)
        for order, item in world.items(item_id)
        if order.organisation_id == buyer.id and item in order.items
    ]
    if not known:
        raise missing("Order item", item_id)
    words = [item.status(world.now) for _, item in known]
    if FINISHED not in words:
        raise refused(400, f"Order item {item_id} cannot be cancelled: it is {words[0] or 'in the cart'}")
    order, item = known[words.index(FINISHED)]
    item.become(world.now, (world.now, CANCELLED))
    world.writes.append("POST orders/cancel")
    return 200, rendering.order(world, order)


def approve(world: World, call: Call, order_id: str) -> tuple[int, Any]:
    return _decide(world, call, order_id, approve=True)


def reject(world: World, call: Call, order_id: str) -> tuple[int, Any]:
    return _decide(world, call, order_id, approve=False)


def _decide(world: World, call: Call, order_id: str, *, approve: bool) -> tuple[int, Any]:
    order = _find(world, call, order_id)
    if not world.decide(order, approve=approve):
        raise refused(409, "Nothing of this order waits for approval")
    world.writes.append(f"POST orders/{'approve' if approve else 'reject'}")
    return 200, rendering.order(world, order)


def _find(world: World, call: Call, order_id: str) -> Order:
    buyer, order = acting_for(world, call), world.order(order_id)
    if order is None or (order.organisation_id != buyer.id and not world.knobs.reads_across_organisations):
        raise missing("Order", order_id)
    return order
