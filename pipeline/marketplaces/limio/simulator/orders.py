"""Submitting: as a partner, as anybody, as an administrator for a partner. Each submission is an order of its own."""

from typing import Any

from pipeline.marketplaces.limio.simulator import assumed, rendering
from pipeline.marketplaces.limio.simulator.order_rules import check
from pipeline.marketplaces.limio.simulator.problems import MESSAGES, ineligible
from pipeline.marketplaces.limio.simulator.records import Order, Origin
from pipeline.marketplaces.limio.simulator.requests import body_of, mapping
from pipeline.marketplaces.limio.simulator.wanted import Wanted
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem


def submit(world: World, call: Call) -> tuple[int, Any]:
    """`external_id` is echoed and compared with nothing."""
    return _submit(world, body_of(call), world.partner.name)


def submit_directly(world: World, call: Call) -> tuple[int, Any]:
    """The form that is no partner's: attributed to nobody, nobody's eligibility asked."""
    return _submit(world, body_of(call), None)


def submit_as_admin(world: World, call: Call) -> tuple[int, Any]:
    body = body_of(call)
    name = mapping(body.get("forPartner")).get("name")
    if name is not None and name != world.partner.name:
        raise Problem(400, "Invalid partner organisation")
    return _submit(world, body, name)


def imagine(world: World, call: Call) -> tuple[int, Any]:
    """The answer to an order that is not made."""
    wanted = check(world, body_of(call), world.partner.name)
    return 200, rendering.answer(world.draft(wanted), world.knobs, world.now)


def _submit(world: World, body: dict[str, Any], partner: str | None) -> tuple[int, Any]:
    wanted = check(world, body, partner)
    if (earlier := _of_basket(world, wanted)) is not None:
        return 200, rendering.answer(earlier, world.knobs, world.now)
    order = world.buy(wanted, Origin.API)
    world.writes.append("POST order")
    chance = world.knobs.stranger_probability
    if chance and wanted.kind == assumed.NEW and world.rng.random() < chance:
        lines = [{"offer_id": item.offer_id, "quantity": item.quantity} for item in wanted.items]
        world.stranger_order(order.customer, lines)
    failed = order.status(world.now) == assumed.FAILED
    if wanted.immediately and failed and world.knobs.synchronous_failure == "bad_gateway":
        raise Problem(502, MESSAGES[502])
    return 200, rendering.answer(order, world.knobs, world.now)


def _of_basket(world: World, wanted: Wanted) -> Order | None:
    """What the second order from one checkout comes to, by the knob: refused, the first one's answer, or bought."""
    basket = world.baskets.get(wanted.checkout_id or "")
    if basket is None or not basket.order_ids or world.knobs.repeated_basket == "buys_again":
        return None
    if world.knobs.repeated_basket == "refused":
        raise ineligible([f"checkout {basket.id} is already completed"])
    return world.order(basket.order_ids[0])
