"""The rows of a world at one moment, as its rules look at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

ENDED = frozenset({"done", "partly_done", "failed", "cancelled"})


@dataclass(slots=True)
class Rows:
    """Orders and claims, each with the columns that were asked for."""

    orders: Sequence[Any] = ()
    claims: Sequence[Any] = ()

    def claims_of(self, order_id: UUID) -> list[Any]:
        """The order's attempts to buy."""
        return [claim for claim in self.claims if claim.order_id == order_id and claim.kind == "place_order"]

    def rests(self, order: Any) -> bool:
        """It has ended, or asks a person, or stands behind one that asks."""
        if order.state in ENDED or order.asked:
            return True
        return order.behind is not None and any(other.asked for other in self.orders)

    def order(self, order_id: UUID) -> Any:
        return next(order for order in self.orders if order.id == order_id)
