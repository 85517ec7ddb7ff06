"""
How far an order's lines are, whoever hands out the devices.

A line is a number of devices, each of which gets a subscription; the order says which. So a line's state is told by the
order and by those subscriptions together, under an id of our own that stays the same: order, SKU and contract length.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.domain.catalogue import PlacedLine, PlacedOrder, Subscription, Verdict
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.flexportal import assumed
from pipeline.marketplaces.flexportal.allocation import NOTHING_TO_DO, Stock
from pipeline.marketplaces.flexportal.shapes import ItemShape, OrderShape, RentalShape

_BETWEEN = "/"
_IN_HAND = frozenset({"confirmed", "partial", "fulfilled"})
Rentals = Mapping[str, RentalShape]
State = tuple[str, Verdict]


def wanted_rentals(order: OrderShape) -> frozenset[str]:
    """The subscriptions that decide: those of lines that have all their devices. The others still wait anyway."""
    if order.status not in _IN_HAND:
        return frozenset()
    return frozenset(
        rental for item in order.items if len(item.rental_ids) >= item.quantity for rental in item.rental_ids
    )


def placed(order: OrderShape, rentals: Rentals | None = None, stock: Stock = NOTHING_TO_DO) -> PlacedOrder:
    """
    With its lines' states, where `rentals` are those that were wanted; without them only what was ordered. `stock` is
    of the SKUs that are ours to hand out.
    """
    company = (order.customer.customer_id if order.customer else None) or ""
    lines: list[PlacedLine] = []
    for item, line_id in zip(order.items, _ids(order), strict=True):
        state = None if rentals is None else _subscription(line_id, company, item, _state(order, item, rentals, stock))
        lines.append(
            PlacedLine(item.sku, item.quantity, BillingTerm.MONTHLY, line_id if state is not None else None, state)
        )
    return PlacedOrder(order.id, company, tuple(lines), order.status)


def order_of(line_id: str) -> str | None:
    """The order that a line's id belongs to; None for the id of a subscription."""
    order_id, between, _ = line_id.partition(_BETWEEN)
    return order_id if between else None


def _ids(order: OrderShape) -> list[str]:
    """One for each line. Equal lines are told apart by a number, which of them has which does not matter."""
    ids: list[str] = []
    for item in order.items:
        length = "" if item.contract_length is None else f"{item.contract_length.normalize():f}"
        name = _BETWEEN.join((order.id, item.sku, length))
        same = sum(1 for one in ids if one == name or one.startswith(name + _BETWEEN))
        ids.append(f"{name}{_BETWEEN}{same + 1}" if same else name)
    return ids


def _subscription(line_id: str, company: str, item: ItemShape, state: State) -> Subscription:
    word, verdict = state
    return Subscription(line_id, company, item.sku, item.quantity, BillingTerm.MONTHLY, word, verdict)


def _state(order: OrderShape, item: ItemShape, rentals: Rentals, stock: Stock) -> State:
    word = order.status or ""
    match word:
        case "pending" if order.payment is not None and order.payment.status == assumed.PAYMENT_FAILED:
            return "pending (payment failed)", Verdict.WAITS_FOR_APPROVAL
        case "pending":
            return word, Verdict.WAITS_FOR_APPROVAL
        case "cancelled":
            return word, Verdict.FAILED
        case "confirmed" | "partial" | "fulfilled":
            return _devices(order, item, rentals, stock)
        case _:
            return word or "without a status", Verdict.UNKNOWN


def _devices(order: OrderShape, item: ItemShape, rentals: Rentals, stock: Stock) -> State:
    ids, wanted = item.rental_ids, item.quantity
    if len(ids) < wanted:
        return _lacking(order, item, stock)
    if len(ids) > wanted:
        return f"{len(ids)} devices for {wanted.normalize():f}", Verdict.UNKNOWN
    known = [rentals[one] for one in ids if one in rentals]
    if odd := _odd(order, item, known):
        return odd
    if len(known) < len(ids):
        return f"assigned, {len(known)} of {len(ids)} subscriptions listed", Verdict.IN_PROGRESS
    return "active", Verdict.LIVE


def _lacking(order: OrderShape, item: ItemShape, stock: Stock) -> State:
    counted = f"{order.status}, {len(item.rental_ids)} of {item.quantity.normalize():f} devices assigned"
    if order.status == "fulfilled":
        # Nobody is left who would act: its list of devices only lags, or something is wrong.
        return counted, Verdict.IN_PROGRESS
    in_stock = stock.get(item.sku)
    if in_stock is None:
        return counted, Verdict.WAITS_FOR_MARKETPLACE
    return (counted, Verdict.IN_PROGRESS) if in_stock else (f"{counted}, none in stock", Verdict.WAITS_FOR_MARKETPLACE)


def _odd(order: OrderShape, item: ItemShape, known: list[RentalShape]) -> State | None:
    """What is not as it should be of the line's subscriptions."""
    verdicts = {one.id: assumed.RENTALS.get(one.status or "", Verdict.UNKNOWN) for one in known}
    ended = [one for one in known if verdicts[one.id] is not Verdict.LIVE]
    if ended:
        word = ended[0].status or "without a status"
        whole = len(ended) == item.quantity and all(verdicts[one.id] is Verdict.FAILED for one in ended)
        counted = word if whole else f"{word} ({len(ended)} of {item.quantity.normalize():f} devices)"
        return counted, Verdict.FAILED if whole else Verdict.UNKNOWN
    for one in known:
        if wrong := _another(order, item, one):
            return f"active, and {one.id} is of another {wrong}", Verdict.UNKNOWN
    return None


def _another(order: OrderShape, item: ItemShape, rental: RentalShape) -> str:
    """An extension's subscriptions are of the order before, and longer than what was ordered now."""
    if rental.sku is not None and rental.sku.casefold() != item.sku.casefold():
        return "SKU"
    lengths = (item.contract_length, rental.contract_length)
    if order.order_type in (None, "standard") and None not in lengths and lengths[0] != lengths[1]:
        return "contract length"
    return ""
