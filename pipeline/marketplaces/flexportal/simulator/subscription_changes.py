"""What can be done to an active subscription: cancelled, extended, upgraded, its device replaced or bought."""

from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed, lifecycle, rendering
from pipeline.marketplaces.flexportal.simulator.problems import invalid, refused
from pipeline.marketplaces.flexportal.simulator.records import Asset, Json, Order, Origin, Rental
from pipeline.marketplaces.flexportal.simulator.requests import body_of, whole
from pipeline.marketplaces.flexportal.simulator.subscriptions import LONGEST_CONTRACT, find
from pipeline.marketplaces.flexportal.simulator.webhooks import instant
from pipeline.marketplaces.flexportal.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

CANCEL_REASONS = ("customer_request", "payment_failure", "fraud", "admin_decision", "other")
BUYOUT_REASONS = ("customer_request", "end_of_contract", "other")


def _start(world: World, call: Call, rental_id: str, *needed: str) -> tuple[Rental, Json]:
    """The subscription and the wish; raises where one is unfit. The id is asked for in the body as well."""
    rental, body = find(world, rental_id), body_of(call)
    wrong = [(f"{name} is required", name) for name in ("rentalId", *needed) if body.get(name) in (None, "")]
    if body.get("rentalId") not in (None, "", rental_id):
        wrong.append(("rentalId is not that of the path", "rentalId"))
    if wrong:
        raise invalid(wrong)
    if rental.status != "active":
        raise refused("SUBSCRIPTION_NOT_ACTIVE", f"Subscription is {rental.status}")
    return rental, body


def _reason(body: Json, allowed: tuple[str, ...]) -> None:
    if body["reason"] not in allowed:
        raise invalid([(f"reason must be one of {', '.join(allowed)}", "reason")])


def _months(body: Json, name: str) -> int:
    months = whole(body.get(name)) or 0
    if not 1 <= months <= LONGEST_CONTRACT:
        raise invalid([(f"{name} must be a whole number from 1 to {LONGEST_CONTRACT}", name)])
    return months


def _free_asset(world: World, serial_number: str, sku: str) -> Asset:
    asset = world.assets.get(serial_number)
    if asset is None:
        raise refused("ASSET_NOT_FOUND", "Asset not found")
    if asset.sku != sku:
        raise refused("SKU_MISMATCH", f"Asset {serial_number} is {asset.sku}, not {sku}")
    if asset.status != "available":
        raise refused("ASSET_NOT_AVAILABLE", f"Asset {serial_number} is {asset.status}")
    return asset


def cancel(world: World, call: Call, rental_id: str) -> tuple[int, Any]:
    rental, body = _start(world, call, rental_id, "reason")
    _reason(body, CANCEL_REASONS)
    lifecycle.end(world, rental, "cancelled")
    world.writes.append("POST subscriptions cancel")
    return 200, assumed.done(
        "Subscription cancelled",
        rentalId=rental.id,
        assetSerialNumber=rental.serial_number,
        previousStatus="active",
        cancelledAt=instant(world.now),
    )


def extend(world: World, call: Call, rental_id: str) -> tuple[int, Any]:
    rental, body = _start(world, call, rental_id, "extensionMonths")
    months, old_end, old_length = _months(body, "extensionMonths"), rendering.end_of(rental), rental.contract_length
    lifecycle.extend(world, rental, months)
    world.writes.append("POST subscriptions extend")
    return 200, assumed.done(
        "Subscription extended",
        rentalId=rental.id,
        assetSerialNumber=rental.serial_number,
        oldEndDate=instant(old_end),
        newEndDate=instant(rendering.end_of(rental)),
        extensionMonths=months,
        oldContractLength=old_length,
        newContractLength=rental.contract_length,
    )


def upgrade(world: World, call: Call, rental_id: str) -> tuple[int, Any]:
    """Ends the subscription and makes an order of type upgrade, with its device, at once: that costs money."""
    rental, body = _start(world, call, rental_id, "newSku", "newSerialNumber", "contractLength")
    length, sku = _months(body, "contractLength"), str(body["newSku"])
    offer = world.offer(sku)
    if offer is None:
        raise refused("VARIANT_NOT_FOUND", f"Variant with SKU {sku} not found")
    if offer[1].price(length) is None:
        raise refused("INVALID_CONTRACT_LENGTH", f"Contract length {length} is not available for {sku}")
    asset = _free_asset(world, str(body["newSerialNumber"]), sku)
    new = _upgraded(world, rental, sku, length, asset)
    world.writes.append("POST subscriptions upgrade")
    return 200, assumed.done(
        "Subscription upgraded",
        oldRentalId=rental.id,
        newRentalId=new.id,
        oldDevice=rental.product_name,
        newDevice=new.product_name,
        newMonthlyAmount=float(new.monthly_amount),
        currency=world.knobs.currency,
    )


def _upgraded(world: World, rental: Rental, sku: str, length: int, asset: Asset) -> Rental:
    details = {"previousRentalId": rental.id, "previousSerialNumber": rental.serial_number}
    items = [world.item(sku, 1, length)]
    order = Order(world.order_id(), rental.customer, items, world.now, Origin.API, "upgrade", details=details)
    order.billing, order.shipping = rental.customer.billing, rental.customer.shipping
    lifecycle.place(world, order, ())
    return lifecycle.hand_out(world, order, items[0], asset, lifecycle.imagined(world, order, items[0], asset))


def replace(world: World, call: Call, rental_id: str) -> tuple[int, Any]:
    """Another device of the same kind; the contract stays, and the old one is out of use."""
    rental, body = _start(world, call, rental_id, "newSerialNumber", "replacementReason")
    asset = _free_asset(world, str(body["newSerialNumber"]), rental.sku)
    old = rental.serial_number
    world.assets[old].become(world.now, "unavailable")
    asset.become(world.now, "rented_out", rental.id, rental.customer.id)
    change = {"oldSerialNumber": old, "newSerialNumber": asset.serial_number, "reason": body["replacementReason"]}
    rental.replacements.append(change)
    rental.serial_number, rental.updated = asset.serial_number, world.now
    world.tell("asset.assigned", subscriptionId=rental.id, orderId=rental.order_id, serialNumber=asset.serial_number)
    world.writes.append("POST subscriptions replace")
    return 200, assumed.done("Device replaced", rentalId=rental.id, **change)


def buyout(world: World, call: Call, rental_id: str) -> tuple[int, Any]:
    rental, body = _start(world, call, rental_id, "reason")
    _reason(body, BUYOUT_REASONS)
    lifecycle.end(world, rental, "ended_buyout")
    world.writes.append("POST subscriptions buyout")
    return 200, assumed.done(
        "Buyout completed",
        rentalId=rental.id,
        assetSerialNumber=rental.serial_number,
        buyoutPrice=float(body.get("buyoutPrice") or rental.monthly_amount * rental.contract_length),
        currency=world.knobs.currency,
        effectiveDate=instant(world.now),
    )
