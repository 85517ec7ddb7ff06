"""Keys that were fetched, sealed, for all processes; each remembers for a while what it has read."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from pipeline.store.database import Database
from pipeline.store.tables import SECRETS

_PREFIX = "source_key:"
_FRESH, _JUST_NOW = 60.0, 1.0


class StoredKeyRing:
    """Thread-safe. A key that another process replaces is found a minute later, by `find_again` a second later."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[float, str]] = {}

    def find(self, name: str) -> str | None:
        return self._find(name, _FRESH)

    def find_again(self, name: str) -> str | None:
        """Forged messages ask for it as well, so that it is read once a second at the most."""
        return self._find(name, _JUST_NOW)

    def keep(self, name: str, key: str) -> None:
        row = insert(SECRETS).values(name=_PREFIX + name, value=self._database.seal(key))
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))
        self._known[name] = self._clock(), key

    def keep_first(self, name: str, key: str) -> str:
        if (known := self.find(name)) is not None:
            return known
        row = insert(SECRETS).values(name=_PREFIX + name, value=self._database.seal(key))
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_nothing(index_elements=["name"]))
        kept = self._read(name)
        return key if kept is None else kept

    def _find(self, name: str, seconds: float) -> str | None:
        known = self._known.get(name)
        if known is not None and self._clock() - known[0] < seconds:
            return known[1]
        return self._read(name)

    def _read(self, name: str) -> str | None:
        at = self._clock()
        with self._database.transaction() as connection:
            sealed = connection.execute(
                select(SECRETS.c.value).where(SECRETS.c.name == _PREFIX + name)
            ).scalar_one_or_none()
        if sealed is None:
            return None
        key = self._database.open(sealed)
        self._known[name] = at, key
        return key
