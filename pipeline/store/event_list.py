"""Events for a list: without their bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, tuple_

from pipeline.store.database import Database
from pipeline.store.events import EventStatus, Trouble, open_trouble
from pipeline.store.sought import sought
from pipeline.store.tables import EVENTS, QUOTES


@dataclass(frozen=True, slots=True)
class Listed:
    """An event for a list, without its body. `system`, `quote_id`: of the quote that it was read to be about."""

    id: UUID
    connection: str
    delivery_id: str | None
    type: str
    status: EventStatus
    result: str | None
    trouble: Trouble | None
    received_at: datetime
    read_at: datetime | None
    faults: int
    system: str | None
    quote_id: str | None


def listed(
    connection: Connection,
    database: Database,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
    status: EventStatus | None = None,
    source: str | None = None,
) -> Sequence[Listed]:
    """Events, newest first; `before` is (received_at, id) of the last one of the page before."""
    columns = [column for column in EVENTS.c if column.name not in {"body", "quote_pk", "due_at", "published"}]
    wanted = (
        select(*columns, QUOTES.c.system, QUOTES.c.quote_id)
        .outerjoin(QUOTES, QUOTES.c.id == EVENTS.c.quote_pk)
        .order_by(EVENTS.c.received_at.desc(), EVENTS.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(tuple_(EVENTS.c.received_at, EVENTS.c.id) < before)
    if status is not None:
        wanted = wanted.where(EVENTS.c.status == status)
    if source is not None:
        wanted = wanted.where(EVENTS.c.connection == sought(source))
    rows = connection.execute(wanted).mappings()
    return [_listed(database, row) for row in rows]


def _listed(database: Database, row: Mapping[Any, Any]) -> Listed:
    return Listed(
        id=row["id"],
        connection=row["connection"],
        delivery_id=row["delivery_id"],
        type=row["type"],
        status=EventStatus(row["status"]),
        result=row["result"],
        trouble=open_trouble(database, row["detail"]),
        received_at=row["received_at"],
        read_at=row["read_at"],
        faults=row["faults"],
        system=row["system"],
        quote_id=row["quote_id"],
    )
