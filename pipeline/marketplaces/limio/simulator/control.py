"""What can be steered at the simulated Limio, beside what every simulator has, under `/_sim/`.

GET  /_sim/state             orders (without the seeded ones, unless `?seeded=true`), customers, and the counters
GET  /_sim/outbox            the webhooks that are to be delivered; DELETE takes them away, answering them
POST /_sim/price             {"offerId", "price" or "factor"}: a new version of the offer
POST /_sim/walks             {"offerId", "walk": course}, or {"next": [course, ...]}; a course is a name of
                             `offers.COURSES` or {"plugins": [[name, seconds, outcome, critical?], ...],
                             "then": [[seconds, status], ...], "word"?}
POST /_sim/strangers         {"customerId", "lines": [{"offer_id", "quantity"}]}
POST /_sim/subscriptions     {"id", "status" and/or "locked": seconds}
POST /_sim/orders            {"id", "status"}
POST /_sim/mend              {"id"}: an operator gets a stopped order through
POST /_sim/partner           {"name"?, "zuoraAccountId"?}
POST /_sim/seed              {"customerId", "offerId", "orders": n}
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.limio.simulator import assumed
from pipeline.marketplaces.limio.simulator.offers import COURSES, SMOOTH, Course, Plugin
from pipeline.marketplaces.limio.simulator.records import Order, Origin
from pipeline.marketplaces.limio.simulator.webhooks import Webhook
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.control import Desk, Wheel, counters


def _state(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    shown = [one for one in world.orders if one.origin is not Origin.SEED or wish.get("seeded") == "true"]
    return counters(desk) | {
        "orders": [_order(world, order) for order in shown],
        "customers": [{"id": one.id, "company": one.company, "email": one.email} for one in world.customers.values()],
        "outbox": len(world.outbox),
    }


def _order(world: World, order: Order) -> dict[str, Any]:
    made = order.subscription
    return {
        "id": order.id,
        "type": order.kind,
        "customerId": order.customer.id,
        "email": order.email,
        "createdAt": order.created.isoformat(),
        "origin": order.origin,
        "externalId": order.external_id,
        "checkoutId": order.checkout_id,
        "status": order.status(world.now),
        "subscriptionId": made.id if made else None,
        "subscriptionStatus": made.status(world.now) if made else None,
        "leftBehind": [one.id for one in world.left_behind(order)],
        "lines": [
            {"offerId": item.offer_id, "offer": world.offers[item.offer_id].name, "quantity": item.quantity}
            for item in order.items
        ],
    }


def _webhook(one: Webhook) -> dict[str, Any]:
    return {"event": one.event, "at": one.at.isoformat(), "authorization": one.authorization, "body": one.body}


def _outbox(desk: Desk, _wish: dict[str, Any]) -> Any:
    return [_webhook(one) for one in desk.world.outbox]


def _take_outbox(desk: Desk, wish: dict[str, Any]) -> Any:
    shown = _outbox(desk, wish)
    desk.world.outbox.clear()
    return shown


def _set_price(desk: Desk, wish: dict[str, Any]) -> Any:
    price = Decimal(str(wish["price"])) if "price" in wish else None
    offer = desk.world.reprice(wish["offerId"], price=price, factor=Decimal(str(wish.get("factor", 1))))
    return {"offer": offer.name, "version": offer.version, "price": str(offer.price)}


def _course(given: Any) -> Course:
    if isinstance(given, str):
        return COURSES[given]
    plugins = tuple(_plugin(*one) for one in given["plugins"]) if "plugins" in given else SMOOTH.plugins
    then = tuple((float(after), str(word)) for after, word in given.get("then", SMOOTH.then))
    if not then:
        raise ValueError("`then` holds at least one status.")
    return Course(plugins, then, str(given.get("word", assumed.COMPLETE)))


def _plugin(name: str, seconds: float = 1.0, outcome: str = "done", critical: bool = True) -> Plugin:
    match outcome:
        case "done" | "fails" | "hangs":
            return Plugin(str(name), float(seconds), bool(critical), outcome)
        case _:
            raise ValueError("A plug-in is done, fails or hangs.")


def _set_walks(desk: Desk, wish: dict[str, Any]) -> Any:
    desk.world.run_next(*[_course(one) for one in wish.get("next", [])])
    if "offerId" in wish:
        desk.world.courses[desk.world.offers[wish["offerId"]].id] = _course(wish["walk"])
    return {}


def _stranger(desk: Desk, wish: dict[str, Any]) -> Any:
    return _order(desk.world, desk.world.stranger_order(wish["customerId"], wish["lines"]))


def _set_subscription(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    subscription = world.subscriptions[wish["id"]]
    if "status" in wish:
        world.set_status(subscription.id, str(wish["status"]))
    if "locked" in wish:
        subscription.locked_until = world.now + timedelta(seconds=float(wish["locked"]))
    return {}


def _set_order(desk: Desk, wish: dict[str, Any]) -> Any:
    desk.world.set_order_status(wish["id"], str(wish["status"]))
    return {}


def _mend(desk: Desk, wish: dict[str, Any]) -> Any:
    desk.world.mend(wish["id"])
    return _order(desk.world, desk.world.orders_by_id[wish["id"]])


def _set_partner(desk: Desk, wish: dict[str, Any]) -> Any:
    partner = desk.world.partner
    partner.name = str(wish.get("name", partner.name))
    partner.zuora_account_id = wish.get("zuoraAccountId", partner.zuora_account_id)
    return {}


def _seed(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    world.seed_orders(world.customers[wish["customerId"]], int(wish["orders"]), world.item(wish["offerId"]))
    return {}


WHEELS: dict[str, Wheel] = {
    "GET state": _state,
    "GET outbox": _outbox,
    "DELETE outbox": _take_outbox,
    "POST price": _set_price,
    "POST walks": _set_walks,
    "POST strangers": _stranger,
    "POST subscriptions": _set_subscription,
    "POST orders": _set_order,
    "POST mend": _mend,
    "POST partner": _set_partner,
    "POST seed": _seed,
}
