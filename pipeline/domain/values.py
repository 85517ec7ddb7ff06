"""The base of every stored value: frozen, closed to unknown fields, and JSON in and out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value. Two of equal content are equal; an unknown field is an error of ours, not of the sender."""

    model_config = ConfigDict(frozen=True, extra="forbid")
