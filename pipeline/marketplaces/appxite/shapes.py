"""
AppXite's answers in names of ours, as `codec` takes them out: unknown fields ignored, enums open.

Required is only what could not be done without: guessing it could buy or adopt the wrong thing. Numbers are Decimal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _as_list(value: Any) -> Any:
    """Where a list is said, one thing alone is a list of it, and null an empty one."""
    if value is None:
        return []
    return [value] if isinstance(value, dict) else value


Item = TypeVar("Item")
Many = Annotated[list[Item], BeforeValidator(_as_list)]
Id = Annotated[str, Field(min_length=1)]


class Shape(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore", hide_input_in_errors=True)


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
    items: Many[ItemShape] = Field(default_factory=list)


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
