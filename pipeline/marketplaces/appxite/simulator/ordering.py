"""From the cart to the purchase: `POST /orders/` makes a cart, `POST /orders/operation` buys it, or drops it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.marketplaces.appxite.simulator import assumed, forms, rendering
from pipeline.marketplaces.appxite.simulator.assumed import AskedItem
from pipeline.marketplaces.appxite.simulator.offers import STARTED, Kind
from pipeline.marketplaces.appxite.simulator.problems import invalid, missing, refused
from pipeline.marketplaces.appxite.simulator.records import ACTIVE, Item, Order, Organisation
from pipeline.marketplaces.appxite.simulator.requests import acting_for, body_of
from pipeline.marketplaces.appxite.simulator.statuses import CART_OPERATIONS
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call


def create(world: World, call: Call) -> tuple[int, Any]:
    buyer = acting_for(world, call)
    order = world.put_in_cart(buyer.id, _wanted(world, call, buyer))
    world.writes.append("POST orders")
    return world.knobs.cart_answers, rendering.order(world, order)


def operate(world: World, call: Call) -> tuple[int, Any]:
    wish = _wish(world, call)
    match wish.operation:
        case "place_order":
            _place(world, wish)
        case "delete":
            _in_cart(wish)
            world.drop(wish.order, wish.items)
        case "update":
            _in_cart(wish)
            _check(world, wish.buyer, wish.asked)
            _take_over(wish)
        case other:
            raise refused(501, f"{other} is not simulated: its contract is unknown")
    world.writes.append(f"POST orders/operation {wish.operation}")
    return 200, rendering.order(world, wish.order)


def imagined_cart(world: World, call: Call) -> tuple[int, Any]:
    """The answer to a cart that is not made."""
    buyer = acting_for(world, call)
    order = Order(world.new_id(), buyer.id, world.now, _wanted(world, call, buyer))
    return world.knobs.cart_answers, rendering.order(world, order)


def imagined_operation(world: World, call: Call) -> tuple[int, Any]:
    """The answer to an operation that is not carried out."""
    wish = _wish(world, call)
    now, placed = world.now, wish.operation == "place_order"
    items = [replace(item, placed=now, steps=[(now, STARTED)]) for item in wish.items] if placed else []
    return 200, rendering.order(world, replace(wish.order, items=items, executed=now))


@dataclass(frozen=True, slots=True)
class _Wish:
    """An operation on items of an order, all of which exist. `asked` stand in the same order as `items`."""

    buyer: Organisation
    order: Order
    asked: Sequence[AskedItem]
    items: list[Item]
    operation: str


def _wanted(world: World, call: Call, buyer: Organisation) -> list[Item]:
    asked = assumed.asked_items(body_of(call))
    if wrong := list(_wrong_ids(asked)):
        raise invalid(wrong)
    _check(world, buyer, asked)
    if world.knobs.repeated_item_id == "refused" and (known := [one.id for one in asked if world.items(one.id)]):
        raise refused(409, f"Order item {known[0]} exists already")
    return [Item(one.id, world.offers[one.offer_id], one.form or {}, one.add_ons) for one in asked]


def _wrong_ids(asked: Sequence[AskedItem]) -> Iterator[tuple[str, str]]:
    if not asked:
        yield "At least one order item is required", "OrderItems"
    ids = [one.id for one in asked]
    for nth, item_id in enumerate(ids):
        if not item_id:
            yield "OrderItemId is required", f"OrderItems[{nth}]"
        elif item_id in ids[:nth]:
            yield f"OrderItemId {item_id} is used more than once", f"OrderItems[{nth}]"


def _check(world: World, buyer: Organisation, asked: Sequence[AskedItem]) -> None:
    if buyer.state != ACTIVE:
        raise refused(400, f"The organisation is {buyer.state}: orders need an Active one")
    if wrong := [fault for nth, one in enumerate(asked) for fault in _faults(world, buyer, nth, one)]:
        raise invalid(wrong)
    if world.knobs.carts_check_domains:
        for domain in (domain for one in asked for domain in _domains(world, one) if domain in world.taken_domains):
            raise refused(500, f"The domain {domain} is already taken")


def _domains(world: World, asked: AskedItem) -> Iterator[str]:
    for key in world.offers[asked.offer_id].keys:
        if key.kind is Kind.DOMAIN:
            yield str((asked.form or {})[key.key]).casefold()


def _faults(world: World, buyer: Organisation, nth: int, asked: AskedItem) -> Iterator[tuple[str, str]]:
    where, offer = f"OrderItems[{nth}]", world.offers.get(asked.offer_id)
    if offer is None:
        yield f"Offer {asked.offer_id} was not found", where
        return
    if offer.microsoft and buyer.tenant is None:
        yield "The organisation has no Microsoft tenant", where
    if offer.microsoft and not buyer.agreement:
        yield "The Microsoft Customer Agreement was not accepted", where
    strict = world.knobs.unknown_form_keys == "refused"
    for text, key in forms.faults(offer, world.prices.plans(offer, buyer.id), asked.form, strict=strict):
        yield text, f"{where}.FormData.{key}"
    on_offer = {one.id for one in offer.add_ons}
    for add_on, number in asked.add_ons:
        if add_on not in on_offer or number < 1:
            yield f"Add-on {add_on} is not offered, or without a quantity", where


def _wish(world: World, call: Call) -> _Wish:
    buyer, body = acting_for(world, call), body_of(call)
    order, asked = _order(world, buyer, assumed.asked_order_id(body)), assumed.asked_items(body)
    if wrong := list(_wrong_ids(asked)):
        raise invalid(wrong)
    by_id = {item.id: item for item in order.items}
    for one in asked:
        if one.id not in by_id or by_id[one.id].offer.id != one.offer_id:
            raise invalid([(f"Order item {one.id} of offer {one.offer_id} is not in this order", "OrderItems")])
    return _Wish(buyer, order, asked, [by_id[one.id] for one in asked], _operation(asked))


def _order(world: World, buyer: Organisation, order_id: str) -> Order:
    order = world.order(order_id)
    if order is None:
        raise missing("Order", order_id)
    another = order.organisation_id != buyer.id
    if another and (order.executed is not None or world.knobs.placing_for_another == "refused"):
        raise missing("Order", order_id)
    return order


def _operation(asked: Sequence[AskedItem]) -> str:
    """`place_order` wins over whatever stands beside it, as in a set that was copied out of the cart's answer."""
    named = {operation for one in asked for operation in one.operations}
    if unknown := named - set(CART_OPERATIONS):
        raise invalid([(f"{', '.join(sorted(unknown))}: no such operation", "Operations")])
    if "place_order" in named and all("place_order" in one.operations for one in asked):
        return "place_order"
    if len(named) != 1 or any(not one.operations for one in asked):
        raise invalid([("Exactly one operation is required, the same for each item", "Operations")])
    return named.pop()


