"""
Virtual time: a PostgreSQL database, a process and a marketplace whose clocks are turned by hand.

The store asks the database for every instant. In a database of this kind `now()` and `clock_timestamp()` are functions
of ours, found before PostgreSQL's own, which give what the clock says. So the store's own statements run, and what
waits for ninety days is waited for in no time. See docs/decisions/0012-virtual-time-in-the-real-database.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline.store.cipher import Cipher
from pipeline.store.database import Database, make_engine
from workers.database import upgrade
from workers.embedded import EmbeddedPostgres

BEGINNING = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
_CLOCK = "virtual.now"
_SETTINGS = {
    # Ours are found first. Tables come to be where they always do.
    "search_path": "public, pg_catalog",
    "synchronous_commit": "off",
    # Read once and then for ever, so that the same seed plans the same.
    "jit": "off",
}


class VirtualClock:
    """
    The time of everything in a world. `now()` is the database's and the marketplace's.

    `boottime()` is the process's CLOCK_BOOTTIME: it advances as much, from somewhere else.
    """

    def __init__(self, start: datetime = BEGINNING) -> None:
        self._start = start
        self._now = start

    def begin(self, start: datetime) -> None:
        """Another world begins, which knows nothing of the one before."""
        self._start = self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | float) -> datetime:
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)
        return self._now

    def boottime(self) -> float:
        return 1000.0 + (self._now - self._start).total_seconds()

    def pause(self, seconds: float) -> None:
        """Waiting takes no time, and the clock says that it did."""
        self.advance(seconds)


def virtual_database(server: EmbeddedPostgres, name: str) -> str:
    """Makes a migrated database of this name whose time is a connection's to say; gives its address."""
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        for setting, value in {**_SETTINGS, _CLOCK: BEGINNING.isoformat()}.items():
            alter = sql.SQL("ALTER DATABASE {} SET {} = " + ("{}" if setting != "search_path" else value))
            one = (sql.Identifier(name), sql.Identifier(*setting.split(".")))
            connection.execute(alter.format(*one, *([sql.Literal(value)] if setting != "search_path" else [])))
    url = server.url_of(name)
    with psycopg.connect(url, autocommit=True) as connection:
        for function in ("now", "clock_timestamp"):
            connection.execute(
                sql.SQL(
                    "CREATE FUNCTION public.{}() RETURNS timestamptz LANGUAGE sql STABLE "
                    "AS $$ SELECT current_setting('virtual.now')::timestamptz $$"
                ).format(sql.Identifier(function))
            )
    upgrade(url)
    return url


class VirtualDatabase(Database):
    """A database of virtual time. Each connection is told what time it is when it is taken."""

    def __init__(self, url: str, clock: VirtualClock, cipher: Cipher, *, pool_size: int = 1) -> None:
        engine = make_engine(url, pool_size=pool_size)
        super().__init__(engine, cipher)
        keep_time(engine, clock)


def keep_time(engine: Engine, clock: VirtualClock) -> None:
    """Tells each connection of the engine the time, when it is taken from the pool."""

    def told(driver: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        now = clock.now().isoformat()
        if record.info.get(_CLOCK) != now:
            # Outside of any transaction, so that no rollback takes it back.
            driver.autocommit = True
            driver.execute("SELECT set_config('virtual.now', %s, false)", (now,))
            driver.autocommit = False
            record.info[_CLOCK] = now

    event.listen(engine, "checkout", told)
