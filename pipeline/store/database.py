"""The database of one process: its engine, its cipher, and transactions."""

from __future__ import annotations

import secrets
import select as select_module
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline.store.cipher import Cipher, keyed_digest
from pipeline.store.tables import SECRETS

_DIGEST_KEY = "digest"
_RESTS_SINCE = "rests_since"
_TRUSTED_SECONDS = 10.0
# Parts die and networks freeze: nobody waits for ever, neither for a connection, nor for a lock, nor on a dead socket.
_OPTIONS = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"


def make_engine(url: str, *, pool_size: int = 5) -> Engine:
    """An engine for `postgresql://...`; nothing is connected yet. Make it after a fork, never before."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_recycle=1800,
        # An error's text names no values: they may be personal data.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "options": _OPTIONS,
            "tcp_user_timeout": 15000,
            "application_name": "quoteway",
        },
    )
    event.listen(engine, "checkin", _rests)
    event.listen(engine, "checkout", _wakes)
    return engine


def _rests(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _wakes(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """
    Before a connection is used again. What there is to read on an idle one is the server's farewell; then the pool is
    made anew. One that rested for long is asked too, for a network may lose a farewell.

    It takes the place of `pool_pre_ping`, which asks each time: a round trip for every transaction.
    """
    since = record.info.get(_RESTS_SINCE)
    if since is None:
        return
    driver: psycopg.Connection[Any] = connection
    long_ago = time.monotonic() - since > _TRUSTED_SECONDS
    if driver.closed or _has_news(driver) or (long_ago and not _answers(driver)):
        raise InvalidatePoolError("the server has let go of an idle connection")


def _has_news(driver: psycopg.Connection[Any]) -> bool:
    poll = select_module.poll()
    poll.register(driver.fileno(), select_module.POLLIN)
    return bool(poll.poll(0))


def _answers(driver: psycopg.Connection[Any]) -> bool:
    try:
        return driver.pgconn.exec_(b"").status is psycopg.pq.ExecStatus.EMPTY_QUERY
    except psycopg.Error:
        return False


class Database:
    """Hands out transactions and seals what goes into them. Thread-safe; one for each process."""

    def __init__(self, engine: Engine, cipher: Cipher) -> None:
        self.engine = engine
        self.cipher = cipher

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commits at the end, rolls back on any exception. Short: never open across a call to the outside."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def rehearsal(self) -> Iterator[Connection]:
        """A transaction that comes to nothing: what would be done is seen, and undone."""
        with self.engine.connect() as connection:
            yield connection

    def within(self, connection: Connection) -> Database:
        """The same database, all of whose transactions are parts of this one: one that fails undoes its part alone."""
        return _Within(self, connection)

    def seal(self, text: str) -> bytes:
        return self.cipher.seal(text)

    def open(self, sealed: bytes) -> str:
        return self.cipher.open(sealed)

    def digest(self, text: str) -> str:
        """Finds a row by personal data without keeping it. Stays the same when encryption keys rotate."""
        return keyed_digest(self._digest_key, text)

    @cached_property
    def _digest_key(self) -> bytes:
        fresh = self.cipher.seal(secrets.token_hex(32))
        with self.transaction() as connection:
            connection.execute(insert(SECRETS).values(name=_DIGEST_KEY, value=fresh).on_conflict_do_nothing())
            kept = connection.execute(select(SECRETS.c.value).where(SECRETS.c.name == _DIGEST_KEY)).scalar_one()
        return bytes.fromhex(self.cipher.open(kept))

    def close(self) -> None:
        self.engine.dispose()


class _Within(Database):
    def __init__(self, whole: Database, connection: Connection) -> None:
        super().__init__(whole.engine, whole.cipher)
        self._connection = connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._connection.begin_nested():
            yield self._connection
