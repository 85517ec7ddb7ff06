"""What Limio checks in an order: by itself, through billing, and whether the partner may have it at all."""

import re
from collections.abc import Iterator
from typing import Any

from pipeline.marketplaces.limio.simulator import assumed
from pipeline.marketplaces.limio.simulator.offers import Offer
from pipeline.marketplaces.limio.simulator.problems import ineligible, malformed, missing, unusable
from pipeline.marketplaces.limio.simulator.records import Item, Subscription
from pipeline.marketplaces.limio.simulator.requests import mapping, whole
from pipeline.marketplaces.limio.simulator.wanted import Person, Wanted
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.routing import Problem

CHANGES = frozenset(assumed.ORDER_TYPES) - {assumed.NEW}


def check(world: World, body: dict[str, Any], partner: str | None) -> Wanted:
    """What is wanted, or the refusal. `partner` is who orders; None for an order that isn't a partner's."""
    if faults := list(_lacks(world, body)):
        raise malformed(faults, world.knobs)
    if body["order_type"] not in assumed.PURCHASES:
        body = body | {"orderItems": None}
    subscription = subscription_of(world, body)
    if subscription is not None and subscription.status(world.now) in ("cancelled", "expired"):
        raise unusable(["subscription is no longer active"], world.knobs)
    if faults := list(value_faults(world, body)):
        raise unusable(faults, world.knobs)
    items = priced(world, body)
    if faults := list(_stale(world, items)):
        raise unusable(faults, world.knobs)
    person = _person(body, subscription)
    wanted = Wanted(
        kind=body["order_type"],
        person=person,
        items=items,
        country=str(body["country"]),
        external_id=body.get("external_id"),
        checkout_id=body["checkoutId"],
        source=body.get("source"),
        partner=partner,
        subscription=subscription,
        immediately=body.get("process_immediately") is True,
    )
    if partner is not None and (reasons := list(_refusals(world, wanted))):
        raise ineligible(reasons)
    return wanted


def _lacks(world: World, body: dict[str, Any]) -> Iterator[str]:
    kind = body.get("order_type")
    if kind not in assumed.ORDER_TYPES:
        yield f"order_type must be one of {', '.join(assumed.ORDER_TYPES)}"
    for name in ("checkoutId", "country"):
        if not isinstance(body.get(name), str) or not body[name]:
            yield f"{name} is required"
    if kind in assumed.PURCHASES:
        yield from item_faults(body)
    if kind in CHANGES and not mapping(body.get(assumed.FOR_SUBSCRIPTION)).get("id"):
        yield f"{assumed.FOR_SUBSCRIPTION}.id is required"
    if kind == assumed.NEW:
        yield from _payment(body.get("payment"))
        if not _email(body):
            yield "customerDetails.email is required"
    if body.get("external_id") is not None and not isinstance(body["external_id"], str):
        yield "external_id must be a text"
    basket = body.get("checkoutId")
    if world.knobs.checkout_must_exist and isinstance(basket, str) and basket and basket not in world.baskets:
        yield "checkoutId is not a basket of this partner"


def item_faults(body: dict[str, Any]) -> Iterator[str]:
    items = body.get("orderItems")
    if not isinstance(items, list) or not items:
        yield "orderItems must hold at least one item"
        return
    for nth, item in enumerate(items):
        offer = mapping(mapping(item).get("offer"))
        yield from (f"orderItems[{nth}].offer.{name} is required" for name in ("id", "version") if not offer.get(name))


def _payment(given: Any) -> Iterator[str]:
    payment = mapping(given)
    if payment.get("type") not in assumed.PAYMENT_KINDS:
        yield f"payment.type must be one of {', '.join(assumed.PAYMENT_KINDS)}"
    elif payment["type"] == "token" and not payment.get("token"):
        yield "payment.token is required"
    if "cardNumber" in payment:
        yield "payment must not hold card data"


def _email(body: dict[str, Any]) -> str:
    details = (mapping(body.get(name)).get("email") for name in ("customerDetails", "billingDetails"))
    return next((str(email) for email in details if email), "")


