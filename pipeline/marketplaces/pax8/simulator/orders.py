"""Orders: bought at once, listed oldest first, without a status and without any reference of the client's."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pipeline.marketplaces.pax8.simulator import rendering
from pipeline.marketplaces.pax8.simulator.order_rules import Wanted, check
from pipeline.marketplaces.pax8.simulator.problems import missing
from pipeline.marketplaces.pax8.simulator.records import Order, OrderLine, Origin
from pipeline.marketplaces.pax8.simulator.requests import body_of, is_uuid, paged, switch
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem


def index(world: World, call: Call) -> tuple[int, Any]:
    company_id = call.query.get("companyId")
    if company_id is not None and not is_uuid(company_id):
        raise Problem(400, "companyId must be a UUID")
    orders = world.orders_of(company_id)
    if world.knobs.order_list_lag:
        orders = orders[: _seen(world, orders)]
    now = world.now
    return 200, paged(call, orders, lambda one: rendering.order(one, world.knobs, now))


def _seen(world: World, orders: list[Order]) -> int:
    """How many of them the list shows: it trails behind."""
    newest = world.now - world.knobs.order_list_lag
    shown = len(orders)
    while shown and orders[shown - 1].created > newest:
        shown -= 1
    return shown


def show(world: World, _call: Call, order_id: str) -> tuple[int, Any]:
    order = world.order(order_id)
    if order is None or world.now - order.created < world.knobs.order_read_lag:
        raise missing("Order", order_id)
    return 200, rendering.order(order, world.knobs, world.now)


def create(world: World, call: Call) -> tuple[int, Any]:
    """With `isMock` the answer looks the same, but its ids are of nothing."""
    if not world.knobs.may_order:
        raise Problem(403, "Forbidden")
    rehearsal = switch(call, "isMock")
    wanted = check(world, body_of(call))
    if rehearsal:
        return 200, rendering.order(_imagined(world, wanted), world.knobs, world.now)
    order = world.buy(wanted.company.id, wanted.lines, Origin.API)
    order.ordered_by, order.ordered_by_email = wanted.ordered_by, wanted.ordered_by_email
    world.writes.append("POST orders")
    if world.knobs.stranger_probability and world.rng.random() < world.knobs.stranger_probability:
        world.stranger_order(wanted.company, [replace(line) for line in wanted.lines])
    return 200, rendering.order(order, world.knobs, world.now)


def _imagined(world: World, wanted: Wanted) -> Order:
    lines = [OrderLine(world.new_id(), line, None) for line in wanted.lines]
    made = world.now - timedelta(microseconds=1)
    return Order(
        world.new_id(),
        wanted.company.id,
        made,
        lines,
        Origin.API,
        wanted.ordered_by,
        wanted.ordered_by_email,
        world.user_id,
    )
