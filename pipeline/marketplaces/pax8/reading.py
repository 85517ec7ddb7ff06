"""From Pax8's shapes to our values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time

from pipeline.domain.catalogue import (
    Commitment,
    Constraint,
    Dependencies,
    FieldKind,
    PlacedLine,
    PlacedOrder,
    Price,
    PriceKind,
    Product,
    ProvisioningField,
    Rate,
    Subscription,
    Verdict,
)
from pipeline.domain.company import Company, CompanyContact, CompanyStatus
from pipeline.domain.customer import ContactRole
from pipeline.domain.terms import BillingTerm, commitment_months, read_billing_term
from pipeline.marketplaces.pax8 import shapes

_STATUSES = {
    "Active": CompanyStatus.ACTIVE,
    "Inactive": CompanyStatus.INACTIVE,
    "Deleted": CompanyStatus.DELETED,
}
ROLES = {"Admin": ContactRole.ADMIN, "Billing": ContactRole.BILLING, "Technical": ContactRole.TECHNICAL}
_VERDICTS = {
    "Active": Verdict.LIVE,
    "Trial": Verdict.LIVE,
    "Activated": Verdict.LIVE,
    "Converted": Verdict.LIVE,
    "PendingAutomated": Verdict.IN_PROGRESS,
    "PendingManual": Verdict.WAITS_FOR_MARKETPLACE,
    "WaitingForDetails": Verdict.WAITS_FOR_US,
    "PendingActivation": Verdict.WAITS_FOR_CUSTOMER,
    "PendingCancel": Verdict.ENDING,
    "Cancelled": Verdict.FAILED,
}
_PRICE_KINDS = {kind.value: kind for kind in PriceKind if kind is not PriceKind.OTHER}
_FIELD_KINDS = {kind.value: kind for kind in FieldKind if kind is not FieldKind.OTHER}
_TRIAL = "Trial"
_FLAT, _PER_UNIT = "Flat Rate", "Per Unit"
_TERMS: dict[str, BillingTerm | None] = {term.value: term for term in BillingTerm}


def billing_term(word: str | None) -> BillingTerm | None:
    if not word:
        return None
    return _TERMS.get(word) or read_billing_term(word)


def company(shape: shapes.CompanyShape) -> Company:
    word = shape.status or ""
    return Company(
        id=shape.id,
        name=shape.name,
        status=_STATUSES.get(word, CompanyStatus.UNKNOWN),
        status_word=word,
        external_id=shape.external_id or "",
        country=(shape.address.country or "") if shape.address else "",
    )


def contact(shape: shapes.ContactShape) -> CompanyContact:
    known = [(ROLES[one.type], bool(one.primary)) for one in shape.types if one.type in ROLES]
    return CompanyContact(
        id=shape.id,
        first_name=shape.first_name or "",
        last_name=shape.last_name or "",
        email=shape.email or "",
        phone=shape.phone or shape.phone_number or "",
        primary_for=frozenset(role for role, primary in known if primary),
        roles=frozenset(role for role, _ in known),
    )


def product(shape: shapes.ProductShape) -> Product:
    return Product(
        id=shape.id,
        name=shape.name or "",
        sku=shape.sku or "",
        vendor_sku=_vendor_sku(shape.vendor_sku),
        requires_commitment=bool(shape.requires_commitment),
    )


def _vendor_sku(given: object) -> str:
    """Microsoft's may be a JSON text with a product and a SKU id; read as `product:sku`, as the other form is."""
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            given = json.loads(given)
        except ValueError:
            return str(given)
    if isinstance(given, Mapping):
        parts = [str(given[key]) for key in ("productId", "skuId") if given.get(key) is not None]
        return ":".join(parts)
    return "" if given is None else str(given)


def price(shape: shapes.PriceShape) -> Price | None:
    """None where the row can't be relied on: no cost, or a commitment whose length can't be read, which isn't none."""
    months = _commitment(shape)
    rates = tuple(rate for one in shape.rates if (rate := _rate(one)) is not None)
    if months is None or not rates or len(rates) != len(shape.rates):
        return None
    known_charges = all(one.charge_type in (None, _FLAT, _PER_UNIT) for one in shape.rates)
    kind = _PRICE_KINDS.get(shape.type or "", PriceKind.OTHER) if known_charges else PriceKind.OTHER
    word = shape.billing_term or ""
    return Price(billing_term(word), word, months or None, kind, rates)


def _commitment(shape: shapes.PriceShape) -> int | None:
    """Months, 0 for no commitment, None for one that can't be read."""
    if shape.commitment_term_in_months:
        return int(shape.commitment_term_in_months)
    return commitment_months(shape.commitment_term) if shape.commitment_term else 0


def _rate(shape: shapes.RateShape) -> Rate | None:
    if shape.partner_buy_rate is None:
        return None
    end = shape.end_quantity_range
    start = int(shape.start_quantity_range or 0)
    return Rate(shape.partner_buy_rate, start, None if end is None else int(end), shape.charge_type == _FLAT)


def dependencies(shape: shapes.DependenciesShape) -> Dependencies:
    return Dependencies(
        commitments=tuple(
            Commitment(
                one.id,
                one.term or "",
                commitment_months(one.term or ""),
                one.allow_for_quantity_increase,
                one.allow_for_quantity_decrease,
            )
            for one in shape.commitment_dependencies
        ),
        constraints=tuple(
            Constraint(one.name or "", frozenset(product.id for product in one.products))
            for one in shape.product_dependencies
        ),
    )


def field(shape: shapes.FieldShape) -> ProvisioningField:
    return ProvisioningField(
        key=shape.key,
        label=shape.label or shape.key,
        description=shape.description or "",
        kind=_FIELD_KINDS.get(shape.value_type or "", FieldKind.OTHER),
        possible_values=tuple(shape.possible_values or ()),
    )


def order(shape: shapes.OrderShape) -> PlacedOrder:
    lines = tuple(
        PlacedLine(one.product_id, one.quantity, billing_term(one.billing_term), one.subscription_id or None)
        for one in shape.line_items
    )
    return PlacedOrder(shape.id, shape.company_id, lines, shape.status)


def subscription(shape: shapes.SubscriptionShape) -> Subscription:
    word = shape.status or ""
    return Subscription(
        id=shape.id,
        company_id=shape.company_id or "",
        product_id=shape.product_id or "",
        quantity=shape.quantity,
        # A subscription that is still on trial is one, whatever it will be billed by.
        billing_term=BillingTerm.TRIAL if word == _TRIAL else billing_term(shape.billing_term),
        status_word=word,
        verdict=_VERDICTS.get(word, Verdict.UNKNOWN),
        parent_id=shape.parent_subscription_id or None,
        created_at=instant(shape.created_date),
        commitment=_own_commitment(shape.commitment or shape.commitment_term),
    )


def _own_commitment(shape: shapes.OwnCommitmentShape | None) -> Commitment | None:
    if shape is None or not (shape.id or shape.term):
        return None
    word = shape.term or ""
    return Commitment(shape.id or "", word, commitment_months(word))


def instant(text: str | None) -> datetime | None:
    """
    None for a text that is no instant: one without an offset, since Pax8's zone is not known, or a date, which may come
    as its midnight.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and moment.time() != time.min else None
