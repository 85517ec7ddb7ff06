"""FlexPortal's answers as they arrive. What could be left out is optional."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field, TypeAdapter

from pipeline.marketplaces.shapes import CamelShape, Id, Many


class PersonShape(CamelShape):
    """The customer as an order shows them."""

    customer_id: str | None = None
    email: str | None = None
    company: str | None = None


class CustomerShape(CamelShape):
    customer_id: Id
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    status: str | None = None

    @property
    def id(self) -> str:
        return self.customer_id


class VariantShape(CamelShape):
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


class ItemShape(CamelShape):
    sku: Id
    quantity: Decimal
    product_name: str | None = None
    contract_length: Decimal | None = None
    rental_ids: Many[str] = Field(default_factory=list)
    rental_status: str | None = None


class PaymentShape(CamelShape):
    status: str | None = None


class OrderShape(CamelShape):
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


class CreatedShape(CamelShape):
    """The answer to a new order. Without the order itself nobody can tell whose it is."""

    success: bool | None = None
    order_id: str | None = None
    order: OrderShape


class CancelledShape(CamelShape):
    """The answer to a cancellation. Its form is not documented; without an id nobody can tell of which order it is."""

    success: bool | None = None
    order_id: str | None = None


class RentalShape(CamelShape):
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


class RentedShape(CamelShape):
    """The answer to a new subscription. Without the subscription itself nobody can tell whose it is."""

    success: bool | None = None
    rental_id: str | None = None
    rental: RentalShape


class AssetShape(CamelShape):
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
