"""From AppXite's shapes to our values."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipeline.abilities import Cancellable
from pipeline.domain.catalogue import (
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
from pipeline.domain.terms import BillingTerm, read_billing_term
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.assumed import Assumed, plain
from pipeline.marketplaces.appxite.carts import exact, holds, placed_items, word_of
from pipeline.marketplaces.appxite.references import joined
from pipeline.marketplaces.appxite.templates import PRICE_ID, Template, Templates

_STATUSES = {"new": CompanyStatus.NEW, "active": CompanyStatus.ACTIVE, "blocked": CompanyStatus.BLOCKED}
_SUBSCRIBED = {"enabled": Verdict.LIVE, "disabled": Verdict.FAILED}
_QUANTITY = "quantitybox"
_FREQUENCY = "pricingFrequency"

Plans = Mapping[str, shapes.PlanShape]


def company(shape: shapes.CustomerShape) -> Company:
    word = shape.status or ""
    return Company(
        id=shape.id,
        name=shape.name or "",
        status=_STATUSES.get(plain(word), CompanyStatus.UNKNOWN),
        status_word=word,
        external_id=shape.external_id or "",
        email=shape.email or "",
    )


def product(templates: tuple[Template, ...], plans: Plans | None = None) -> Product:
    """
    `templates` are the offer's, one at least. With the organisation's `plans` it says which of their prices are on
    sale (its variant), and whether none is.
    """
    first = templates[0]
    current = () if plans is None else tuple(sorted(one.price_id for one in templates if is_current(one, plans)))
    gone = "" if plans is None or current else _gone(templates)
    return Product(
        id=first.offer,
        name=first.name,
        sku=first.sku,
        vendor_sku="",
        requires_commitment=all(one.months is not None for one in templates),
        variant=" ".join(current),
        withdrawn=gone,
    )


def without_template(offer: str) -> Product:
    why = "has no template here. Write one, restart, and answer with the same id"
    return Product(offer, f"AppXite's offer {offer}", "", "", requires_commitment=False, withdrawn=why)


def is_current(template: Template, plans: Plans) -> bool:
    """Whether the template's price is on sale, and is what the template says of it."""
    plan = plans.get(template.price_id)
    if plan is None:
        return False
    return all(holds(plan.period[key], value) for key, value in template.charge_period.items() if key in plan.period)


def _gone(templates: tuple[Template, ...]) -> str:
    named = ", ".join(f"{one.price_id} ({one.file})" for one in templates)
    return (
        f"can't be ordered: its template has price {named}, which AppXite no longer has for this customer, or not with "
        "these terms. Write the new one into the template, restart, and answer with the same id"
    )


def price(template: Template, plans: Plans, currency: str) -> Price:
    """One that can't be relied on, because it is no longer on sale or in another currency, is of kind OTHER."""
    plan = plans.get(template.price_id)
    readable = plan is not None and plan.price is not None and plan.currency in (None, "", currency)
    if plan is None or plan.price is None or not readable or not is_current(template, plans):
        return Price(template.term, template.term.value, template.months, PriceKind.OTHER, ())
    return Price(template.term, template.term.value, template.months, PriceKind.FLAT, (Rate(plan.price),))


def order(organisation: str, shape: shapes.OrderShape, assumed: Assumed, templates: Templates) -> PlacedOrder:
    """What was bought of it; what is still in the cart is left out. Each line says itself how far it is."""
    lines = tuple(_line(organisation, shape, item, assumed, templates) for item in placed_items(shape, assumed))
    return PlacedOrder(joined(organisation, shape.id), organisation, lines, shape.status)


def _line(
    organisation: str, order: shapes.OrderShape, item: shapes.ItemShape, assumed: Assumed, templates: Templates
) -> PlacedLine:
    offer, word = item.offer or "", word_of(order, item)
    quantity, term = _quantity(offer, item.form, templates), _term(item.form)
    state = Subscription(
        id=joined(organisation, order.id, item.id),
        company_id=organisation,
        product_id=offer,
        quantity=quantity,
        billing_term=term,
        status_word=word,
        verdict=assumed.verdict(word),
    )
    return PlacedLine(offer, quantity if quantity is not None else Decimal(), term, state.id, state)


def cancellable(item: Subscription) -> Cancellable:
    """
    An ordered item: cancelled only once it is provisioned (marketplaces.md, 2.3), and there is nothing to cancel of one
    that failed.
    """
    word = item.status_word or "without a status"
    return Cancellable(
        id=item.id,
        what=f"order item {item.id.rpartition('/')[2]}",
        refused="" if item.verdict is Verdict.LIVE else f"it is {word}, and AppXite cancels only what is provisioned",
        ending=item.verdict is Verdict.ENDING,
        ended=item.verdict is Verdict.FAILED,
    )


def _quantity(offer: str, form: Mapping[str, Any] | None, templates: Templates) -> Decimal | None:
    """Where the offer's templates have it; of an offer without one, what looks like the one known key for it."""
    if form is None:
        return None
    told = [one.quantity_in(form) for one in templates.of(offer)]
    told = told or [value for key, value in form.items() if key.casefold().startswith(_QUANTITY)]
    return next((number for value in told if (number := exact(value)) is not None), None)


def _term(form: Mapping[str, Any] | None) -> BillingTerm | None:
    for part in (form or {}).values():
        if isinstance(part, Mapping) and PRICE_ID in part:
            return read_billing_term(str(part.get(_FREQUENCY, "")))
    return None


def subscription(organisation: str, shape: shapes.SubscriptionShape) -> Subscription:
    word = shape.state or ""
    return Subscription(
        id=joined(organisation, shape.id),
        company_id=organisation,
        product_id=shape.offer or "",
        quantity=shape.quantity,
        billing_term=None,
        status_word=word,
        verdict=_SUBSCRIBED.get(plain(word), Verdict.UNKNOWN),
    )
