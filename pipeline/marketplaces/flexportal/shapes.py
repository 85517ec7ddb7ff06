"""
FlexPortal's answers as they arrive: unknown fields ignored, enums open, what could be left out optional.

Required is only what could not be done without: guessing it could buy or adopt the wrong thing. Numbers are Decimal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel


def _as_list(value: Any) -> Any:
    return [] if value is None else value


Item = TypeVar("Item")
Many = Annotated[list[Item], BeforeValidator(_as_list)]
Id = Annotated[str, Field(min_length=1)]


class Shape(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, coerce_numbers_to_str=True, extra="ignore", hide_input_in_errors=True
    )


class PersonShape(Shape):
    """The customer as an order shows them."""

    customer_id: str | None = None
    email: str | None = None
    company: str | None = None


class CustomerShape(Shape):
    customer_id: Id
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    status: str | None = None

    @property
    def id(self) -> str:
        return self.customer_id


class VariantShape(Shape):
    """Its SKU comes under one of two names, its prices in one of two forms: see `assumed`."""

    variant_id: str | None = None
    variant_sku: str | None = None
    sku: str | None = None
    variant_name: str | None = None
    product_name: str | None = None
    status: str | None = None
    pricing: Any = None

    @property
    def id(self) -> str:
        return self.variant_id or self.variant_sku or self.sku or ""


class ItemShape(Shape):
    sku: Id
    quantity: Decimal
    product_name: str | None = None
    contract_length: Decimal | None = None
    rental_ids: Many[str] = Field(default_factory=list)
    rental_status: str | None = None


class PaymentShape(Shape):
    status: str | None = None


class OrderShape(Shape):
    order_id: Id
    status: str | None = None
    order_type: str | None = None
    customer: PersonShape | None = None
    items: Many[ItemShape]
    payment: PaymentShape | None = None
    custom_fields: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        return self.order_id


class CreatedShape(Shape):
    """The answer to a new order. Without the order itself nobody can tell whose it is."""

    success: bool | None = None
    order_id: str | None = None
    order: OrderShape


class CancelledShape(Shape):
    """The answer to a cancellation. Its form is not documented; without an id nobody can tell of which order it is."""

    success: bool | None = None
    order_id: str | None = None


class RentalShape(Shape):
    """A subscription: one device. Its serial number comes under one of two names: see `assumed`."""

    rental_id: Id
    order_id: str | None = None
    customer_id: str | None = None
    sku: str | None = None
    status: str | None = None
    contract_length: Decimal | None = None
    created_at: str | None = None
    asset_serial_number: str | None = None
    serial_number: str | None = None

    @property
    def id(self) -> str:
        return self.rental_id


class RentedShape(Shape):
    """The answer to a new subscription. Without the subscription itself nobody can tell whose it is."""

    success: bool | None = None
    rental_id: str | None = None
    rental: RentalShape


class AssetShape(Shape):
    """A device."""

    serial_number: Id
    sku: str | None = None
    status: str | None = None

    @property
    def id(self) -> str:
        return self.serial_number


CUSTOMER = TypeAdapter(CustomerShape)
CUSTOMERS: TypeAdapter[list[CustomerShape]] = TypeAdapter(Many[CustomerShape])
VARIANTS: TypeAdapter[list[VariantShape]] = TypeAdapter(Many[VariantShape])
ORDER = TypeAdapter(OrderShape)
ORDERS: TypeAdapter[list[OrderShape]] = TypeAdapter(Many[OrderShape])
CREATED = TypeAdapter(CreatedShape)
CANCELLED = TypeAdapter(CancelledShape)
RENTAL = TypeAdapter(RentalShape)
RENTALS: TypeAdapter[list[RentalShape]] = TypeAdapter(Many[RentalShape])
RENTED = TypeAdapter(RentedShape)
ASSET = TypeAdapter(AssetShape)
ASSETS: TypeAdapter[list[AssetShape]] = TypeAdapter(Many[AssetShape])
