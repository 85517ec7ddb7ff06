"""What is due: the rows that the clocks publish, each handed out once, with a lease that grows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Double,
    Executable,
    Integer,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.store.tables import ERRANDS, EVENTS, NOTICES, ORDERS, QUESTIONS

CHANNEL = "quoteway"
_NUDGE = text("SELECT pg_notify(:channel, '')")
# A lease doubles with each publish of the same step, up to this many times the first, for its message probably waits in
# the queue still. It does not where the queue is short: then the message was lost, and what was lost is not in the way.
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Due:
    """A row to publish. `queue` is the stage for an order, else the kind itself."""

    id: UUID
    queue: str


def nudge(connection: Connection) -> None:
    """Wakes every clock when this transaction commits, so that what it made due does not wait for the next tick."""
    connection.execute(_NUDGE, {"channel": CHANNEL})


def due_orders(
    connection: Connection, stages: Sequence[str], limit: int, lease: timedelta, short: Collection[str] = ()
) -> Sequence[Due]:
    """
    Leases up to `limit` due orders of these stages, longest due first; those that a worker has are left alone. In
    `short` queues hardly anything waits.
    """
    wanted = {"most": limit, "lease": lease.total_seconds(), "stages": list(stages), "short": list(short)}
    leased = connection.execute(_leasing(ORDERS), wanted)
    return [Due(row.id, row.stage) for row in leased]


def due_rows(
    connection: Connection, table: Table, queue: str, limit: int, lease: timedelta, *, short: bool
) -> Sequence[Due]:
    """The same for events, notices and errands."""
    leased = connection.execute(_leasing(table), {"most": limit, "lease": lease.total_seconds(), "short": short})
    return [Due(row.id, queue) for row in leased]


@cache
def _leasing(table: Table) -> Executable:
    """Built once: every clock runs these several times a second."""
    chosen = select(table.c.id).where(table.c.due_at <= func.now())
    leased: dict[str, object] = {"due_at": func.now() + _lease(table), "published": table.c.published + 1}
    told = [table.c.id]
    if table is ORDERS:
        free = or_(ORDERS.c.taken_until.is_(None), ORDERS.c.taken_until < func.now())
        chosen = chosen.where(ORDERS.c.stage == any_(bindparam("stages", type_=ARRAY(Text))), free)
        leased["leased"] = True
        told.append(ORDERS.c.stage)
    some = chosen.order_by(table.c.due_at).limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True)
    return update(table).where(table.c.id.in_(some)).values(leased).returning(*told)


def due_events(connection: Connection, limit: int, lease: timedelta, *, short: bool = False) -> Sequence[Due]:
    return due_rows(connection, EVENTS, "events", limit, lease, short=short)


def due_notices(connection: Connection, limit: int, lease: timedelta, *, short: bool = False) -> Sequence[Due]:
    return due_rows(connection, NOTICES, "notices", limit, lease, short=short)


def due_errands(connection: Connection, limit: int, lease: timedelta, *, short: bool = False) -> Sequence[Due]:
    return due_rows(connection, ERRANDS, "events", limit, lease, short=short)


def give_back(connection: Connection, table: Table, ids: Sequence[UUID], after: timedelta) -> None:
    """What could not be published is due again soon, as if it had not been tried."""
    values: dict[str, object] = {"due_at": func.now() + after, "published": func.greatest(table.c.published - 1, 0)}
    if table is ORDERS:
        values["leased"] = False
    connection.execute(update(table).where(table.c.id.in_(ids), table.c.due_at.is_not(None)).values(values))


def overdue_questions(connection: Connection, but: Collection[UUID], most: int) -> Sequence[tuple[UUID, UUID]]:
    """
    (order, question): open questions past their deadline whose orders nobody is busy with, the longest past it first;
    the orders are locked for this transaction. `but` are left alone.
    """
    return _questions(connection, QUESTIONS.c.due_at <= func.now(), QUESTIONS.c.due_at, but, most)


def half_over_questions(connection: Connection, but: Collection[UUID], most: int) -> Sequence[tuple[UUID, UUID]]:
    """The same for those that somebody is to be reminded of now."""
    half_over = (QUESTIONS.c.remind_at <= func.now()) & (QUESTIONS.c.due_at > func.now())
    return _questions(connection, half_over, QUESTIONS.c.remind_at, but, most)


def _questions(
    connection: Connection, condition: ColumnElement[bool], first: ColumnElement[Any], but: Collection[UUID], most: int
) -> Sequence[tuple[UUID, UUID]]:
    found = connection.execute(
        select(QUESTIONS.c.order_id, QUESTIONS.c.id)
        .join(ORDERS, ORDERS.c.id == QUESTIONS.c.order_id)
        .where(QUESTIONS.c.answered_at.is_(None), QUESTIONS.c.withdrawn_at.is_(None), condition)
        .where(QUESTIONS.c.id.not_in(but))
        .order_by(first)
        .limit(most)
        .with_for_update(of=ORDERS, skip_locked=True)
    )
    return [(row.order_id, row.id) for row in found]


def _lease(table: Table) -> object:
    """The lease of the publish that is being made, by how often the step was published before."""
    is_short: ColumnElement[bool] = bindparam("short", type_=Boolean)
    if table is ORDERS:
        is_short = ORDERS.c.stage == any_(bindparam("short", type_=ARRAY(Text)))
    grown = func.least(func.power(2, func.least(table.c.published, 10)), _LONGEST)
    factor = case((is_short, 1), else_=grown)
    return func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lease", type_=Double) * factor)


def hasten_polls(connection: Connection, marketplace: str, named: Collection[str] = (), most: int = 500) -> int:
    """
    Makes orders that poll this marketplace due now, and gives how many: those whose id there is among `named` (small
    letters, the last part of an id of several), then up to `most` others, longest due first.

    Those that are due within seconds, or in somebody's hands, stay as they are: a flood of messages changes nothing.
    """
    done = _hasten(connection, _polling(marketplace).where(_THEIR_ID.in_(named)).limit(most)) if named else 0
    done += _hasten(connection, _polling(marketplace).limit(most))
    if done:
        nudge(connection)
    return done


# Somebody may be asked about a line while it is polled on.
_POLLED = (OrderState.WAITING, OrderState.ASKING)
# The expression of the index `orders_by_their_id`.
_THEIR_ID = func.lower(func.split_part(ORDERS.c.marketplace_order_id, literal_column("'/'"), literal_column("-1")))


def _polling(marketplace: str) -> Select[tuple[UUID]]:
    soon = func.clock_timestamp() + timedelta(seconds=5)
    free = or_(ORDERS.c.taken_until.is_(None), ORDERS.c.taken_until < func.clock_timestamp())
    return (
        select(ORDERS.c.id)
        .where(ORDERS.c.marketplace == marketplace, ORDERS.c.stage == Stage.POLL_STATUS, free)
        .where(ORDERS.c.state.in_(_POLLED), ORDERS.c.due_at > soon, ~ORDERS.c.leased)
        .order_by(ORDERS.c.due_at)
        .with_for_update(skip_locked=True)
    )


def _hasten(connection: Connection, chosen: Select[tuple[UUID]]) -> int:
    hastened = update(ORDERS).where(ORDERS.c.id.in_(chosen)).values(due_at=func.clock_timestamp())
    return len(connection.execute(hastened.returning(ORDERS.c.id)).all())
