"""What Quoteway itself says of its orders: when all rest, and what each came to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection, func, select

from pipeline.domain.state import OrderState
from pipeline.store.database import Database
from pipeline.store.tables import CLAIMS, EVENTS, JOURNAL, NOTICES, ORDERS, QUESTIONS, QUOTES

_ENDED = [state.value for state in OrderState if state.ended]
_ASKED = (
    select(QUESTIONS.c.id)
    .where(QUESTIONS.c.order_id == ORDERS.c.id, QUESTIONS.c.answered_at.is_(None), QUESTIONS.c.withdrawn_at.is_(None))
    .exists()
)
_UNDELIVERED = NOTICES.c.delivered_at.is_(None) & NOTICES.c.given_up_at.is_(None)


@dataclass(frozen=True, slots=True)
class Restless:
    """What has not come to its end yet: messages to read, orders on their way, notices to deliver."""

    events: int
    orders: int
    notices: int

    def rests(self, *, notices: bool) -> bool:
        return not (self.events or self.orders or (notices and self.notices))


@dataclass(frozen=True, slots=True)
class Standing:
    """
    An order: `at` is its marketplace, `asked` are the keys of its open questions, `waits_for` says what it waits for
    till when.
    """

    ref: str
    at: str
    state: OrderState
    stage: str
    marketplace_order_id: str | None
    asked: tuple[str, ...]
    waits_for: str


@dataclass(frozen=True, slots=True)
class Found:
    """
    The orders of each quote; `adrift` are open ones that neither are due nor ask. `answers` and `closings` count
    purchases' claims by what was answered and by how they ended; `writes` those of all other writes that were
    found although their answer was lost. `unread` are messages that were taken and never read,
    `vanished` those that are not even there.
    """

    orders: dict[str, list[Standing]]
    adrift: Sequence[str]
    unread: int
    vanished: int
    answers: Counter[str]
    closings: Counter[str]
    writes: Counter[str] = field(default_factory=Counter)


def restless(database: Database) -> Restless:
    with database.transaction() as connection:
        return Restless(
            _count(connection, select(func.count()).where(EVENTS.c.due_at.is_not(None))),
            _count(connection, select(func.count()).where(ORDERS.c.state.not_in(_ENDED), ~_ASKED)),
            _count(connection, select(func.count()).where(_UNDELIVERED)),
        )


def _count(connection: Connection, counting: object) -> int:
    return int(connection.execute(counting).scalar_one())  # type: ignore[call-overload]


def look(database: Database, acknowledged: Collection[UUID]) -> Found:
    """`acknowledged` are the events that a sender was told are stored."""
    with database.transaction() as connection:
        kept = set(connection.execute(select(EVENTS.c.id)).scalars())
        unread = select(func.count()).where(EVENTS.c.status != "read")
        orders, adrift = _orders(connection, database)
        purchases, others = CLAIMS.c.kind == "place_order", CLAIMS.c.kind != "place_order"
        return Found(
            orders,
            adrift,
            _count(connection, unread),
            len(set(acknowledged) - kept),
            _counted(connection, CLAIMS.c.answered, purchases),
            _counted(connection, CLAIMS.c.closing, purchases),
            _counted(connection, CLAIMS.c.closing, others),
        )


def _orders(connection: Connection, database: Database) -> tuple[dict[str, list[Standing]], list[str]]:
    asked: dict[object, list[str]] = defaultdict(list)
    open_ones = QUESTIONS.c.answered_at.is_(None) & QUESTIONS.c.withdrawn_at.is_(None)
    for row in connection.execute(select(QUESTIONS.c.order_id, QUESTIONS.c.key).where(open_ones)):
        asked[row.order_id].append(row.key)
    found: dict[str, list[Standing]] = defaultdict(list)
    adrift: list[str] = []
    joined = select(ORDERS, QUOTES.c.quote_id).join(QUOTES, QUOTES.c.id == ORDERS.c.quote_pk)
    for row in connection.execute(joined.order_by(ORDERS.c.created_at)):
        state = OrderState(row.state)
        questions = tuple(asked[row.id])
        waits = "" if state.ended or row.waiting_for is None else database.open(row.waiting_for)
        if row.due_at is not None:
            waits += f" Due at {row.due_at:%H:%M:%S}."
        found[row.quote_id].append(
            Standing(row.ref, row.marketplace, state, row.stage, row.marketplace_order_id, questions, waits)
        )
        if not state.ended and row.due_at is None and not questions:
            adrift.append(f"{row.ref} is {state} at {row.stage}, is not due and asks nobody")
    return found, adrift


def _counted(connection: Connection, column: object, which: object) -> Counter[str]:
    rows = connection.execute(select(column, func.count()).where(which).group_by(column)).all()  # type: ignore[call-overload]
    return Counter({str(word): int(number) for word, number in rows})


def story(database: Database, quote_id: str) -> list[str]:
    """What became of the quote's messages and orders, oldest first, for whoever looks for a cause."""
    of_quote = select(QUOTES.c.id).where(QUOTES.c.quote_id == quote_id).scalar_subquery()
    messages = select(EVENTS.c.read_at, EVENTS.c.type, EVENTS.c.result).where(EVENTS.c.quote_pk == of_quote)
    entries = (
        select(JOURNAL.c.at, ORDERS.c.ref, JOURNAL.c.stage, JOURNAL.c.outcome)
        .join(ORDERS, ORDERS.c.id == JOURNAL.c.order_id)
        .where(ORDERS.c.quote_pk == of_quote)
    )
    with database.transaction() as connection:
        rows = [*connection.execute(messages), *connection.execute(entries)]
    return [
        f"{row[0]:%H:%M:%S.%f} {' '.join(str(word) for word in row[1:])}"
        for row in sorted((row for row in rows if row[0] is not None), key=lambda row: row[0])
    ]
