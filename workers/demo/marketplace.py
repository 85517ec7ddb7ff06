"""The simulated Pax8's control plane, as the demo uses it: told what to do first, counted at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from workers.demo.cases import Case

_LIVE = frozenset({"Active", "Trial", "Activated", "Converted"})

Content = tuple[str, tuple[tuple[str, int, str], ...]]
"""What a purchase is told apart by: company, and product, quantity and billing term of each line."""


@dataclass(frozen=True, slots=True)
class Purchase:
    id: str
    content: Content
    statuses: tuple[str | None, ...]

    @property
    def live(self) -> bool:
        return all(status in _LIVE for status in self.statuses)


def content_of(case: Case) -> Content:
    lines = ((line.product.id, line.quantity, line.billing_term) for line in case.lines)
    return case.customer.id, tuple(sorted(lines))


def steer(client: httpx.Client, cases: Sequence[Case]) -> None:
    """Prices that rise, connections that drop."""
    for control, wish in (step for case in cases for step in case.steering):
        client.post(f"/_sim/{control}", json=wish).raise_for_status()


def purchases(client: httpx.Client) -> list[Purchase]:
    """Every order that exists there now and was not there from the beginning, whoever made it."""
    answer = client.get("/_sim/state")
    answer.raise_for_status()
    return [_purchase(order) for order in answer.json()["orders"]]


def _purchase(order: dict[str, Any]) -> Purchase:
    lines = ((line["productId"], int(line["quantity"]), line["billingTerm"]) for line in order["lines"])
    return Purchase(
        order["id"], (order["companyId"], tuple(sorted(lines))), tuple(line["status"] for line in order["lines"])
    )


def doubled(found: Sequence[Purchase], wanted: Sequence[Content]) -> int:
    """Purchases beyond one for each that was wanted, and all that nobody wanted."""
    counted = Counter(purchase.content for purchase in found)
    return sum(number - (1 if content in wanted else 0) for content, number in counted.items())
