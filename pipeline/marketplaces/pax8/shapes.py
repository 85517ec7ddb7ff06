"""Pax8's answers as they arrive. What production is known to leave out is optional."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter

from pipeline.marketplaces.shapes import CamelShape, Id, OneOrMany


class AddressShape(CamelShape):
    country: str | None = None


class CompanyShape(CamelShape):
    id: Id
    name: str
    status: str | None = None
    external_id: str | None = None
    address: AddressShape | None = None


class ContactTypeShape(CamelShape):
    type: str | None = None
    primary: bool | None = None


class ContactShape(CamelShape):
    id: Id
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_number: str | None = None
    types: OneOrMany[ContactTypeShape] = Field(default_factory=list)


class ProductShape(CamelShape):
    id: Id
    name: str | None = None
    sku: str | None = None
    vendor_sku: Any = None
    requires_commitment: bool | None = None


class RateShape(CamelShape):
    partner_buy_rate: Decimal | None = None
    start_quantity_range: Decimal | None = None
    end_quantity_range: Decimal | None = None
    charge_type: str | None = None


class PriceShape(CamelShape):
    billing_term: str | None = None
    commitment_term: str | None = None
    commitment_term_in_months: Decimal | None = None
    type: str | None = None
    rates: OneOrMany[RateShape] = Field(default_factory=list)


def _if_object(value: Any) -> Any:
    return value if isinstance(value, dict) else None


class OwnCommitmentShape(CamelShape):
    id: str | None = None
    term: str | None = None


class CommitmentShape(CamelShape):
    id: Id
    term: str | None = None
    allow_for_quantity_increase: bool | None = None
    allow_for_quantity_decrease: bool | None = None


class ConstraintShape(CamelShape):
    name: str | None = None
    products: OneOrMany[ProductShape] = Field(default_factory=list)


class DependenciesShape(CamelShape):
    commitment_dependencies: OneOrMany[CommitmentShape] = Field(default_factory=list)
    product_dependencies: OneOrMany[ConstraintShape] = Field(default_factory=list)


class FieldShape(CamelShape):
    key: Id
    label: str | None = None
    description: str | None = None
    value_type: str | None = None
    possible_values: list[str] | None = None


class OrderLineShape(CamelShape):
    product_id: Id
    quantity: Decimal
    billing_term: str | None = None
    subscription_id: str | None = None


class OrderShape(CamelShape):
    id: Id
    company_id: Id
    line_items: OneOrMany[OrderLineShape]
    status: str | None = None
    is_mock: bool | None = None


class SubscriptionShape(CamelShape):
    """The specification has `commitmentTerm` where production has `commitment`."""

    id: Id
    company_id: str | None = None
    product_id: str | None = None
    quantity: Decimal | None = None
    status: str | None = None
    billing_term: str | None = None
    parent_subscription_id: str | None = None
    created_date: str | None = None
    commitment: Annotated[OwnCommitmentShape | None, BeforeValidator(_if_object)] = None
    commitment_term: Annotated[OwnCommitmentShape | None, BeforeValidator(_if_object)] = None


class CountersShape(CamelShape):
    """`totalRecords` is what one secondary source calls the total."""

    size: int | None = None
    number: int | None = None
    total_elements: int | None = None
    total_records: int | None = None
    total_pages: int | None = None


COMPANY = TypeAdapter(CompanyShape)
COMPANIES: TypeAdapter[list[CompanyShape]] = TypeAdapter(OneOrMany[CompanyShape])
CONTACT = TypeAdapter(ContactShape)
CONTACTS: TypeAdapter[list[ContactShape]] = TypeAdapter(OneOrMany[ContactShape])
PRODUCT = TypeAdapter(ProductShape)
PRODUCTS: TypeAdapter[list[ProductShape]] = TypeAdapter(OneOrMany[ProductShape])
PRICES: TypeAdapter[list[PriceShape]] = TypeAdapter(OneOrMany[PriceShape])
FIELDS: TypeAdapter[list[FieldShape]] = TypeAdapter(OneOrMany[FieldShape])
DEPENDENCIES = TypeAdapter(DependenciesShape)
ORDER = TypeAdapter(OrderShape)
ORDERS: TypeAdapter[list[OrderShape]] = TypeAdapter(OneOrMany[OrderShape])
SUBSCRIPTION = TypeAdapter(SubscriptionShape)
SUBSCRIPTIONS: TypeAdapter[list[SubscriptionShape]] = TypeAdapter(OneOrMany[SubscriptionShape])
