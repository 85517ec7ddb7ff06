"""What is known of a company's orders where the marketplace keeps no reference of ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from pipeline.domain.catalogue import PlacedOrder


class KnownOrders(Protocol):
    """
    The orders that one company is known to have at a marketplace without a reference of ours, kept as rows.

    Once learnt, an order stays known. `learn` may be repeated.
    """

    def count(self) -> int: ...

    def unknown(self, order_ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that are not known yet."""
        ...

    def learn(self, orders: Sequence[PlacedOrder]) -> None: ...

    def seen_since(self, moment: datetime) -> tuple[str, ...]:
        """Ids first learnt after `moment` that no claim of ours owns, oldest first."""
        ...
