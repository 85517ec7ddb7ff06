"""What the operator API tells of the demo's orders, read again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState


@dataclass(frozen=True, slots=True)
class Seen:
    """An order as the list shows it."""

    ref: str
    quote_id: str
    state: OrderState
    stage: Stage
    unknown_submit: bool
    waiting_for: str
    marketplace_order_id: str | None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Seen:
        return cls(
            ref=item["ref"],
            quote_id=item["quote_id"],
            state=OrderState(item["state"]),
            stage=Stage(item["stage"]),
            unknown_submit=item["unknown_submit"],
            waiting_for=item["waiting_for"] or "",
            marketplace_order_id=item["marketplace_order_id"],
        )


@dataclass(slots=True)
class Watch:
    """
    The newest look at each quote's order, and what was ever seen of it.

    `orders` holds more than one where a quote made more than one, which none of the demo's may.
    """

    orders: dict[str, list[Seen]] = field(default_factory=dict)
    states: dict[str, set[str]] = field(default_factory=dict)

    def take(self, items: Sequence[Mapping[str, Any]]) -> list[Seen]:
        """Takes a look in; answers the orders that changed since the last one."""
        before = {order.ref: order for orders in self.orders.values() for order in orders}
        self.orders = {}
        changed = []
        for item in items:
            seen = Seen.of(item)
            self.orders.setdefault(seen.quote_id, []).append(seen)
            self.states.setdefault(seen.quote_id, set()).add(seen.state)
            if before.get(seen.ref) != seen:
                changed.append(seen)
        return changed

    def order(self, quote_id: str) -> Seen | None:
        return next(iter(self.orders.get(quote_id, ())), None)


def look(client: httpx.Client) -> list[dict[str, Any]]:
    """All orders there are, in the API's words."""
    answer = client.get("/api/orders", params={"limit": 100})
    answer.raise_for_status()
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def whole(client: httpx.Client, ref: str) -> dict[str, Any]:
    """One order with its lines, questions, attempts and timeline."""
    answer = client.get(f"/api/orders/{ref}")
    answer.raise_for_status()
    order: dict[str, Any] = answer.json()
    return order
