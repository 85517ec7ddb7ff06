"""What an opportunity's status means: its name is the tenant's own, two flags say whether it is won or lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from enum import StrEnum

from events.sources.connectwise.api import TITLE, Api
from events.sources.connectwise.fields import flag, identity
from events.sources.tool import ToolFault

STATUSES = "/sales/opportunities/statuses"
_SECONDS = 300.0


class Standing(StrEnum):
    WON = "won"
    LOST = "lost"
    OPEN = "open"


class Statuses:
    """Read again every five minutes, and at once for a status that was not there. Thread-safe."""

    def __init__(self, api: Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._known: tuple[float, Mapping[int, Standing]] | None = None

    def standing(self, status: int) -> Standing:
        """Raises ToolFault, also where no such status is listed."""
        known = self._known
        if known is None or status not in known[1] or self._clock() - known[0] > _SECONDS:
            known = self._clock(), self.read()
            self._known = known
        if status not in known[1]:
            raise ToolFault(f"{TITLE} lists no opportunity status {status}.")
        return known[1][status]

    def read(self) -> dict[int, Standing]:
        """Raises ToolFault."""
        return {found: _standing(one) for one in self._api.all(STATUSES) if (found := identity(one, "id"))}


def _standing(status: Mapping[str, object]) -> Standing:
    if flag(status, "lostFlag"):
        return Standing.LOST
    return Standing.WON if flag(status, "wonFlag") else Standing.OPEN
