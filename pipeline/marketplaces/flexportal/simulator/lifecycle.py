"""What happens to orders, subscriptions and devices, whoever makes it happen: a call, a person, the warehouse."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from pipeline.marketplaces.flexportal.simulator import assumed, products
from pipeline.marketplaces.flexportal.simulator.products import Walk
from pipeline.marketplaces.flexportal.simulator.records import Asset, Item, Order, Origin, Rental
from pipeline.marketplaces.flexportal.simulator.state import State


def place(state: State, order: Order, walk: Walk | None = None) -> Order:
    """Keep the order, and let it go this walk or its own. Nothing is checked."""
    state.move_in(order.customer)
    state.keep(order)
    state.tell("order.created", orderId=order.id, customerId=order.customer.id)
    for after, word in state.walk_of(order) if walk is None else walk:
        state.later(after, partial(act, state, order, word))
    return order


def act(state: State, order: Order, word: str) -> None:
    """One step of a walk. An order that was cancelled meanwhile stays so, and none is fulfilled before it may be."""
    match word:
        case _ if order.status == "cancelled":
            return
        case "confirmed":
            confirm(state, order)
        case products.DEVICE:
            ship(state, order, 1)
        case "fulfilled":
            ship(state, order)
        case "payment_failed":
            pay(state, order, "failed")
        case "paid":
            pay(state, order, "paid")
        case _:
            become(state, order, word)


def become(state: State, order: Order, status: str) -> None:
    """Any word, known or not."""
    order.status, order.updated = status, state.now


def confirm(state: State, order: Order) -> None:
    """Nothing, where the order is past that."""
    if order.status != "pending":
        return
    become(state, order, "confirmed")
    if order.order_type == "extension" and state.knobs.extensions_fulfil_themselves:
        _lengthen(state, order)


def _lengthen(state: State, order: Order) -> None:
    details = order.details or {}
    wanted = {item.sku: item for item in order.items}
    for rental in list(state.rentals_by_id.values()):
        if rental.order_id == details.get("originalOrderId") and rental.status == "active":
            item = wanted.get(rental.sku)
            if item is not None and item.open:
                extend(state, rental, int(details.get("extensionMonths", 0)))
                item.rental_ids.append(rental.id)
    if not order.open:
        _fulfilled(state, order)


def extend(state: State, rental: Rental, months: int) -> None:
    rental.extensions.append(
        {
            "extensionMonths": months,
            "oldContractLength": rental.contract_length,
            "newContractLength": rental.contract_length + months,
        }
    )
    rental.contract_length += months
    rental.updated = state.now
    state.tell(
        "subscription.extended", subscriptionId=rental.id, customerId=rental.customer.id, orderId=rental.order_id
    )


def pay(state: State, order: Order, status: str) -> None:
    order.payment_status, order.updated = status, state.now
    if status in ("paid", "failed"):
        event = "payment.succeeded" if status == "paid" else "payment.failed"
        state.tell(event, orderId=order.id, customerId=order.customer.id)


def imagined(state: State, order: Order, item: Item, asset: Asset, origin: Origin = Origin.API) -> Rental:
    """The subscription that would be, of nothing yet."""
    return Rental(
        id=assumed.rental_id(f"{state.rng.getrandbits(80):020x}"),
        order_id=order.id,
        customer=order.customer,
        serial_number=asset.serial_number,
        sku=item.sku,
        product_name=item.product_name,
        monthly_amount=item.unit_price,
        contract_length=item.contract_length,
        start=state.now,
        created=state.now,
        origin=origin,
    )


def hand_out(state: State, order: Order, item: Item, asset: Asset, rental: Rental) -> Rental:
    """The device goes to the customer, and the order goes on by one."""
    state.rentals_by_id[rental.id] = rental
    item.rental_ids.append(rental.id)
    asset.become(state.now, "rented_out", rental.id, order.customer.id)
    named = {"subscriptionId": rental.id, "customerId": order.customer.id, "orderId": order.id}
    state.tell("subscription.created", **named, serialNumber=asset.serial_number)
    state.tell("asset.assigned", **named, serialNumber=asset.serial_number)
    state.tell("payment.scheduled", **named)
    _end_the_previous(state, order)
    if order.open:
        become(state, order, "partial")
    else:
        _fulfilled(state, order)
    return rental


def _fulfilled(state: State, order: Order) -> None:
    become(state, order, "fulfilled")
    state.tell("order.fulfilled", orderId=order.id, customerId=order.customer.id)


def _end_the_previous(state: State, order: Order) -> None:
    """An upgrade ends what it replaces with its first device."""
    previous = state.rentals_by_id.get(str((order.details or {}).get("previousRentalId")))
    if order.order_type == "upgrade" and previous is not None and previous.status == "active":
        end(state, previous, "ended_upgrade")
        state.tell("subscription.upgraded", subscriptionId=previous.id, customerId=order.customer.id, orderId=order.id)


def ship(state: State, order: Order, devices: int | None = None) -> list[Rental]:
    """The warehouse hands out so many devices, or all that are open, as far as it has them."""
    if order.status not in ("confirmed", "partial"):
        return []
    made: list[Rental] = []
    for item in order.open:
        while item.open and (devices is None or len(made) < devices):
            asset = _from_stock(state, item.sku)
            if asset is None:
                break
            rental = imagined(state, order, item, asset, Origin.WAREHOUSE)
            made.append(hand_out(state, order, item, asset, rental))
    return made


def _from_stock(state: State, sku: str) -> Asset | None:
    found: Iterable[Asset] = state.available(sku)
    if not found and state.knobs.warehouse_restocks:
        found = state.receive(sku, 1)
    return next(iter(found), None)


def cancel(state: State, order: Order, reason: str | None) -> None:
    order.cancel_reason = reason
    become(state, order, "cancelled")


def end(state: State, rental: Rental, status: str) -> None:
    """Any word, known or not; where it is one of an end, the device comes back."""
    rental.status, rental.updated = status, state.now
    after = assumed.ASSET_AFTER.get(status)
    if after is None:
        return
    state.assets[rental.serial_number].become(state.now, after)
    named = {"subscriptionId": rental.id, "customerId": rental.customer.id, "orderId": rental.order_id}
    state.tell("subscription.ended", **named)
    if after == "returned":
        state.tell("asset.returned", **named, serialNumber=rental.serial_number)


def seeded(state: State, order: Order, at: datetime) -> Order:
    """An order from the past with all its devices, and without a webhook."""
    state.move_in(order.customer)
    state.keep(order)
    for item in order.items:
        for asset in state.receive(item.sku, item.quantity):
            rental = imagined(state, order, item, asset, Origin.SEED)
            rental.start = rental.created = at
            state.rentals_by_id[rental.id] = rental
            item.rental_ids.append(rental.id)
            asset.become(at, "rented_out", rental.id, order.customer.id)
    order.status, order.payment_status = "fulfilled", "paid"
    return order