def subscription_of(world: World, body: dict[str, Any]) -> Subscription | None:
    """The one that an order changes; 404 where there is none, 423 where another change has it."""
    if body.get("order_type") not in CHANGES:
        return None
    key = str(mapping(body.get(assumed.FOR_SUBSCRIPTION)).get("id"))
    found = world.subscriptions.get(key)
    if found is None or found.created > world.now:
        raise missing("Subscription", key)
    if found.is_locked(world.now):
        raise Problem(assumed.LOCKED, "Subscription is locked by a pending change")
    return found


def value_faults(world: World, body: dict[str, Any]) -> Iterator[str]:
    """What the right form doesn't save."""
    if not re.fullmatch("[A-Z]{2}", str(body.get("country", "US"))):
        yield "country must be a code of two letters"
    email = _email(body)
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        yield "customerDetails.email must be an e-mail address"
    for nth, item in enumerate(body.get("orderItems") or []):
        offer = world.offers.get(str(item["offer"]["id"]))
        quantity = whole(item.get("quantity", 1))
        if offer is None:
            yield f"orderItems[{nth}].offer: no such offer"
        elif offer.price_at(str(item["offer"]["version"])) is None:
            yield f"orderItems[{nth}].offer: no such version"
        if quantity is None or quantity < 1:
            yield f"orderItems[{nth}].quantity must be a whole number above 0"


def _stale(world: World, items: tuple[Item, ...]) -> Iterator[str]:
    if world.knobs.stale_version == "old_price":
        return
    for nth, item in enumerate(items):
        if item.version != world.offers[item.offer_id].version:
            yield f"orderItems[{nth}].offer: version is not the current one"


def priced(world: World, body: dict[str, Any]) -> tuple[Item, ...]:
    """The items at the prices of the versions that were asked for."""
    return tuple(_item(world, item) for item in body.get("orderItems") or [])


def _item(world: World, item: dict[str, Any]) -> Item:
    offer, version = world.offers[str(item["offer"]["id"])], str(item["offer"]["version"])
    return Item(offer.id, version, whole(item.get("quantity", 1)) or 1, offer.price_at(version) or offer.price)


def _person(body: dict[str, Any], subscription: Subscription | None) -> Person:
    if subscription is not None:
        return Person(subscription.customer.email)
    details = mapping(body.get("customerDetails")) or mapping(body.get("billingDetails"))
    names = (str(details.get(name) or "") for name in ("firstName", "lastName", "company"))
    return Person(_email(body), *names)


def _refusals(world: World, wanted: Wanted) -> Iterator[str]:
    """The partner's eligibility, asked only when ordering."""
    if world.partner.zuora_account_id is None and world.knobs.billing_plugin == "zuora":
        yield "partner organisation has no zuoraAccountId"
    for item in wanted.items:
        offer = world.offers[item.offer_id]
        if "partner" not in offer.sales_channels:
            yield f"{offer.name} is not sold through partners"
        if offer.partners is not None and world.partner.name not in offer.partners:
            yield f"{offer.name} is not available to {world.partner.name}"
        if offer.countries is not None and wanted.country not in offer.countries:
            yield f"{offer.name} is not available in {wanted.country}"
        if offer.most is not None and item.quantity > offer.most:
            yield f"{offer.name} is limited to a quantity of {offer.most}"
        if offer.needs and not _has(world, wanted, offer):
            yield f"{offer.name} requires {' or '.join(world.offers[one].name for one in offer.needs)}"


def _has(world: World, wanted: Wanted, offer: Offer) -> bool:
    in_order = {item.offer_id for item in wanted.items}
    customer = world.by_email(wanted.person.email)
    live = [
        one
        for one in world.subscriptions.values()
        if customer is not None and one.customer is customer and one.status(world.now) == "active"
    ]
    owned = {item.offer_id for one in live for item in one.items(world.now)}
    return not (in_order | owned).isdisjoint(offer.needs)