def _place(world: World, wish: _Wish) -> None:
    fresh = [(asked, item) for asked, item in zip(wish.asked, wish.items, strict=True) if item.placed is None]
    if len(fresh) < len(wish.items) and world.knobs.place_again == "refused":
        raise refused(409, "The operation place_order is not available for this order")
    if world.knobs.placed_form == "compared" and any(asked.form != item.form for asked, item in fresh):
        raise invalid([("FormData is not that of the cart", "OrderItems")])
    _check(world, wish.buyer, [asked for asked, _ in fresh])
    again = [item for item in wish.items if item.placed is not None]
    buyer = wish.order.organisation_id if world.knobs.placing_for_another == "buys_for_cart" else wish.buyer.id
    for asked, item in fresh:
        item.form = asked.form or {}
    world.place(wish.order, [item for _, item in fresh], buyer)
    if again and world.knobs.place_again == "buys_again":
        world.buy_again(buyer, again)
    if world.knobs.stranger_probability and world.rng.random() < world.knobs.stranger_probability:
        world.stranger_order(buyer, [_like(world, item) for item in wish.items])


def _like(world: World, item: Item) -> Item:
    return Item(world.new_id(), item.offer, dict(item.form), item.add_ons)


def _in_cart(wish: _Wish) -> None:
    if any(item.placed is not None for item in wish.items):
        raise refused(409, f"The operation {wish.operation} is not available for this order")


def _take_over(wish: _Wish) -> None:
    for asked, item in zip(wish.asked, wish.items, strict=True):
        item.form, item.add_ons = asked.form or {}, asked.add_ons
