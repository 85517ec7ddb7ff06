"""Events as rows: kept once for each delivery, read once, listed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.tables import CONNECTIONS, EVENTS, QUOTES


class EventStatus(StrEnum):
    """
    RECEIVED waits to be read; UNREADABLE waits for a person, who may have it replayed after a fix. UNVERIFIED waits for
    the key that shows whether it is genuine; FORGED was not.
    """

    RECEIVED = "received"
    UNVERIFIED = "unverified"
    FORGED = "forged"
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
    """
    A message as it came. `delivery_id` None: the sender gave none. `trouble` None: it reads well.

    `evidence` is what shows that it is genuine, where that is not known yet; None: it is.
    """

    connection: str
    delivery_id: str | None
    type: str
    body: bytes
    trouble: Trouble | None = None
    evidence: Mapping[str, Any] | None = None


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
    evidence: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """`first` False: this delivery had come before, and the rest is the first one's."""

    id: UUID
    first: bool
    status: EventStatus
    trouble: Trouble | None


def keep(connection: Connection, database: Database, delivery: Delivery, sealed: bytes | None = None) -> Kept:
    """
    Stores the delivery, due to be read at once if it reads well. One that came before is not stored again.

    `sealed` is the body's seal where the caller made it beforehand.
    """
    row = _row(database, delivery, sealed)
    made = connection.execute(_once([row])).scalar_one_or_none()
    if made is None:
        return _first_one(connection, database, delivery)
    if not delivery.trouble:
        nudge(connection)
    return Kept(made, True, row["status"], delivery.trouble)


def keep_all(database: Database, deliveries: Sequence[Delivery]) -> int:
    """
    Stores deliveries that read well and that nobody waits for, in a transaction of its own; gives how many are new.

    By one statement: whoever brings the same delivery at this moment waits for the commit, and must not wait long.
    """
    rows = [_row(database, each) for each in deliveries]
    if not rows:
        return 0
    with database.transaction() as connection:
        made = connection.execute(_once(rows)).scalars().all()
        if made:
            nudge(connection)
        return len(made)


def _row(database: Database, delivery: Delivery, sealed: bytes | None = None) -> dict[str, Any]:
    trouble = delivery.trouble
    status = EventStatus.UNREADABLE if trouble else EventStatus.RECEIVED
    if delivery.evidence is not None:
        status = EventStatus.UNVERIFIED
    return {
        "id": uuid4(),
        "connection": delivery.connection,
        "delivery_id": delivery.delivery_id,
        "type": delivery.type,
        "status": status,
        "body": sealed or seal_body(database, delivery.body),
        "detail": _seal(database, trouble)
        if delivery.evidence is None
        else _seal_evidence(database, delivery.evidence),
        "received_at": func.clock_timestamp(),
        "due_at": None if trouble else func.clock_timestamp(),
    }


def _once(rows: Sequence[dict[str, Any]]) -> ReturningInsert[Any]:
    """Stores what was not stored before, and gives the new ones' ids."""
    # A statement for one row is compiled once, one for several each time.
    several = insert(EVENTS).values(rows if len(rows) > 1 else rows[0])
    once = several.on_conflict_do_nothing(
        index_elements=["connection", "delivery_id"], index_where=EVENTS.c.delivery_id.is_not(None)
    )
    return once.returning(EVENTS.c.id)


def _first_one(connection: Connection, database: Database, delivery: Delivery) -> Kept:
    row = connection.execute(
        select(EVENTS.c.id, EVENTS.c.status, EVENTS.c.detail).where(
            EVENTS.c.connection == delivery.connection, EVENTS.c.delivery_id == delivery.delivery_id
        )
    ).one()
    return Kept(row.id, False, EventStatus(row.status), open_trouble(database, row.detail))


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


def connection_of(connection: Connection, event_id: UUID) -> str | None:
    """The name of the source connection that it came through."""
    return connection.execute(select(EVENTS.c.connection).where(EVENTS.c.id == event_id)).scalar_one_or_none()


