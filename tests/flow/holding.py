"""Holding a process still at an exact place: in a statement of its own, or in the middle of its commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tests.flow.house import until

_LOCK = 4711
_WAITING = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Holding:
    """Whoever comes to one of the places waits in the database until `let_go`, if it is still alive by then."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def at(self, table: str, when: str, *, in_commit: bool = False) -> None:
        """
        Where a row of the table comes to be as `when` says (NEW is the row). In the commit, its transaction is
        complete but for that; else it is under way, and a process that dies there has changed nothing.
        """
        deferred = "INITIALLY DEFERRED" if in_commit else "INITIALLY IMMEDIATE"
        name = f"hold_{table}_{abs(hash(when)):x}"
        self._connection.execute(
            f"CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE ON {table} "
            f"DEFERRABLE {deferred} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION hold_still()"
        )

    def held(self) -> int:
        found = self._connection.execute(_WAITING).fetchone()
        assert found is not None
        return int(found[0])

    def wait(self, count: int = 1) -> None:
        until(lambda: self.held() >= count, told=lambda: f"{self.held()} are held")

    def let_go(self) -> None:
        self._connection.execute("SELECT pg_advisory_unlock_all()")


@contextmanager
def holding(database_url: str) -> Iterator[Holding]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "CREATE FUNCTION hold_still() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS "
                "$$ BEGIN PERFORM pg_advisory_xact_lock_shared({}); RETURN NULL; END $$"
            ).format(sql.Literal(_LOCK))
        )
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        yield Holding(connection)
