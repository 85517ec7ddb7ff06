"""What can be steered at the simulated FlexPortal, beside what every simulator has, under `/_sim/`.

GET  /_sim/state             orders (without the seeded ones, unless `?seeded=true`), subscriptions, stock, counters
GET  /_sim/outbox            the bodies of all webhooks, oldest first
POST /_sim/confirm           {"orderId"}: a person in the dashboard confirms it
POST /_sim/ship              {"orderId", "devices"?}: the warehouse hands out so many, or all
POST /_sim/orders            {"id", "status"}: any word
POST /_sim/payment           {"orderId", "status"}: paid, failed or pending
POST /_sim/subscriptions     {"id", "status"}: any word
POST /_sim/customers         {"email", "status"?, "company"?}: changed, or put there
POST /_sim/price             {"sku", "monthly" or "factor", "contractLength"?}
POST /_sim/variants          {"sku", "status"?, "contractLengths"?: those still offered}
POST /_sim/stock             {"sku", "devices"}: so many more, or {"serialNumber", "status"}
POST /_sim/walks             {"sku", "walk": [[seconds, word], ...]}, {"next": [walk, ...]}, or {"walk"} for every SKU
POST /_sim/strangers         {"customer": id or e-mail, "items": [{"sku", "quantity", "contract_length"?}]}
"""

from collections import Counter
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed
from pipeline.marketplaces.flexportal.simulator.products import Variant, Walk
from pipeline.marketplaces.flexportal.simulator.records import ASSET_STATUSES, Json, Order, Origin, Rental
from pipeline.marketplaces.flexportal.simulator.world import World
from pipeline.marketplaces.simulation.control import Desk, Wheel, counters


def _state(desk: Desk, wish: Json) -> Any:
    world: World = desk.world
    seeded = wish.get("seeded") == "true"
    return counters(desk) | {
        "orders": [_order(one) for one in world.orders if seeded or one.origin is not Origin.SEED],
        "subscriptions": [_rental(one) for one in world.rentals if seeded or one.origin is not Origin.SEED],
        "repeats": list(world.repeats),
        "stock": {sku: dict(Counter(one.status for one in found)) for sku, found in world.assets_by_sku.items()},
        "webhooks": len(world.outbox),
    }


def _order(order: Order) -> Json:
    return {
        "id": order.id,
        "customerId": order.customer.id,
        "email": order.customer.email,
        "createdAt": order.created.isoformat(),
        "origin": order.origin,
        "orderType": order.order_type,
        "status": order.status,
        "paymentStatus": order.payment_status,
        "customFields": order.custom_fields,
        "cancelReason": order.cancel_reason,
        "lines": [
            {
                "sku": item.sku,
                "product": item.product_name,
                "quantity": item.quantity,
                "contractLength": item.contract_length,
                "status": item.rental_status,
                "rentalIds": list(item.rental_ids),
            }
            for item in order.items
        ],
    }


def _rental(rental: Rental) -> Json:
    return {
        "id": rental.id,
        "orderId": rental.order_id,
        "serialNumber": rental.serial_number,
        "origin": rental.origin,
        "status": rental.status,
    }


def _outbox(desk: Desk, _wish: Json) -> Any:
    return {"webhooks": list(desk.world.outbox)}


def _confirm(desk: Desk, wish: Json) -> Any:
    desk.world.confirm(wish["orderId"])
    return _order(desk.world.order(wish["orderId"]))


def _ship(desk: Desk, wish: Json) -> Any:
    devices = int(wish["devices"]) if "devices" in wish else None
    return {"subscriptions": [_rental(one) for one in desk.world.ship(wish["orderId"], devices)]}


def _set_order(desk: Desk, wish: Json) -> Any:
    desk.world.set_status(wish["id"], str(wish["status"]))
    return {}


def _pay(desk: Desk, wish: Json) -> Any:
    desk.world.pay(wish["orderId"], str(wish["status"]))
    return {}


def _set_subscription(desk: Desk, wish: Json) -> Any:
    desk.world.end(wish["id"], str(wish["status"]))
    return {}


def _set_customer(desk: Desk, wish: Json) -> Any:
    world: World = desk.world
    found = world.customer_of(wish["email"]) or world.customer(wish["email"], wish.get("company"))
    found.status = str(wish.get("status", found.status))
    return {"id": found.id, "status": found.status}


def _variant(desk: Desk, sku: str) -> Variant:
    offer = desk.world.offer(sku)
    if offer is None:
        raise KeyError(sku)
    variant: Variant = offer[1]
    return variant


def _set_price(desk: Desk, wish: Json) -> Any:
    variant = _variant(desk, wish["sku"])
    monthly = Decimal(str(wish["monthly"])) if "monthly" in wish else None
    factor = Decimal(str(wish.get("factor", 1)))
    desk.world.reprice(variant.sku, monthly, factor, wish.get("contractLength"))
    return {str(price.contract_length): str(assumed.monthly(price)) for price in variant.prices}


def _set_variant(desk: Desk, wish: Json) -> Any:
    variant = _variant(desk, wish["sku"])
    variant.status = str(wish.get("status", variant.status))
    kept = wish.get("contractLengths", [price.contract_length for price in variant.prices])
    variant.prices = [price for price in variant.prices if price.contract_length in kept]
    return {"status": variant.status, "contractLengths": [price.contract_length for price in variant.prices]}


def _stock(desk: Desk, wish: Json) -> Any:
    world: World = desk.world
    if "serialNumber" not in wish:
        return {"serialNumbers": [one.serial_number for one in world.receive(wish["sku"], int(wish["devices"]))]}
    if wish["status"] not in ASSET_STATUSES:
        raise ValueError(f"status is one of {', '.join(ASSET_STATUSES)}")
    world.assets[wish["serialNumber"]].become(world.now, wish["status"])
    return {}


def _walk(given: list[list[Any]]) -> Walk:
    return tuple((float(after), str(word)) for after, word in given)


def _set_walks(desk: Desk, wish: Json) -> Any:
    world: World = desk.world
    world.walk_next(*(_walk(one) for one in wish.get("next", [])))
    if "sku" in wish:
        world.walks[_variant(desk, wish["sku"]).sku] = _walk(wish["walk"])
    elif "walk" in wish:
        world.walk = _walk(wish["walk"])
    return {}


def _stranger(desk: Desk, wish: Json) -> Any:
    return _order(desk.world.stranger_order(wish["customer"], wish["items"]))


WHEELS: dict[str, Wheel] = {
    "GET state": _state,
    "GET outbox": _outbox,
    "POST confirm": _confirm,
    "POST ship": _ship,
    "POST orders": _set_order,
    "POST payment": _pay,
    "POST subscriptions": _set_subscription,
    "POST customers": _set_customer,
    "POST price": _set_price,
    "POST variants": _set_variant,
    "POST stock": _stock,
    "POST walks": _set_walks,
    "POST strangers": _stranger,
}
