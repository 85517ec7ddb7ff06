"""The product map's rows: looked up for a quote, listed, put, removed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, Text, cast, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from pipeline.domain.map_row import Identity, MapRow
from pipeline.store import counts
from pipeline.store.database import Database
from pipeline.store.sought import sought
from pipeline.store.tables import PRODUCT_MAP
from pipeline.store.views import MOST, BadCursor

_IDENTITY = (PRODUCT_MAP.c.source, PRODUCT_MAP.c.key, PRODUCT_MAP.c.valid_from, PRODUCT_MAP.c.marketplace)
_AT_ONCE = 500
_LOCK = text("LOCK TABLE product_map IN SHARE ROW EXCLUSIVE MODE")


class Outcome(StrEnum):
    """What putting a row does, or would do, to the one of the same identity."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Kept:
    id: UUID
    row: MapRow
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Put:
    """`before` is what the row was; None where there was none."""

    outcome: Outcome
    kept: Kept
    before: MapRow | None = None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list is narrowed to, to the letter; empty means any."""

    source: str = ""
    key: str = ""
    marketplace: str = ""


@dataclass(frozen=True, slots=True)
class MapPage:
    """`next_cursor` None: there is no more."""

    items: Sequence[Kept]
    next_cursor: str | None


def rows_for(
    connection: Connection, database: Database, sources: Sequence[str], keys: Iterable[str]
) -> Sequence[MapRow]:
    """All rows of these sources for these keys, in force or not."""
    wanted = sorted({key.strip() for key in keys if _can_be_kept(key)})
    query = select(PRODUCT_MAP).where(PRODUCT_MAP.c.source.in_(list(sources)), PRODUCT_MAP.c.key.in_(wanted))
    return [_kept(database, row).row for row in connection.execute(query.order_by(*_IDENTITY))]


def put(connection: Connection, database: Database, row: MapRow, *, actor: str) -> Put:
    """Adds the row, or changes the one of the same identity. What is there already is left as it is."""
    [done] = put_all(connection, database, [row], actor=actor)
    return done


def put_all(connection: Connection, database: Database, rows: Sequence[MapRow], *, actor: str) -> Sequence[Put]:
    """The same for several of different identities. Until the transaction ends nobody else changes the map."""
    connection.execute(_LOCK)
    done = would_put(connection, database, rows, actor=actor)
    for one in done:
        if one.outcome is Outcome.CHANGED:
            mine = PRODUCT_MAP.c.id == one.kept.id
            connection.execute(update(PRODUCT_MAP).where(mine).values(_values(database, one.kept)))
    added = [_values(database, one.kept) for one in done if one.outcome is Outcome.ADDED]
    if added:
        connection.execute(insert(PRODUCT_MAP), added)
    return done


def would_put(connection: Connection, database: Database, rows: Sequence[MapRow], *, actor: str) -> Sequence[Put]:
    """What `put_all` would do; changes nothing."""
    before = _of_identities(connection, database, [row.identity for row in rows])
    now = counts.now(connection)
    return [_judged(row, before.get(row.identity), actor, now) for row in rows]


def remove(connection: Connection, database: Database, row_id: UUID) -> Kept | None:
    """The row that was removed; None where there is none."""
    gone = connection.execute(delete(PRODUCT_MAP).where(PRODUCT_MAP.c.id == row_id).returning(*PRODUCT_MAP.c)).first()
    return None if gone is None else _kept(database, gone)


def named(connection: Connection, beginning: str) -> Sequence[UUID]:
    """The ids that begin so, two at most."""
    query = select(PRODUCT_MAP.c.id).where(func.starts_with(cast(PRODUCT_MAP.c.id, Text), beginning.strip().lower()))
    return connection.execute(query.order_by(PRODUCT_MAP.c.id).limit(2)).scalars().all()


def listed(
    connection: Connection, database: Database, only: Narrowed = Narrowed(), limit: int = MOST, cursor: str = ""
) -> MapPage:
    """By source, key, day and marketplace, 100 at most. `cursor` goes on where a page ended. Raises BadCursor."""
    most = min(max(limit, 1), MOST)
    query = select(PRODUCT_MAP).order_by(*_IDENTITY).limit(most + 1)
    for column, value in ((_IDENTITY[0], only.source), (_IDENTITY[1], only.key), (_IDENTITY[3], only.marketplace)):
        if value:
            query = query.where(column == sought(value))
    if cursor:
        query = query.where(tuple_(*_IDENTITY) > tuple_(*_read(cursor)))
    found = [_kept(database, row) for row in connection.execute(query)]
    more = len(found) > most
    return MapPage(found[:most], _written(found[most - 1].row.identity) if more else None)


def everything(connection: Connection, database: Database) -> Sequence[MapRow]:
    return [_kept(database, row).row for row in connection.execute(select(PRODUCT_MAP).order_by(*_IDENTITY))]


def _of_identities(connection: Connection, database: Database, wanted: Sequence[Identity]) -> dict[Identity, Kept]:
    found: dict[Identity, Kept] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = select(PRODUCT_MAP).where(tuple_(*_IDENTITY).in_(wanted[start : start + _AT_ONCE]))
        found |= {kept.row.identity: kept for kept in (_kept(database, row) for row in connection.execute(some))}
    return found


def _judged(row: MapRow, before: Kept | None, actor: str, now: datetime) -> Put:
    if before is None:
        return Put(Outcome.ADDED, Kept(uuid4(), row, actor, now))
    if before.row == row:
        return Put(Outcome.UNCHANGED, before, before.row)
    return Put(Outcome.CHANGED, Kept(before.id, row, actor, now), before.row)


def _values(database: Database, kept: Kept) -> dict[str, Any]:
    answers = kept.row.provisioning
    return {
        **kept.row.model_dump(exclude={"provisioning"}),
        "id": kept.id,
        "provisioning": database.seal(json.dumps(answers)) if answers else None,
        "changed_by": kept.changed_by,
        "changed_at": kept.changed_at,
    }


def _kept(database: Database, row: Row[Any]) -> Kept:
    values = {name: getattr(row, name) for name in MapRow.model_fields}
    values["provisioning"] = json.loads(database.open(row.provisioning)) if row.provisioning else {}
    return Kept(row.id, MapRow(**values), row.changed_by, row.changed_at)


def _can_be_kept(text: str) -> bool:
    """PostgreSQL keeps neither NUL nor half a character, so that nothing can be mapped by them."""
    return "\x00" not in text and not any("\ud800" <= mark <= "\udfff" for mark in text)


def _written(identity: Identity) -> str:
    source, key, day, marketplace = identity
    words = json.dumps([source, key, day.isoformat(), marketplace])
    return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")


def _read(cursor: str) -> Identity:
    try:
        source, key, day, marketplace = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not all(isinstance(word, str) and _can_be_kept(word) for word in (source, key, marketplace)):
            raise ValueError(cursor)
        return source, key, date.fromisoformat(day), marketplace
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise BadCursor("The cursor is none that a list gave out; take next_cursor as it came.") from error
