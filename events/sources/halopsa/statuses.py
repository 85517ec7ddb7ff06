"""A tenant's ticket statuses: their names and numbers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from events.sources.halopsa.session import Session
from events.sources.named import Row, ident, text
from events.sources.tool import ToolFault

_FRESH = 3600.0


class Statuses:
    """Read when first needed and kept for an hour. Thread-safe."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Mapping[str, str] = {}
        self._read_at = float("-inf")

    def of(self, ticket: Row) -> str:
        """The name of a ticket's status; its number where no name is known. Raises ToolFault."""
        number = ident(ticket, "status_id")
        return text(ticket, "status_name", "statusname") or (self._names().get(number, number) if number else "")

    def number(self, status: str, variable: str) -> str:
        """Raises ToolFault where the tenant has no such status."""
        if status.strip().isdigit():
            return status.strip()
        wanted = status.strip().casefold()
        found = [number for number, name in self._names().items() if name.casefold() == wanted]
        if len(found) != 1:
            raise ToolFault(
                f"HaloPSA has {len(found) or 'no'} ticket statuses of this name: check {variable}, or set its number.",
                passes=False,
            )
        return found[0]

    def _names(self) -> Mapping[str, str]:
        with self._lock:
            if self._clock() - self._read_at > _FRESH:
                rows = self._session.rows("/api/Status")
                self._known = {ident(row, "id"): text(row, "name") for row in rows if ident(row, "id")}
                self._read_at = self._clock()
            return self._known
