"""Subscriptions: one call for each device, tied to a confirmed order by the device's serial number."""

from datetime import UTC, datetime
from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed, lifecycle, rendering
from pipeline.marketplaces.flexportal.simulator.problems import invalid, missing, refused
from pipeline.marketplaces.flexportal.simulator.records import RENTAL_STATUSES, Asset, Item, Json, Order, Rental
from pipeline.marketplaces.flexportal.simulator.requests import body_of, listed, matches, text, whole, word
from pipeline.marketplaces.flexportal.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call
from pipeline.marketplaces.simulation.routing import Problem

LONGEST_CONTRACT = 120
_SORTS = {"createdAt": lambda one: one.created, "startDate": lambda one: one.start, "status": lambda one: one.status}


def index(world: World, call: Call) -> tuple[int, Any]:
    """Under `rentals`."""
    word(call, "status", RENTAL_STATUSES)
    newest, customer_id = world.now - world.knobs.rental_list_lag, call.query.get("customerId")
    found = [
        rental
        for rental in _of_order(world, call.query.get("orderId"))
        if rental.created <= newest
        and customer_id in (None, rental.customer.id)
        and matches(call, rental, status="status", serialNumber="serial_number", orderId="order_id")
    ]
    knobs = world.knobs
    return 200, listed(
        call, knobs, "rentals", found, lambda one: one.id, lambda one: rendering.rental(one, knobs), _SORTS
    )


def _of_order(world: World, order_id: str | None) -> list[Rental]:
    if order_id is None:
        return list(world.rentals_by_id.values())
    order = world.orders_by_id.get(order_id)
    return [world.rentals_by_id[key] for key in order.rental_ids] if order else []


def find(world: World, rental_id: str) -> Rental:
    rental = world.rentals_by_id.get(rental_id)
    if rental is None:
        raise missing("Subscription", rental_id)
    return rental


def show(world: World, _call: Call, rental_id: str) -> tuple[int, Any]:
    return 200, rendering.rental(find(world, rental_id), world.knobs)


def create(world: World, call: Call) -> tuple[int, Any]:
    """Refused without effect for an order that isn't confirmed, a device that isn't there or isn't free, and so on."""
    order, item, asset, rental = _wanted(world, call)
    lifecycle.hand_out(world, order, item, asset, rental)
    world.writes.append("POST subscriptions")
    return 201, _answer(world, rental)


def rehearse(world: World, call: Call) -> tuple[int, Any]:
    """The answer that `create` would give; nothing is kept."""
    return 201, _answer(world, _wanted(world, call)[3])


def _answer(world: World, rental: Rental) -> Json:
    shown = rendering.rental(rental, world.knobs)
    return assumed.done("Subscription created successfully", rentalId=rental.id, rental=shown)


def _wanted(world: World, call: Call) -> tuple[Order, Item, Asset, Rental]:
    body = body_of(call)
    if wrong := _wrong(world, body):
        raise invalid(wrong)
    order = _order(world, body)
    asset = world.assets.get(assumed.serial_number_in(body, world.knobs)[1])
    if asset is None:
        raise refused("ASSET_NOT_FOUND", "Asset not found")
    item = _item(order, asset, whole(body.get("orderItemIndex")))
    if asset.status != "available":
        raise refused("ASSET_NOT_AVAILABLE", f"Asset {asset.serial_number} is {asset.status}")
    rental = lifecycle.imagined(world, order, item, asset)
    rental.contract_length = rental.original_length = whole(body.get("contractLength")) or rental.contract_length
    rental.start = _moment(body.get("startDate")) or rental.start
    rental.notes, rental.billing_group_id = text(body.get("notes")), text(body.get("billingGroupId"))
    return order, item, asset, rental


def _wrong(world: World, body: Json) -> list[tuple[str, str]]:
    wrong = [
        (f"{name} is required", name)
        for name in assumed.subscription_needs(world.knobs)
        if body.get(name) in (None, "")
    ]
    length = body.get("contractLength")
    if length is not None and not 1 <= (whole(length) or 0) <= LONGEST_CONTRACT:
        wrong.append((f"contractLength must be a whole number from 1 to {LONGEST_CONTRACT}", "contractLength"))
    if body.get("startDate") is not None and _moment(body["startDate"]) is None:
        wrong.append(("startDate must be a date and time", "startDate"))
    return wrong


def _moment(given: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(given)) if given is not None else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def _order(world: World, body: Json) -> Order:
    order = world.orders_by_id.get(str(body["orderId"]))
    if order is None:
        raise refused("ORDER_NOT_FOUND", f"Order {body['orderId']} not found")
    waits = order.status == "pending" and world.knobs.confirmation_required
    if waits or order.status not in ("pending", "confirmed", "partial", "fulfilled"):
        raise refused("ORDER_NOT_CONFIRMED", f"Order is {order.status}, not confirmed")
    if body.get("customerId") not in (None, order.customer.id):
        raise invalid([("customerId is not the order's customer", "customerId")])
    return order


def _item(order: Order, asset: Asset, index_given: int | None) -> Item:
    fitting = [item for item in order.items if item.sku == asset.sku]
    if index_given is not None:
        fitting = [item for item in order.items[index_given : index_given + 1] if item.sku == asset.sku]
    if not fitting:
        raise _mismatch(order, asset)
    still_open = next((item for item in fitting if item.open), None)
    if still_open is None:
        raise refused("ITEM_FULLY_FULFILLED", f"All devices of {asset.sku} have been assigned")
    return still_open


def _mismatch(order: Order, asset: Asset) -> Problem:
    skus = ", ".join(item.sku for item in order.items)
    return refused("SKU_MISMATCH", f"Asset {asset.serial_number} is {asset.sku}; the order has {skus}")
