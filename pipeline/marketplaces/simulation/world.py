"""What every simulated marketplace's world has: a clock, ids that repeat, and things that happen by themselves."""

import heapq
import random
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from pipeline.marketplaces.simulation.clock import SimulationClock


class SimulatedWorld:
    """The state; seeded, so that equal calls make equal ids. Tests read and change it directly.

    `lock` is held around every call; take it to change the world while a server runs. `writes` names each write that
    was carried out, in their order.
    """

    def __init__(self, clock: SimulationClock, seed: int = 0) -> None:
        self.clock = clock
        self.rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.lock = threading.RLock()
        self.writes: list[str] = []
        self._later: list[tuple[datetime, int, Callable[[], None]]] = []
        self._ticket = count()
        self._acting_at: datetime | None = None

    @property
    def now(self) -> datetime:
        """The clock's time; for what is carried out later, the time at which that was due."""
        return self._acting_at or self.clock.now()

    @property
    def bought(self) -> Sequence[Any]:
        """The orders that came in over the API and cost money, oldest first; each marketplace has its own kind."""
        return ()

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def later(self, after: float, act: Callable[[], None]) -> None:
        """Do it once the clock has gone on by so many seconds: as of then, though at the next look at the world."""
        heapq.heappush(self._later, (self.now + timedelta(seconds=after), next(self._ticket), act))

    def settle(self) -> None:
        with self.lock:
            while self._later and self._later[0][0] <= self.clock.now():
                before = self._acting_at
                self._acting_at, _, act = heapq.heappop(self._later)
                try:
                    act()
                finally:
                    self._acting_at = before
