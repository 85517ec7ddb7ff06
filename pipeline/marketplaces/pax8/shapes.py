"""
Pax8's answers as they arrive: unknown fields ignored, enums open, and what production is known to leave out optional.

Required is only what could not be done without: guessing it could buy or adopt the wrong thing. Numbers are Decimal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel


def _as_list(value: Any) -> Any:
    """Where a list is said, one thing alone is a list of it, and null an empty one."""
    if value is None:
        return []
    return [value] if isinstance(value, dict) else value


Item = TypeVar("Item")
Many = Annotated[list[Item], BeforeValidator(_as_list)]
Id = Annotated[str, Field(min_length=1)]


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, coerce_numbers_to_str=True, extra="ignore")


class AddressShape(Shape):
    country: str | None = None


class CompanyShape(Shape):
    id: Id
    name: str
    status: str | None = None
    external_id: str | None = None
    address: AddressShape | None = None


class ContactTypeShape(Shape):
    type: str | None = None
    primary: bool | None = None


class ContactShape(Shape):
    id: Id
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_number: str | None = None
    types: Many[ContactTypeShape] = Field(default_factory=list)


class ProductShape(Shape):
    id: Id
    name: str | None = None
    sku: str | None = None
    vendor_sku: Any = None
    requires_commitment: bool | None = None


class RateShape(Shape):
    partner_buy_rate: Decimal | None = None
    start_quantity_range: Decimal | None = None
    end_quantity_range: Decimal | None = None
    charge_type: str | None = None


class PriceShape(Shape):
    billing_term: str | None = None
    commitment_term: str | None = None
    commitment_term_in_months: Decimal | None = None
    type: str | None = None
    rates: Many[RateShape] = Field(default_factory=list)


class CommitmentShape(Shape):
    id: Id
    term: str | None = None


class ConstraintShape(Shape):
    name: str | None = None
    products: Many[ProductShape] = Field(default_factory=list)


class DependenciesShape(Shape):
    commitment_dependencies: Many[CommitmentShape] = Field(default_factory=list)
    product_dependencies: Many[ConstraintShape] = Field(default_factory=list)


class FieldShape(Shape):
    key: Id
    label: str | None = None
    description: str | None = None
    value_type: str | None = None
    possible_values: list[str] | None = None


class OrderLineShape(Shape):
    product_id: Id
    quantity: Decimal
    billing_term: str | None = None
    subscription_id: str | None = None


class OrderShape(Shape):
    id: Id
    company_id: Id
    line_items: Many[OrderLineShape]
    status: str | None = None
    is_mock: bool | None = None


class SubscriptionShape(Shape):
    id: Id
    company_id: str | None = None
    product_id: str | None = None
    quantity: Decimal | None = None
    status: str | None = None
    billing_term: str | None = None
    parent_subscription_id: str | None = None
    created_date: str | None = None


class CountersShape(Shape):
    """`totalRecords` is what one secondary source calls the total."""

    size: int | None = None
    number: int | None = None
    total_elements: int | None = None
    total_records: int | None = None
    total_pages: int | None = None


COMPANY = TypeAdapter(CompanyShape)
COMPANIES: TypeAdapter[list[CompanyShape]] = TypeAdapter(Many[CompanyShape])
CONTACT = TypeAdapter(ContactShape)
CONTACTS: TypeAdapter[list[ContactShape]] = TypeAdapter(Many[ContactShape])
PRODUCT = TypeAdapter(ProductShape)
PRODUCTS: TypeAdapter[list[ProductShape]] = TypeAdapter(Many[ProductShape])
PRICES: TypeAdapter[list[PriceShape]] = TypeAdapter(Many[PriceShape])
FIELDS: TypeAdapter[list[FieldShape]] = TypeAdapter(Many[FieldShape])
DEPENDENCIES = TypeAdapter(DependenciesShape)
ORDER = TypeAdapter(OrderShape)
ORDERS: TypeAdapter[list[OrderShape]] = TypeAdapter(Many[OrderShape])
SUBSCRIPTION = TypeAdapter(SubscriptionShape)
SUBSCRIPTIONS: TypeAdapter[list[SubscriptionShape]] = TypeAdapter(Many[SubscriptionShape])
