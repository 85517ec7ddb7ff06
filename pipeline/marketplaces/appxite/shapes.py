"""AppXite's answers in names of ours, as `codec` takes them out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field

from pipeline.marketplaces.shapes import Id, OneOrMany, Shape


class ItemShape(Shape):
    """`operations` None: the answer does not say what may be done with it."""

    id: Id
    offer: str | None = None
    form: dict[str, Any] | None = None
    status: str | None = None
    operations: list[str] | None = None


class OrderShape(Shape):
    id: Id
    status: str | None = None
    items: OneOrMany[ItemShape] = Field(default_factory=list)


class CustomerShape(Shape):
    id: Id
    name: str | None = None
    email: str | None = None
    status: str | None = None
    external_id: str | None = None


class PlanShape(Shape):
    """`period` is the whole row: a template's `ChargePeriod` is compared with it."""

    id: Id
    price: Decimal | None = None
    currency: str | None = None
    period: dict[str, Any]


class SubscriptionShape(Shape):
    """By documented names."""

    id: Id = Field(alias="Id")
    offer: str | None = Field(default=None, alias="OfferId")
    quantity: Decimal | None = Field(default=None, alias="Quantity")
    state: str | None = Field(default=None, alias="SubscriptionState")
