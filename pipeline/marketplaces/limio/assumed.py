"""
All that this adapter takes for granted of Limio and no public page says: paths, places, words.

A first real account that differs is put right here, or by `options`. How the plug-ins word a preview stands in
`previews`, one function each.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from pipeline.domain.catalogue import Verdict
from pipeline.marketplaces.limio.options import Details, Meaning
from pipeline.marketplaces.limio.shapes import ITEMS, BasketShape, ItemShape, ObjectShape, OfferShape
from pipeline.marketplaces.redaction import scrub

PriceOfOffer = Mapping[str, Any]

NEW, CHANGE_OFFER = "new", "change_offer"
FOR_SUBSCRIPTION = "forSubscription"
"""`{"id": ...}` in an order that changes a subscription, when it is sent and when it is read."""
ORDERS, CUSTOMERS, SUBSCRIPTIONS, PROCESSES = "orders", "customers", "subscriptions", "process"
OFFER_FILTER = "id"
"""The parameter by which one offer is asked for. Answers are compared, so an account without it only costs pages."""
ALL_OFFERS: Mapping[str, str | int] = {"opt.all": "true", "opt.pageSize": 100}
MORE_OFFERS = "opt.queryMoreFrom"
LARGEST_PAGE = 100
CLOCKS_APART = timedelta(minutes=5)
"""Of two things that Limio dates, the later one may be dated earlier by so much."""
OUR_CLOCK_APART = timedelta(days=1)
"""So much Limio may be behind what we date: far more than clocks differ, since an order must never be missed by it."""

ORDER_WORDS: Mapping[str, Meaning] = {
    "complete": Meaning.COMPLETE,
    "completed": Meaning.COMPLETE,
    "pending": Meaning.UNDER_WAY,
    "processing": Meaning.UNDER_WAY,
    "queued": Meaning.UNDER_WAY,
    "submitted": Meaning.UNDER_WAY,
    "failed": Meaning.FAILED,
    "error": Meaning.FAILED,
    "cancelled": Meaning.FAILED,
}
SUBSCRIPTION_WORDS: Mapping[str, Verdict] = {
    "active": Verdict.LIVE,
    "initial": Verdict.IN_PROGRESS,
    "pending": Verdict.IN_PROGRESS,
    "cancelled": Verdict.FAILED,
    "expired": Verdict.FAILED,
}
FAILED_PROCESSES = frozenset({"error", "failed"})
_LONGEST_REASON = 120
_BLOCKS = {
    Details.CUSTOMER: "customerDetails",
    Details.BILLING: "billingDetails",
    Details.DELIVERY: "deliveryDetails",
}
_INTERVALS = {"month": 1, "months": 1, "year": 12, "years": 12}


def block(details: Details) -> str:
    """The field of an order for this block of details."""
    return _BLOCKS[details]


def payment(kind: str) -> dict[str, str]:
    return {"type": kind}


def checkout(order: Mapping[str, Any]) -> dict[str, Any]:
    """What a checkout session is opened with, for an order as it will be sent."""
    held = ("orderItems", "external_id", "country", "order_type", FOR_SUBSCRIPTION)
    return {"order": {name: order[name] for name in held if name in order}}


def with_checkout(body: str, basket: str) -> str:
    """The order's bytes with the session that it is bought from put before the rest of them."""
    return f'{{"checkoutId":{json.dumps(basket)},{body.removeprefix("{")}'


def external_id(order: ObjectShape) -> str | None:
    given = order.external_id or order.data.get("external_id")
    return str(given) if given else None


def checkout_of(order: ObjectShape) -> str | None:
    given = order.data.get("checkoutId")
    return str(given) if given else None


def items(holder: Mapping[str, Any]) -> tuple[ItemShape, ...]:
    """Of an order, a subscription or a basket; none where they can't be read."""
    try:
        return tuple(ITEMS.validate_python(holder.get("orderItems") or []))
    except ValidationError:
        return ()


def changed_subscription(order: ObjectShape) -> str | None:
    """The one that the order changes; None for an order that makes one."""
    given = order.data.get(FOR_SUBSCRIPTION)
    found = given.get("id") if isinstance(given, Mapping) else None
    return str(found) if found else None


def basket_reference(basket: BasketShape) -> str | None:
    given = basket.order.get("external_id")
    return str(given) if given else None


def email(customer: ObjectShape) -> str:
    return _text(customer.data.get("email"))


def company_name(customer: ObjectShape) -> str:
    return _text(customer.data.get("company")) or customer.name or ""


def is_of(subscription: ObjectShape, order: ObjectShape) -> bool:
    """Whether a summary is of the subscription that this order made."""
    if order.subscription_reference and subscription.reference == order.subscription_reference:
        return True
    return (subscription.ref or "").startswith(f"{order.id}/")


def is_failed_step_of(process: ObjectShape, order: ObjectShape) -> bool:
    return process.ref == order.id and (process.status or "").casefold() in FAILED_PROCESSES


def is_critical(process: ObjectShape) -> bool:
    """Whether it stopped its order, as it did unless it says otherwise."""
    return process.data.get("critical") is not False


def reason(process: ObjectShape) -> str:
    """What a step that failed says, short and safe to show; empty where it says nothing."""
    error = process.data.get("error")
    said = _text(error.get("message")) if isinstance(error, Mapping) else _text(error)
    step = _text(process.data.get("plugin")) or process.name or "a step"
    return scrub(f"at {step}: {said}")[:_LONGEST_REASON] if said else ""


def attributes(offer: OfferShape) -> Mapping[str, Any]:
    given = offer.data.get("attributes")
    return given if isinstance(given, Mapping) else {}


def offer_name(offer: OfferShape) -> str:
    return _text(attributes(offer).get("display_name__limio")) or offer.name or offer.id


def required(offer: OfferShape, attribute: str) -> frozenset[str]:
    """The offers one of which has to be there too."""
    given = attributes(offer).get(attribute) if attribute else None
    return frozenset(str(one) for one in given if one) if isinstance(given, list) else frozenset()


def prices(offer: OfferShape) -> list[PriceOfOffer]:
    given = attributes(offer).get("price__limio")
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []


def price_value(price: PriceOfOffer) -> Decimal | None:
    """Written as a text or as a number."""
    try:
        value = Decimal(str(price.get("value")))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def price_currency(price: PriceOfOffer) -> str:
    return _text(price.get("currencyCode")).upper()


def price_months(price: PriceOfOffer) -> int | None:
    """How many months it pays for; None where nothing readable is said."""
    months = _INTERVALS.get(_text(price.get("repeat_interval_type")).casefold())
    times = price.get("repeat_interval", 1)
    if months is None or not str(times).isdigit():
        return None
    return months * int(times)


def instant(text: str | None) -> datetime | None:
    """None for a text that is no instant: without an offset nobody knows which one it is."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
