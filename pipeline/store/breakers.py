"""The state of circuit breakers, for all workers."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from pipeline.marketplaces.breaker import CLOSED, BreakerState
from pipeline.store.database import Database
from pipeline.store.tables import BREAKERS

_STATE = TypeAdapter(BreakerState)


class StoredBreakers:
    """`pipeline.marketplaces.breaker.BreakerStore` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, account: str) -> BreakerState:
        with self._database.transaction() as connection:
            found = connection.execute(
                select(BREAKERS.c.state).where(BREAKERS.c.account == account)
            ).scalar_one_or_none()
        return CLOSED if found is None else _STATE.validate_python(found)

    def save(self, account: str, state: BreakerState) -> None:
        kept = _STATE.dump_python(state, mode="json")
        row = insert(BREAKERS).values(account=account, state=kept)
        again = {"state": kept, "updated_at": func.clock_timestamp()}
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["account"], set_=again))
