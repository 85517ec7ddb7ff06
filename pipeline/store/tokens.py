"""Access tokens for all workers: encrypted rows, and one worker at a time that fetches a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from pipeline.ports import Token
from pipeline.store.database import Database
from pipeline.store.tables import TOKENS

# A token is fetched anew this long before it ends, so that no call is made with one that ends on the way.
_EARLY = timedelta(minutes=5)
_LOCK_SPACE = 7_716_42


class StoredTokens:
    """`pipeline.ports.Tokens` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self, account: str) -> Token | None:
        with self._database.transaction() as connection:
            return self._good(connection, account)

    def refresh(self, account: str, seen: int | None, fetch: Callable[[], tuple[str, timedelta]]) -> Token:
        """
        Holds an advisory lock of the account while it fetches: the others wait, and then find the new token. The one
        place where a transaction is open during a call to the outside, because the lock has to be.
        """
        with self._database.transaction() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:space, hashtext(:account))"), _lock(account))
            kept = self._good(connection, account)
            if kept is not None and (seen is None or kept.generation > seen):
                return kept
            value, lifetime = fetch()
            return self._keep(connection, account, value, lifetime)

    def _good(self, connection: Connection, account: str) -> Token | None:
        life = func.extract("epoch", TOKENS.c.expires_at - TOKENS.c.fetched_at)
        early = func.make_interval(0, 0, 0, 0, 0, 0, func.least(_EARLY.total_seconds(), life / 5))
        row = connection.execute(
            select(TOKENS).where(TOKENS.c.account == account, TOKENS.c.expires_at - early > func.clock_timestamp())
        ).first()
        return None if row is None else Token(self._database.open(row.value), row.expires_at, row.generation)

    def _keep(self, connection: Connection, account: str, value: str, lifetime: timedelta) -> Token:
        fresh = {
            "value": self._database.seal(value),
            "fetched_at": func.clock_timestamp(),
            "expires_at": func.clock_timestamp() + lifetime,
        }
        row = connection.execute(
            insert(TOKENS)
            .values(account=account, generation=1, **fresh)
            .on_conflict_do_update(index_elements=["account"], set_={**fresh, "generation": TOKENS.c.generation + 1})
            .returning(TOKENS.c.expires_at, TOKENS.c.generation)
        ).one()
        return Token(value, row.expires_at, row.generation)


def _lock(account: str) -> dict[str, object]:
    return {"space": _LOCK_SPACE, "account": account}