def quote_named(connection: Connection, event_id: UUID) -> tuple[str, str] | None:
    """System and id of the quote that the event was read to be about."""
    named = select(QUOTES.c.system, QUOTES.c.quote_id).join(EVENTS, EVENTS.c.quote_pk == QUOTES.c.id)
    found = connection.execute(named.where(EVENTS.c.id == event_id)).first()
    return None if found is None else (found.system, found.quote_id)


def mark_read(connection: Connection, event_id: UUID, result: str, quote_pk: UUID | None) -> None:
    """What the sender was told at first is remembered: a refusal that a replay has healed is answered differently."""
    values = {"status": EventStatus.READ, "result": result, "quote_pk": quote_pk, "due_at": None}
    connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(read_at=func.clock_timestamp(), **values))


def mark_forged(connection: Connection, event_id: UUID, name: str) -> None:
    """It was not genuine after all: counted like those that are refused at the door, and nothing follows from it."""
    values = {"status": EventStatus.FORGED, "due_at": None, "result": "not genuine"}
    connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(read_at=func.clock_timestamp(), **values))
    count_refused(connection, {name: 1})


def mark_unreadable(connection: Connection, database: Database, event_id: UUID, trouble: Trouble) -> None:
    """Sets the event aside for a person."""
    values = {"status": EventStatus.UNREADABLE, "detail": _seal(database, trouble), "due_at": None}
    connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(values))


def dismiss(connection: Connection, event_id: UUID, actor: str) -> bool:
    """An event that waits for a person does so no longer: nothing follows from it. False where it does not wait."""
    values = {"status": EventStatus.READ, "result": f"dismissed by {actor}", "due_at": None}
    done = connection.execute(
        update(EVENTS)
        .where(EVENTS.c.id == event_id, EVENTS.c.status == EventStatus.UNREADABLE)
        .values(read_at=func.clock_timestamp(), **values)
    )
    return done.rowcount == 1


def count_fault(connection: Connection, event_id: UUID) -> int | None:
    """Counts a fault of ours in reading; gives how many there were. None when the event no longer waits for that."""
    faults: int | None = connection.execute(
        update(EVENTS)
        .where(EVENTS.c.id == event_id, EVENTS.c.status.in_([EventStatus.RECEIVED, EventStatus.UNVERIFIED]))
        .values(faults=EVENTS.c.faults + 1, published=0)
        .returning(EVENTS.c.faults)
    ).scalar_one_or_none()
    return faults


def put_off(connection: Connection, event_id: UUID, wait: timedelta) -> None:
    """The event is due again after `wait`."""
    connection.execute(update(EVENTS).where(EVENTS.c.id == event_id).values(due_at=func.clock_timestamp() + wait))


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


def _seal_evidence(database: Database, evidence: Mapping[str, Any]) -> bytes:
    return database.seal(json.dumps({"evidence": evidence}))


def open_trouble(database: Database, detail: bytes | None) -> Trouble | None:
    if detail is None:
        return None
    kept = json.loads(database.open(detail))
    return Trouble(tuple(kept["errors"]), kept["refused"]) if "errors" in kept else None


def _evidence(database: Database, detail: bytes | None) -> Mapping[str, Any] | None:
    return None if detail is None else json.loads(database.open(detail)).get("evidence")


def _event(database: Database, row: Mapping[Any, Any]) -> Event:
    return Event(
        id=row["id"],
        connection=row["connection"],
        delivery_id=row["delivery_id"],
        type=row["type"],
        status=EventStatus(row["status"]),
        body=database.open(row["body"]).encode("latin-1"),
        trouble=open_trouble(database, row["detail"]),
        result=row["result"],
        received_at=row["received_at"],
        read_at=row["read_at"],
        faults=row["faults"],
        evidence=_evidence(database, row["detail"]),
    )
