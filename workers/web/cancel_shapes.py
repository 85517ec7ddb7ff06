"""What the operator API tells of a cancel before it is done."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class CancelTarget(BaseModel):
    """
    Something that is cancelled for itself. `would`: it is cancelled; it cannot be now, so a person is asked while it is
    tried on; it is being cancelled already; or it is over. `sentence` says that for a person.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    would: Literal["cancel", "ask", "wait", "nothing"]
    sentence: str


class CancelTold(BaseModel):
    """
    What a cancel of the order, at this version, would do. `refused`: it would be refused, for this sentence.
    `targets` are of an order that has bought; one that has not is cancelled here alone.
    """

    model_config = ConfigDict(frozen=True)

    ref: str
    version: int
    marketplace_order_id: str | None
    refused: str | None
    targets: list[CancelTarget]
