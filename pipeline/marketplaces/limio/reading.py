"""From Limio's shapes to our values."""

from __future__ import annotations

from pipeline.domain.catalogue import (
    Constraint,
    Dependencies,
    PlacedLine,
    PlacedOrder,
    Price,
    PriceKind,
    Product,
    Rate,
    Subscription,
    Verdict,
)
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.limio import assumed
from pipeline.marketplaces.limio.options import Options
from pipeline.marketplaces.limio.shapes import ItemShape, ObjectShape, OfferShape

_TERMS = {term.months: term for term in BillingTerm if term.months}


def company(shape: ObjectShape) -> Company:
    """Customers have no status of their own in what is public: one without a word for it may order."""
    word = shape.status or ""
    known = word.casefold() in ("", "active")
    return Company(
        id=shape.id,
        name=assumed.company_name(shape),
        status=CompanyStatus.ACTIVE if known else CompanyStatus.UNKNOWN,
        status_word=word,
        email=assumed.email(shape),
    )


def product(shape: OfferShape, options: Options) -> Product:
    """An offer without a version can't be ordered: an order names both."""
    return Product(
        id=shape.id,
        name=assumed.offer_name(shape),
        sku=sku(shape, options),
        vendor_sku="",
        requires_commitment=False,
        variant=shape.version or "",
        withdrawn="" if shape.version else "has no published version at Limio, so it cannot be ordered",
    )


def sku(shape: OfferShape, options: Options) -> str:
    """The attribute that is set for it, else the offer's name in the catalogue, which is one of a kind."""
    if not options.sku_attribute:
        return shape.name or ""
    given = assumed.attributes(shape).get(options.sku_attribute)
    return "" if given is None else str(given)


def prices(shape: OfferShape, currency: str) -> list[Price]:
    """
    List prices, for their terms: what a purchase costs is told by the preview. One that can't be relied on, in another
    currency say, is of the kind OTHER.
    """
    return [price for one in assumed.prices(shape) if (price := _price(one, currency)) is not None]


def _price(given: assumed.PriceOfOffer, currency: str) -> Price | None:
    value, months = assumed.price_value(given), assumed.price_months(given)
    if value is None:
        return None
    ours = assumed.price_currency(given) == currency
    word = str(given.get("repeat_interval_type") or "")
    return Price(_TERMS.get(months or 0), word, None, PriceKind.FLAT if ours else PriceKind.OTHER, (Rate(value),))


def dependencies(shape: OfferShape, options: Options) -> Dependencies:
    needed = assumed.required(shape, options.requires_attribute)
    name = f"what {assumed.offer_name(shape)} needs beside it"
    return Dependencies(constraints=(Constraint(name, needed),) if needed else ())


def order(shape: ObjectShape) -> PlacedOrder:
    """As it was ordered, without how far it is."""
    lines = tuple(line(one, shape, nth) for nth, one in enumerate(assumed.items(shape.data), 1))
    return PlacedOrder(shape.id, shape.customer or "", lines, shape.status)


def line(item: ItemShape, of: ObjectShape, nth: int, state: Subscription | None = None) -> PlacedLine:
    return PlacedLine(item.offer.id, item.quantity, None, line_id(of, nth), state)


def line_id(of: ObjectShape, nth: int) -> str:
    """
    Of an order's nth item. One subscription may hold all of an order's items, and is there long after the order: so
    each line has a name of its own, the same from the first look on.
    """
    return f"{of.id}/{nth}"


def subscriptions(shape: ObjectShape) -> list[Subscription]:
    """One for each of its items."""
    word = shape.status or ""
    verdict = assumed.SUBSCRIPTION_WORDS.get(word.casefold(), Verdict.UNKNOWN)
    created = assumed.instant(shape.created)
    return [
        Subscription(shape.id, shape.customer or "", one.offer.id, one.quantity, None, word, verdict, None, created)
        for one in assumed.items(shape.data)
    ] or [Subscription(shape.id, shape.customer or "", "", None, None, word, verdict, None, created)]
