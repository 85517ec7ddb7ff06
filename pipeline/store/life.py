"""Signs of life of the workers: who serves which stages, and what its clock saw last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from pipeline.store.tables import WORKERS

# A worker that has not ticked for so long is gone; its row goes a day later.
SILENT = timedelta(seconds=30)
_FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Worker:
    id: str
    serves: tuple[str, ...]
    started_at: datetime
    ticked_at: datetime
    alive: bool


def tick(connection: Connection, worker_id: str, serves: Sequence[str], queues: Mapping[str, int]) -> int:
    """Keeps this worker's sign of life, and gives how many workers are alive."""
    seen = {"stages": list(serves), "queues": dict(queues), "ticked_at": func.clock_timestamp()}
    row = insert(WORKERS).values(id=worker_id, started_at=func.clock_timestamp(), **seen)
    connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=seen))
    connection.execute(delete(WORKERS).where(WORKERS.c.ticked_at < func.clock_timestamp() - _FORGOTTEN))
    alive = select(func.count()).select_from(WORKERS).where(WORKERS.c.ticked_at > func.clock_timestamp() - SILENT)
    return connection.execute(alive).scalar_one()


def gone(connection: Connection, worker_id: str) -> None:
    """A worker that ends in order takes its row with it."""
    connection.execute(delete(WORKERS).where(WORKERS.c.id == worker_id))


def workers(connection: Connection) -> Sequence[Worker]:
    """All workers that ticked within a day, the newest tick first."""
    alive = (WORKERS.c.ticked_at > func.clock_timestamp() - SILENT).label("alive")
    rows = connection.execute(select(*WORKERS.c, alive).order_by(WORKERS.c.ticked_at.desc()))
    return [Worker(row.id, tuple(row.stages), row.started_at, row.ticked_at, row.alive) for row in rows]
