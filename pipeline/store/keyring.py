"""Keys that were fetched, sealed, for all processes; each remembers what it has read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from pipeline.store.database import Database
from pipeline.store.tables import SECRETS

_PREFIX = "source_key:"


class StoredKeyRing:
    """Thread-safe. A key that has been replaced is found again only by processes that had not read the older one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, str] = {}

    def find(self, name: str) -> str | None:
        if (known := self._known.get(name)) is not None:
            return known
        with self._database.transaction() as connection:
            sealed = connection.execute(
                select(SECRETS.c.value).where(SECRETS.c.name == _PREFIX + name)
            ).scalar_one_or_none()
        if sealed is None:
            return None
        self._known[name] = self._database.open(sealed)
        return self._known[name]

    def keep(self, name: str, key: str) -> None:
        row = insert(SECRETS).values(name=_PREFIX + name, value=self._database.seal(key))
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))
        self._known[name] = key
