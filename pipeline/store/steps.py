"""
What every step commits, as one statement: the order moves, its journal gains an entry, its passing questions close.

It is all of it or nothing, as three statements of a transaction would be, for a third of their round trips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, Connection, Executable, Interval, Text, all_, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from pipeline.store import journal
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.orders import Moved
from pipeline.store.questions import PASSING
from pipeline.store.tables import JOURNAL, ORDERS, QUESTIONS


@dataclass(frozen=True, slots=True)
class FromNow:
    """An instant in a step's values: so long after the database's own now."""

    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Step:
    """
    A change of an order's row with its journal entry. `keep` are the keys of the questions that stay open; None leaves
    all of them open. `version` None: whatever it is (the caller holds the row's lock).
    """

    order_id: UUID
    version: int | None
    values: Mapping[str, Any]
    entry: Entry
    keep: Sequence[str] | None


def commit_step(connection: Connection, database: Database, step: Step) -> Moved | None:
    """Counts the version up. None, and nothing is changed or noted, when somebody else was faster."""
    entry = journal.columns_of(database, step.entry)
    arguments: dict[str, Any] = {"order": step.order_id}
    for name, value in step.values.items():
        arguments[f"to_{name}"] = value.after if isinstance(value, FromNow) else value
    for name, value in entry.items():
        arguments[f"entry_{name}"] = value
    if step.version is not None:
        arguments["version"] = step.version
    if step.keep is not None:
        arguments["keep"] = list(step.keep)
    moved = connection.execute(_statement(_shape(step)), arguments).first()
    return None if moved is None else Moved(int(moved.version), moved.now)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What makes one statement differ from another: columns, and of which the value is an instant from now on."""

    columns: tuple[tuple[str, bool], ...]
    versioned: bool
    closing: bool


def _shape(step: Step) -> _Shape:
    columns = tuple((name, isinstance(value, FromNow)) for name, value in sorted(step.values.items()))
    return _Shape(columns, step.version is not None, step.keep is not None)


@lru_cache(maxsize=64)
def _statement(shape: _Shape) -> Executable:
    """Built once for each shape: building costs more than running it."""
    moved = _moved(shape)
    made = select(moved.c.version, moved.c.now).add_cte(_noted(moved))
    return made.add_cte(_closed(moved)) if shape.closing else made


def _moved(shape: _Shape) -> CTE:
    now = func.clock_timestamp()
    changed: dict[str, Any] = {"version": ORDERS.c.version + 1, "updated_at": now}
    for name, from_now in shape.columns:
        column = ORDERS.c[name]
        changed[name] = (
            now + bindparam(f"to_{name}", type_=Interval) if from_now else bindparam(f"to_{name}", type_=column.type)
        )
    mine = [ORDERS.c.id == bindparam("order", type_=ORDERS.c.id.type)]
    if shape.versioned:
        mine.append(ORDERS.c.version == bindparam("version", type_=ORDERS.c.version.type))
    return (
        update(ORDERS)
        .where(*mine)
        .values(changed)
        .returning(ORDERS.c.id, ORDERS.c.version, now.label("now"))
        .cte("moved")
    )


def _noted(moved: CTE) -> CTE:
    names = journal.COLUMNS
    entry = [bindparam(f"entry_{name}", type_=JOURNAL.c[name].type) for name in names]
    return insert(JOURNAL).from_select(["order_id", *names], select(moved.c.id, *entry)).cte("noted")


def _closed(moved: CTE) -> CTE:
    """Keys to keep are one array, so that one statement serves for any number of them."""
    others = QUESTIONS.c.key != all_(bindparam("keep", type_=ARRAY(Text)))
    return (
        update(QUESTIONS)
        .where(QUESTIONS.c.order_id == moved.c.id, PASSING, others)
        .values(withdrawn_at=func.clock_timestamp())
        .cte("closed")
    )
