"""The journal: what happened to an order, append only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from pipeline.ports import Exchange
from pipeline.store.database import Database
from pipeline.store.tables import JOURNAL


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One row. `kind` is attempt, act or event; `outcome` a word such as `advance` or `asked`; `notes` are sentences for
    the timeline; `exchanges` what was sent and answered, redacted.
    """

    kind: str
    stage: str
    outcome: str
    code: str = ""
    actor: str = ""
    milliseconds: int = 0
    notes: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    at: datetime | None = None


COLUMNS = ("kind", "stage", "outcome", "code", "actor", "milliseconds", "detail")
_WRITE = insert(JOURNAL)


def write(connection: Connection, database: Database, order_id: UUID, entry: Entry) -> None:
    """Adds an entry, in the transaction of what it tells of."""
    connection.execute(_WRITE, {"order_id": order_id, **columns_of(database, entry)})


def columns_of(database: Database, entry: Entry) -> dict[str, Any]:
    """The entry as its row holds it, by COLUMNS."""
    detail = {"notes": entry.notes, "exchanges": [asdict(exchange) for exchange in entry.exchanges]}
    return {
        "kind": entry.kind,
        "stage": entry.stage,
        "outcome": entry.outcome,
        "code": entry.code,
        "actor": entry.actor,
        "milliseconds": entry.milliseconds,
        "detail": database.seal(json.dumps(detail)) if entry.notes or entry.exchanges else None,
    }


def read(connection: Connection, database: Database, order_id: UUID) -> Sequence[Entry]:
    """The order's entries, oldest first."""
    rows = connection.execute(select(JOURNAL).where(JOURNAL.c.order_id == order_id).order_by(JOURNAL.c.id)).mappings()
    return [_entry(database, dict(row)) for row in rows]


def _entry(database: Database, row: dict[str, Any]) -> Entry:
    detail = json.loads(database.open(row["detail"])) if row["detail"] else {"notes": [], "exchanges": []}
    return Entry(
        kind=row["kind"],
        stage=row["stage"],
        outcome=row["outcome"],
        code=row["code"],
        actor=row["actor"],
        milliseconds=row["milliseconds"],
        notes=tuple(detail["notes"]),
        exchanges=tuple(Exchange(**exchange) for exchange in detail["exchanges"]),
        at=row["at"],
    )
