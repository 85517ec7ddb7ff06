"""Limio's answers as they arrive. What no public page places is under `data`, and `assumed` reads it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, TypeAdapter

from pipeline.marketplaces.shapes import Id, Shape


def _word(value: Any) -> Any:
    """A text, or nothing: what else may stand there is no reason not to read the rest."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _mapping(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


Word = Annotated[str | None, BeforeValidator(_word)]
Data = Annotated[dict[str, Any], BeforeValidator(_mapping)]


class ObjectShape(Shape):
    """An object, or the summary of one in a list: the summary has no `data`."""

    id: Id
    name: Word = None
    status: Word = None
    owner: Word = None
    customer: Word = None
    created: Word = None
    reference: Word = None
    ref: Word = None
    external_id: Word = None
    subscription_reference: Word = Field(default=None, alias="subscriptionReference")
    data: Data = Field(default_factory=dict)


class OfferShape(Shape):
    id: Id
    version: Word = None
    name: Word = None
    path: Word = None
    data: Data = Field(default_factory=dict)


class SubmittedShape(Shape):
    """The answer to an order: every field is optional, and without the first two nothing is proved."""

    id: Word = None
    external_id: Word = None


class BasketShape(Shape):
    id: Word = None
    created: Word = None
    completed: bool | None = None
    order: Data = Field(default_factory=dict)


class OfferOfItemShape(Shape):
    id: Id
    version: Word = None


class ItemShape(Shape):
    """A quantity that is left out is one, as the reference of orders has it."""

    offer: OfferOfItemShape
    quantity: Decimal = Decimal(1)


OBJECT = TypeAdapter(ObjectShape)
OBJECTS: TypeAdapter[list[ObjectShape]] = TypeAdapter(list[ObjectShape])
OFFERS: TypeAdapter[list[OfferShape]] = TypeAdapter(list[OfferShape])
SUBMITTED = TypeAdapter(SubmittedShape)
BASKET = TypeAdapter(BasketShape)
ITEMS: TypeAdapter[list[ItemShape]] = TypeAdapter(list[ItemShape])
