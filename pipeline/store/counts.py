"""How much of everything there is, for health checks and metrics. Each is one query; nothing is opened or locked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, literal_column, or_, select

from pipeline.domain.stage import Stage
from pipeline.store.tables import CLAIMS, CONNECTIONS, EVENTS, NOTICES, ORDERS, QUESTIONS, WORKERS

EVENT_QUEUE = "events"
QUEUES = (*(stage.value for stage in Stage), EVENT_QUEUE)
# For so long rows may be due on a queue that nobody serves.
UNSERVED = timedelta(minutes=1)
_FAILING = 3
_PUBLISHED_IN_VAIN = 5
_OPEN_QUESTION = QUESTIONS.c.answered_at.is_(None) & QUESTIONS.c.withdrawn_at.is_(None)


_Due = tuple[int, datetime | None]


@dataclass(frozen=True, slots=True)
class Queue:
    """
    `due` rows wait to be worked on, the oldest since `oldest`; so many `workers` that take them were seen lately.
    """

    name: str
    due: int
    oldest: datetime | None
    workers: int

    def neglected(self, now: datetime) -> bool:
        """Rows are due, and for a minute nobody was there to take them."""
        return self.due > 0 and not self.workers and self.oldest is not None and now - self.oldest > UNSERVED


def now(connection: Connection) -> datetime:
    """The database's own clock."""
    at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return at


def queues(connection: Connection) -> Sequence[Queue]:
    """Each queue with what is due on it. Notices are on the queue of the stage `notify`."""
    due: dict[str, _Due] = dict.fromkeys(QUEUES, (0, None))
    for name, found in (*_due_orders(connection), *_due_others(connection)):
        known = due[name]
        due[name] = (known[0] + found[0], min((at for at in (known[1], found[1]) if at is not None), default=None))
    served = _served(connection)
    return [Queue(name, count, oldest, served[name]) for name, (count, oldest) in due.items()]


def _due_orders(connection: Connection) -> Iterator[tuple[str, _Due]]:
    # A leased row's `due_at` is when its message is published again; it has been due since it last moved.
    since = case((ORDERS.c.leased, ORDERS.c.updated_at), else_=ORDERS.c.due_at)
    rows = connection.execute(
        select(ORDERS.c.stage, func.count(), func.min(since))
        .where(ORDERS.c.due_at.is_not(None), or_(ORDERS.c.leased, ORDERS.c.due_at <= func.now()))
        .group_by(ORDERS.c.stage)
    )
    for stage, count, oldest in rows:
        yield stage, (count, oldest)


def _due_others(connection: Connection) -> Iterator[tuple[str, _Due]]:
    """Events and notices: published ones count from when they were made, for their `due_at` is the next publish."""
    kinds = ((EVENT_QUEUE, EVENTS, EVENTS.c.received_at), (Stage.NOTIFY.value, NOTICES, NOTICES.c.created_at))
    for name, table, made_at in kinds:
        published = table.c.published > 0
        count, oldest = connection.execute(
            select(func.count(), func.min(case((published, made_at), else_=table.c.due_at))).where(
                table.c.due_at.is_not(None), or_(published, table.c.due_at <= func.now())
            )
        ).one()
        yield name, (count, oldest)


def _served(connection: Connection) -> Counter[str]:
    """How many workers that were seen within a minute serve each queue."""
    rows = connection.execute(select(WORKERS.c.stages).where(WORKERS.c.ticked_at > func.now() - UNSERVED)).scalars()
    return Counter(stage for stages in rows for stage in stages)


def orders_by_state(connection: Connection) -> Sequence[tuple[str, str, int]]:
    """(state, stage, how many)."""
    columns = (ORDERS.c.state, ORDERS.c.stage)
    rows = connection.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    return [(state, stage, count) for state, stage, count in rows]


def unknown_submits(connection: Connection) -> int:
    """Orders of which it is not known whether they have bought."""
    return connection.execute(select(func.count()).select_from(ORDERS).where(ORDERS.c.unknown_submit)).scalar_one()


def open_claims(connection: Connection) -> Mapping[str, int]:
    """Writes whose outcome is not known yet, by kind."""
    rows = connection.execute(
        select(CLAIMS.c.kind, func.count().label("many")).where(CLAIMS.c.closing.is_(None)).group_by(CLAIMS.c.kind)
    )
    return {row.kind: row.many for row in rows}


def open_questions(connection: Connection) -> Mapping[str, tuple[int, int]]:
    """(open, overdue) by kind."""
    overdue = func.count().filter(QUESTIONS.c.due_at <= func.now())
    rows = connection.execute(
        select(QUESTIONS.c.kind, func.count(), overdue).where(_OPEN_QUESTION).group_by(QUESTIONS.c.kind)
    )
    return {kind: (count, late) for kind, count, late in rows}


def events_by_status(connection: Connection) -> Sequence[tuple[str, str, int]]:
    """(connection, status, how many)."""
    columns = (EVENTS.c.connection, EVENTS.c.status)
    rows = connection.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    return [(source, status, count) for source, status, count in rows]


def stuck_events(connection: Connection) -> Mapping[str, int]:
    """
    Events that we failed to read, more than once, by connection: a fault of ours, or a tool that cannot be asked.
    """
    failing = EVENTS.c.due_at.is_not(None) & (EVENTS.c.faults >= _FAILING)
    rows = connection.execute(select(EVENTS.c.connection, func.count()).where(failing).group_by(EVENTS.c.connection))
    return {row[0]: row[1] for row in rows}


def unverified_events(connection: Connection, name: str, most: int) -> int:
    """How many messages to this connection wait to be verified, counted up to `most`."""
    # The literal, not a parameter: else a generic plan could not use the partial index.
    waiting = select(EVENTS.c.id).where(EVENTS.c.connection == name, EVENTS.c.status == literal_column("'unverified'"))
    return connection.execute(select(func.count()).select_from(waiting.limit(most).subquery())).scalar_one()


def unreadable_events(connection: Connection) -> Mapping[str, int]:
    """Events that nobody has mended or dismissed yet, by connection."""
    # The literal, not a parameter: else a generic plan could not use the partial index.
    unreadable = EVENTS.c.status == literal_column("'unreadable'")
    chosen = select(EVENTS.c.connection, func.count()).where(unreadable).group_by(EVENTS.c.connection)
    return {row[0]: row[1] for row in connection.execute(chosen)}


def stuck_orders(connection: Connection) -> int:
    """Orders whose present step was published again and again, and that no worker could take or finish."""
    again = ORDERS.c.leased & (ORDERS.c.published >= _PUBLISHED_IN_VAIN)
    return connection.execute(select(func.count()).select_from(ORDERS).where(again)).scalar_one()


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of a connection's deliveries. `refused` counts those that were not genuine."""

    name: str
    last_event_at: datetime | None
    refused: int
    last_refused_at: datetime | None


def sources(connection: Connection) -> Sequence[Source]:
    """Connections that ever delivered, by name."""
    rows = connection.execute(select(CONNECTIONS).order_by(CONNECTIONS.c.name))
    return [Source(row.name, row.last_event_at, row.refused, row.last_refused_at) for row in rows]
