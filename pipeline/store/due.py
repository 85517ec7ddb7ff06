"""What is due: the rows that the clocks publish, each handed out once, with a lease that grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, Table, func, or_, select, text, update

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.store.tables import EVENTS, NOTICES, ORDERS, QUESTIONS

CHANNEL = "quoteway"
# A lease doubles with each publish of the same step, up to this many times the first: lost messages are rare, long
# queues are not.
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Due:
    """A row to publish. `queue` is the stage for an order, else the kind itself."""

    id: UUID
    queue: str


def nudge(connection: Connection) -> None:
    """Wakes every clock when this transaction commits, so that what it made due does not wait for the next tick."""
    connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


def due_orders(connection: Connection, stages: Sequence[str], limit: int, lease: timedelta) -> Sequence[Due]:
    """Leases up to `limit` due orders of these stages, longest due first; those that a worker has are left alone."""
    free = or_(ORDERS.c.taken_until.is_(None), ORDERS.c.taken_until < func.now())
    chosen = (
        select(ORDERS.c.id)
        .where(ORDERS.c.due_at <= func.now(), ORDERS.c.stage.in_(stages), free)
        .order_by(ORDERS.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leased = connection.execute(
        update(ORDERS)
        .where(ORDERS.c.id.in_(chosen))
        .values(due_at=func.now() + _lease(ORDERS, lease), leased=True, published=ORDERS.c.published + 1)
        .returning(ORDERS.c.id, ORDERS.c.stage)
    )
    return [Due(row.id, row.stage) for row in leased]


def due_rows(connection: Connection, table: Table, queue: str, limit: int, lease: timedelta) -> Sequence[Due]:
    """The same for events and notices."""
    chosen = (
        select(table.c.id)
        .where(table.c.due_at <= func.now())
        .order_by(table.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    leased = connection.execute(
        update(table)
        .where(table.c.id.in_(chosen))
        .values(due_at=func.now() + _lease(table, lease), published=table.c.published + 1)
        .returning(table.c.id)
    )
    return [Due(row.id, queue) for row in leased]


def due_events(connection: Connection, limit: int, lease: timedelta) -> Sequence[Due]:
    return due_rows(connection, EVENTS, "events", limit, lease)


def due_notices(connection: Connection, limit: int, lease: timedelta) -> Sequence[Due]:
    return due_rows(connection, NOTICES, "notices", limit, lease)


def give_back(connection: Connection, table: Table, ids: Sequence[UUID], after: timedelta) -> None:
    """What could not be published is due again soon, as if it had not been tried."""
    values: dict[str, object] = {"due_at": func.now() + after, "published": func.greatest(table.c.published - 1, 0)}
    if table is ORDERS:
        values["leased"] = False
    connection.execute(update(table).where(table.c.id.in_(ids), table.c.due_at.is_not(None)).values(values))


def overdue_questions(connection: Connection, limit: int) -> Sequence[UUID]:
    """Open questions past their deadline, oldest first, locked for this transaction."""
    return (
        connection.execute(
            select(QUESTIONS.c.id)
            .where(
                QUESTIONS.c.answered_at.is_(None), QUESTIONS.c.withdrawn_at.is_(None), QUESTIONS.c.due_at <= func.now()
            )
            .order_by(QUESTIONS.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        .scalars()
        .all()
    )


def _lease(table: Table, lease: timedelta) -> object:
    """The lease of the publish that is being made, by how often the step was published before."""
    factor = func.least(func.power(2, func.least(table.c.published, 10)), _LONGEST)
    return func.make_interval(0, 0, 0, 0, 0, 0, lease.total_seconds() * factor)


def hasten_polls(connection: Connection, marketplace: str, most: int = 500) -> int:
    """
    Makes orders that poll this marketplace due now, longest due first; gives how many.

    Those that are due within seconds, or in somebody's hands, stay as they are: a flood of messages changes nothing.
    """
    soon = func.clock_timestamp() + timedelta(seconds=5)
    free = or_(ORDERS.c.taken_until.is_(None), ORDERS.c.taken_until < func.clock_timestamp())
    chosen = (
        select(ORDERS.c.id)
        .where(ORDERS.c.marketplace == marketplace, ORDERS.c.stage == Stage.POLL_STATUS, free)
        .where(ORDERS.c.state == OrderState.WAITING, ORDERS.c.due_at > soon, ~ORDERS.c.leased)
        .order_by(ORDERS.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    done = connection.execute(
        update(ORDERS).where(ORDERS.c.id.in_(chosen)).values(due_at=func.clock_timestamp()).returning(ORDERS.c.id)
    ).all()
    if done:
        nudge(connection)
    return len(done)
