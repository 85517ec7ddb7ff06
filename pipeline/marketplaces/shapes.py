"""
What the shapes of all marketplaces' answers are made of: unknown fields ignored, enums open, numbers Decimal.

Required is only what could not be done without: guessing it could buy or adopt the wrong thing.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _null_is_empty(value: Any) -> Any:
    return [] if value is None else value


def _alone_is_one(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Item = TypeVar("Item")
Many = Annotated[list[Item], BeforeValidator(_null_is_empty)]
"""A list; null is an empty one."""
OneOrMany = Annotated[list[Item], BeforeValidator(_alone_is_one), BeforeValidator(_null_is_empty)]
"""A list; one thing alone is a list of it, and null an empty one."""
Id = Annotated[str, Field(min_length=1)]


class Shape(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore", hide_input_in_errors=True)


class CamelShape(Shape):
    """Named in our way, arriving in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)
