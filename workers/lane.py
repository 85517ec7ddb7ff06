"""The fast lane: when a worker goes on with an order's next stage itself instead of publishing it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

from pipeline.domain.stage import Stage

BUDGET_SECONDS = 1.0


class FastLane:
    """
    Knows which stages this worker serves and how long the queues were at the clock's last tick.

    `short` is how many waiting messages still count as a short queue. Switched off, every stage is published.
    """

    def __init__(self, serves: Collection[Stage], *, enabled: bool, short: int) -> None:
        self._serves = frozenset(serves)
        self._enabled = enabled
        self._short = short
        self._lengths: Mapping[str, int] = {}

    def saw(self, lengths: Mapping[str, int]) -> None:
        """The clock's last look at the queues."""
        self._lengths = lengths

    def begin(self) -> Callable[[Stage], bool]:
        """The lane of one task, whose time begins now."""
        until = time.monotonic() + BUDGET_SECONDS

        def goes_on(stage: Stage) -> bool:
            return (
                self._enabled
                and stage in self._serves
                and self._lengths.get(stage.value, 0) <= self._short
                and time.monotonic() < until
            )

        return goes_on
