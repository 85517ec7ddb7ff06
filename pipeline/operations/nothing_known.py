"""Known orders for who keeps none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from pipeline.domain.catalogue import PlacedOrder


class NothingKnown:
    """`pipeline.domain.known.KnownOrders` that knows no order and forgets what it learns: a plan keeps nothing."""

    def count(self) -> int:
        return 0

    def unknown(self, order_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(order_ids)

    def learn(self, orders: Sequence[PlacedOrder]) -> None:
        """Does nothing."""

    def seen_since(self, moment: datetime) -> tuple[str, ...]:
        del moment
        return ()
