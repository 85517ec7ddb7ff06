"""Events as rows: kept once for each delivery, read once, listed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.tables import CONNECTIONS, EVENTS, QUOTES


class EventStatus(StrEnum):
    """RECEIVED waits to be read; UNREADABLE waits for a person, who may have it replayed after a fix."""

    RECEIVED = "received"
    READ = "read"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    Why an event cannot be read: entries of `loc` and `msg`, free of personal data. `refused` says that the sender was
    told so (422), and is told so again until a replay has succeeded.
    """

    errors: tuple[dict[str, Any], ...]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A genuine message as it came. `delivery_id` None: the sender gave none. `trouble` None: it reads well."""

    connection: str
    delivery_id: str | None
    type: str
    body: bytes
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as kept. `body` is what came, to the byte."""

    id: UUID
    connection: str
    delivery_id: str | None
    type: str
    status: EventStatus
    body: bytes
    trouble: Trouble | None
    result: str | None
    received_at: datetime
    read_at: datetime | None
    faults: int


@dataclass(frozen=True, slots=True)
class Kept:
    """`first` False: this delivery had come before, and the rest is the first one's."""

    id: UUID
    first: bool
    status: EventStatus
    trouble: Trouble | None


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


def keep(connection: Connection, database: Database, delivery: Delivery, sealed: bytes | None = None) -> Kept:
    """
    Stores the delivery, due to be read at once if it reads well. One that came before is not stored again.

    `sealed` is the body's seal where the caller made it beforehand.
    """
    trouble = delivery.trouble
    row = insert(EVENTS).values(
        id=uuid4(),
        connection=delivery.connection,
        delivery_id=delivery.delivery_id,
        type=delivery.type,
        status=EventStatus.UNREADABLE if trouble else EventStatus.RECEIVED,
        body=sealed or seal_body(database, delivery.body),
        detail=_seal(database, trouble),
        received_at=func.clock_timestamp(),
        due_at=None if trouble else func.clock_timestamp(),
    )
    once = row.on_conflict_do_nothing(
        index_elements=["connection", "delivery_id"], index_where=EVENTS.c.delivery_id.is_not(None)
    )
    made = connection.execute(once.returning(EVENTS.c.id)).scalar_one_or_none()
    if made is None:
        return _first_one(connection, database, delivery)
    if not trouble:
        nudge(connection)
    return Kept(made, True, EventStatus.UNREADABLE if trouble else EventStatus.RECEIVED, trouble)


def _first_one(connection: Connection, database: Database, delivery: Delivery) -> Kept:
    row = connection.execute(
        select(EVENTS.c.id, EVENTS.c.status, EVENTS.c.detail).where(
            EVENTS.c.connection == delivery.connection, EVENTS.c.delivery_id == delivery.delivery_id
        )
    ).one()
    return Kept(row.id, False, EventStatus(row.status), _open(database, row.detail))


def seal_body(database: Database, body: bytes) -> bytes:
    """Any bytes, also such as are no text."""
    return database.seal(body.decode("latin-1"))


def lock(connection: Connection, database: Database, event_id: UUID) -> Event | None:
    """The event, locked until the transaction ends."""
    row = connection.execute(select(EVENTS).where(EVENTS.c.id == event_id).with_for_update()).mappings().first()
    return None if row is None else _event(database, row)


def read(connection: Connection, database: Database, event_id: UUID) -> Event | None:
    row = connection.execute(select(EVENTS).where(EVENTS.c.id == event_id)).mappings().first()
    return None if row is None else _event(database, row)


def quote_named(connection: Connection, event_id: UUID) -> tuple[str, str] | None:
    """System and id of the quote that the event was read to be about."""
    named = select(QUOTES.c.system, QUOTES.c.quote_id).join(EVENTS, EVENTS.c.quote_pk == QUOTES.c.id)
    found = connection.execute(named.where(EVENTS.c.id == event_id)).first()
    return None if found is None else (found.system, found.quote_id)


def mark_read(connection: Connection, event_id: UUID, result: str, quote_pk: UUID) -> None:
    """What the sender was told at first is remembered: a refusal that a replay has healed is answered differently."""
    values = {"status": EventStatus.READ, "result": result, "quote_pk": quote_pk, "due_at": None}
    connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(read_at=func.clock_timestamp(), **values))


def mark_unreadable(connection: Connection, database: Database, event_id: UUID, trouble: Trouble) -> None:
    """Sets the event aside for a person."""
    values = {"status": EventStatus.UNREADABLE, "detail": _seal(database, trouble), "due_at": None}
    connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(values))


def count_fault(connection: Connection, event_id: UUID) -> int | None:
    """Counts a fault of ours in reading; gives how many there were. None when the event no longer waits for that."""
    faults: int | None = connection.execute(
        update(EVENTS)
        .where(EVENTS.c.id == event_id, EVENTS.c.status == EventStatus.RECEIVED)
        .values(faults=EVENTS.c.faults + 1, published=0)
        .returning(EVENTS.c.faults)
    ).scalar_one_or_none()
    return faults


def put_off(connection: Connection, event_id: UUID, wait: timedelta) -> None:
    """The event is due again after `wait`."""
    connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(due_at=func.clock_timestamp() + wait))


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
        wanted = wanted.where(EVENTS.c.connection == source)
    rows = connection.execute(wanted).mappings()
    return [_listed(database, row) for row in rows]


def count_refused(connection: Connection, counts: Mapping[str, int]) -> None:
    """Adds deliveries that were not genuine to their connections' counters. Nothing else is kept of them."""
    for name, count in sorted(counts.items()):
        row = insert(CONNECTIONS).values(name=name, refused=count, last_refused_at=func.now())
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["name"],
                set_={"refused": CONNECTIONS.c.refused + count, "last_refused_at": func.now()},
            )
        )


def saw(connection: Connection, source: str) -> None:
    """Notes that the connection delivers. Rarely writes: its row must not become a queue that deliveries stand in."""
    connection.execute(insert(CONNECTIONS).values(name=source).on_conflict_do_nothing())
    stale = or_(CONNECTIONS.c.last_event_at.is_(None), CONNECTIONS.c.last_event_at < func.now() - timedelta(seconds=5))
    connection.execute(update(CONNECTIONS).where(CONNECTIONS.c.name == source, stale).values(last_event_at=func.now()))


def _seal(database: Database, trouble: Trouble | None) -> bytes | None:
    if trouble is None:
        return None
    return database.seal(json.dumps({"errors": trouble.errors, "refused": trouble.refused}))


def _open(database: Database, detail: bytes | None) -> Trouble | None:
    if detail is None:
        return None
    kept = json.loads(database.open(detail))
    return Trouble(tuple(kept["errors"]), kept["refused"])


def _event(database: Database, row: Mapping[Any, Any]) -> Event:
    return Event(
        id=row["id"],
        connection=row["connection"],
        delivery_id=row["delivery_id"],
        type=row["type"],
        status=EventStatus(row["status"]),
        body=database.open(row["body"]).encode("latin-1"),
        trouble=_open(database, row["detail"]),
        result=row["result"],
        received_at=row["received_at"],
        read_at=row["read_at"],
        faults=row["faults"],
    )


def _listed(database: Database, row: Mapping[Any, Any]) -> Listed:
    return Listed(
        id=row["id"],
        connection=row["connection"],
        delivery_id=row["delivery_id"],
        type=row["type"],
        status=EventStatus(row["status"]),
        result=row["result"],
        trouble=_open(database, row["detail"]),
        received_at=row["received_at"],
        read_at=row["read_at"],
        faults=row["faults"],
        system=row["system"],
        quote_id=row["quote_id"],
    )
