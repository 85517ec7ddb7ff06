"""What can be steered at the simulated AppXite, beside what every simulator has, under `/_sim/`.

GET  /_sim/state             orders (without the seeded ones, unless `?seeded=true`), carts, organisations, counters
GET  /_sim/outbox            the notifications that were sent
POST /_sim/price             {"offerId", "organisationId"?, "price" or "factor", "newIds"?}
POST /_sim/walks             {"offerId", "walk": [[seconds, status], ...]}, or {"next": [walk, ...]}
POST /_sim/strangers         {"organisationId", "lines": [{"offer_id", "quantity", ...}]}
POST /_sim/items             {"id", "status"}
POST /_sim/approvals         {"orderId", "approve": true or false, what the approver types in ...}
POST /_sim/organisations     {"id", "state"}, or {"name", ...} for a new one
POST /_sim/seed              {"organisationId", "offerId", "orders": n}
"""

from decimal import Decimal
from typing import Any

from pipeline.marketplaces.appxite.simulator import statuses
from pipeline.marketplaces.appxite.simulator.offers import Walk
from pipeline.marketplaces.appxite.simulator.records import ACTIVE, BLOCKED, NEW, Item, Order, Organisation, Origin
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.control import Desk, Wheel, counters


def _state(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    shown = [one for one in world.orders if one.origin is not Origin.SEED or wish.get("seeded") == "true"]
    return counters(desk) | {
        "orders": [_order(world, order) for order in shown],
        "carts": [_order(world, order) for order in world.carts],
        "organisations": [_organisation(one) for one in world.organisations.values()],
    }


def _order(world: World, order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "organisationId": order.organisation_id,
        "createdAt": order.created.isoformat(),
        "executedAt": order.executed.isoformat() if order.executed else None,
        "origin": order.origin,
        "status": statuses.of_order((item.status(world.now) for item in order.items), world.knobs.mixed_status),
        "lines": [_line(world, item) for item in order.items],
    }


def _line(world: World, item: Item) -> dict[str, Any]:
    return {
        "orderItemId": item.id,
        "offerId": item.offer.id,
        "offer": item.offer.name,
        "quantity": item.quantity,
        "planId": item.plan_id,
        "formData": item.form,
        "subscriptionId": item.subscription_id,
        "status": item.status(world.now),
    }


def _organisation(one: Organisation) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "externalId": one.external_id,
        "state": one.state,
        "tenant": one.tenant,
    }


def _outbox(desk: Desk, _wish: dict[str, Any]) -> Any:
    return [
        {"level": one.level, "at": one.at.isoformat(), "authorization": one.authorization, "body": one.body}
        for one in desk.world.outbox
    ]


def _set_price(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    world.reprice(
        wish["offerId"],
        price=Decimal(str(wish["price"])) if "price" in wish else None,
        factor=Decimal(str(wish.get("factor", 1))),
        organisation_id=wish.get("organisationId"),
        new_ids=bool(wish.get("newIds", True)),
    )
    return {"offer": world.offers[wish["offerId"]].name}


def _walk(given: list[list[Any]]) -> Walk:
    return tuple((float(after), str(word)) for after, word in given)


def _set_walks(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    world.walk_next(*(_walk(one) for one in wish.get("next", [])))
    if "offerId" in wish:
        world.walks[world.offers[wish["offerId"]].id] = _walk(wish["walk"])
    return {}


def _stranger(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    return _order(world, world.stranger_order(world.organisations[wish["organisationId"]], wish["lines"]))


def _set_status(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    if not world.items(wish["id"]):
        raise KeyError(wish["id"])
    world.set_status(wish["id"], str(wish["status"]))
    return {}


def _decide(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    order = world.order(wish["orderId"])
    if order is None:
        raise KeyError(wish["orderId"])
    typed = {name: value for name, value in wish.items() if name not in ("orderId", "approve")}
    return {"items": [item.id for item in world.decide(order, approve=bool(wish["approve"]), **typed)]}


def _set_organisation(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    if wish.get("state", ACTIVE) not in (NEW, ACTIVE, BLOCKED):
        raise ValueError(f"state must be one of {NEW}, {ACTIVE}, {BLOCKED}")
    if "name" in wish:
        return _organisation(world.organisation(**wish))
    found = world.organisations[wish["id"]]
    found.state = wish["state"]
    return _organisation(found)


def _seed(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    offer = world.offers[wish["offerId"]]
    world.seed_orders(world.organisations[wish["organisationId"]], int(wish["orders"]), offer.id)
    return {}


WHEELS: dict[str, Wheel] = {
    "GET state": _state,
    "GET outbox": _outbox,
    "POST price": _set_price,
    "POST walks": _set_walks,
    "POST strangers": _stranger,
    "POST items": _set_status,
    "POST approvals": _decide,
    "POST organisations": _set_organisation,
    "POST seed": _seed,
}
