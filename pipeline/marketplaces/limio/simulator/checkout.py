"""Baskets: what an order names as its checkout. Also those for a change, kept in a cookie and guarded by reCAPTCHA."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

from pipeline.marketplaces.limio.simulator import assumed
from pipeline.marketplaces.limio.simulator.order_rules import item_faults, subscription_of
from pipeline.marketplaces.limio.simulator.problems import malformed, missing
from pipeline.marketplaces.limio.simulator.records import Basket
from pipeline.marketplaces.limio.simulator.requests import body_of, mapping
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem


def create(world: World, call: Call) -> tuple[int, Any]:
    """A new basket each time, or the one named by `id` written over; nothing is said to expire."""
    body = body_of(call)
    order = mapping(body.get("order"))
    faults = [f"order.{fault}" for fault in item_faults(order)]
    if not order.get("external_id"):
        faults.append("order.external_id is required")
    if faults:
        raise malformed(faults, world.knobs)
    if (key := body.get("id")) is not None:
        basket = _find(world, str(key))
        basket.order = order
    else:
        basket = _keep(world, Basket(f"basket-{world.new_id()}", world.now, order))
    world.writes.append("POST checkout")
    return 200, {"id": basket.id}


def show(world: World, _call: Call, basket_id: str) -> tuple[int, Any]:
    return 200, assumed.basket_object(_find(world, basket_id), world.knobs, world.now)


def begin_change(world: World, call: Call) -> tuple[int, Any]:
    """A basket for changing a subscription; 423 while another change is pending."""
    if not call.headers.get(assumed.RECAPTCHA):
        raise Problem(400, f"{assumed.RECAPTCHA} is required")
    body = body_of(call)
    subscription = subscription_of(world, body | {"order_type": assumed.UPDATE})
    if subscription is None:
        raise malformed([f"{assumed.FOR_SUBSCRIPTION}.id is required"], world.knobs)
    order = {"order_type": assumed.UPDATE, assumed.FOR_SUBSCRIPTION: {"id": subscription.id}, "orderItems": []}
    basket = _keep(world, Basket(f"basket-{world.new_id()}", world.now, order, subscription.id))
    world.writes.append("POST checkout/subscription")
    return 200, assumed.basket_object(basket, world.knobs, world.now)


def show_change(world: World, call: Call) -> tuple[int, Any]:
    """The basket of the cookie that `begin_change` set."""
    try:
        cookie = SimpleCookie(call.headers.get("cookie", "")).get(assumed.LANDING_COOKIE)
    except CookieError:
        cookie = None
    basket = _find(world, cookie.value if cookie is not None else "")
    return 200, assumed.basket_object(basket, world.knobs, world.now)


def _keep(world: World, basket: Basket) -> Basket:
    world.baskets[basket.id] = basket
    return basket


def _find(world: World, basket_id: str) -> Basket:
    basket = world.baskets.get(basket_id)
    if basket is None:
        raise missing("Basket", basket_id)
    return basket
