"""From FlexPortal's shapes to our values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pipeline.domain.catalogue import (
    Commitment,
    Dependencies,
    FieldKind,
    Price,
    PriceKind,
    Product,
    ProvisioningField,
    Rate,
    Subscription,
    Verdict,
)
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.flexportal import assumed, refusals, shapes

_STATUSES = {"active": CompanyStatus.ACTIVE, "inactive": CompanyStatus.INACTIVE}
_ONE_DEVICE = Decimal(1)


def company(shape: shapes.CustomerShape) -> Company:
    """A customer is a person with an address; the company is a name on them."""
    word = shape.status or ""
    person = " ".join(part for part in (shape.first_name, shape.last_name) if part)
    return Company(
        id=shape.id,
        name=shape.company or person or shape.email or "",
        status=_STATUSES.get(word, CompanyStatus.UNKNOWN),
        status_word=word,
        email=shape.email or "",
    )


def product(shape: shapes.VariantShape) -> Product:
    """What is ordered is a variant, by its SKU; each has a contract."""
    sku = assumed.sku(shape)
    return Product(
        id=sku,
        name=shape.variant_name or shape.product_name or sku,
        sku=sku,
        vendor_sku="",
        requires_commitment=True,
        withdrawn=withdrawn(shape),
    )


def withdrawn(shape: shapes.VariantShape) -> str:
    """Why it can't be ordered, as the end of a sentence. A variant without a status is left to the order itself."""
    match shape.status:
        case None | "" | "active":
            return ""
        case "inactive":
            return f"cannot be ordered ({refusals.VARIANT_INACTIVE}): {refusals.ADVICE[refusals.VARIANT_INACTIVE]}"
        case word:
            return f"has the status '{word}' at FlexPortal, a word that is not in its contract: look at it there"


def prices(shape: shapes.VariantShape) -> Sequence[Price]:
    return [
        Price(BillingTerm.MONTHLY, "monthly", months, PriceKind.FLAT, (Rate(cost),))
        for months, cost in sorted(assumed.monthly_prices(shape.pricing).items())
    ]


def dependencies(shape: shapes.VariantShape) -> Dependencies:
    lengths = sorted(assumed.monthly_prices(shape.pricing))
    return Dependencies(commitments=tuple(Commitment(str(months), f"{months} months", months) for months in lengths))


def fields() -> Sequence[ProvisioningField]:
    """The same of every product: they turn an order into an extension or an upgrade, and need no answer."""
    return [
        ProvisioningField(
            detail.key, detail.label, f"{detail.description}; only for an {detail.order_type}", FieldKind.INPUT
        )
        for detail in assumed.DETAILS
    ]


def subscription(shape: shapes.RentalShape) -> Subscription:
    word = shape.status or ""
    return Subscription(
        id=shape.id,
        company_id=shape.customer_id or "",
        product_id=shape.sku or "",
        quantity=_ONE_DEVICE,
        billing_term=BillingTerm.MONTHLY,
        status_word=word,
        verdict=assumed.RENTALS.get(word, Verdict.UNKNOWN),
        created_at=instant(shape.created_at),
    )


def instant(text: str | None) -> datetime | None:
    """None for a text that is no instant, or one without an offset."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
