"""Order rows: making one, taking one for a stage, reading it as the stage sees it, and moving it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Executable, Interval, and_, bindparam, func, insert, or_, select, update

from pipeline.domain.facts import Facts
from pipeline.domain.order import Order, Policy
from pipeline.domain.quote import AcceptedQuote
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.store import announcements, claims, known, questions
from pipeline.store.database import Database
from pipeline.store.sought import sought
from pipeline.store.tables import EVENTS, ORDERS, REVISIONS

# Whoever has read a quote begins its orders within this; after that any worker may.
_HEAD_START = timedelta(seconds=1)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
ENDED = tuple(state.value for state in OrderState if state.ended)


@dataclass(frozen=True, slots=True)
class NewOrder:
    """
    What a new order is made of. `requested_at` None, or past: now. `begun` says that whoever makes it goes on with it
    at once, so the clocks leave it alone for a moment.
    """

    quote_pk: UUID
    revision_pk: UUID
    line_ids: Sequence[str]
    marketplace: str
    account: str
    customer_key: str
    company_name: str
    requested_at: datetime | None
    begun: bool = False


def new_ref() -> str:
    """Our reference of an order: `QW-` and ten characters that nobody confuses when reading them aloud."""
    return "QW-" + "".join(secrets.choice(_LETTERS) for _ in range(10))


def create_order(connection: Connection, database: Database, new: NewOrder) -> UUID:
    """Makes the order, to run its first stage at once, in the transaction of the acceptance. Gives its id."""
    order_id = uuid4()
    connection.execute(
        insert(ORDERS).values(
            id=order_id,
            ref=new_ref(),
            quote_pk=new.quote_pk,
            revision_pk=new.revision_pk,
            line_ids=list(new.line_ids),
            marketplace=new.marketplace,
            account=new.account,
            customer_key=new.customer_key,
            company=new.company_name,
            state=OrderState.RUNNING,
            stage=Stage.RESOLVE_COMPANY,
            version=1,
            facts=database.seal(Facts().model_dump_json(exclude_defaults=True)),
            requested_at=new.requested_at,
            due_at=func.clock_timestamp() + (_HEAD_START if new.begun else timedelta(0)),
            leased=new.begun,
            entered_at=func.clock_timestamp(),
        )
    )
    return order_id


@dataclass(frozen=True, slots=True)
class Row:
    """An order's row as read, with the database's own instant of reading it."""

    values: Mapping[str, Any]
    now: datetime

    def __getattr__(self, name: str) -> Any:
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    def after(self, **changes: Any) -> Row:
        """The row as a move has left it: a fresh step, with these changes."""
        fresh = {
            "state": OrderState.RUNNING,
            "faults": 0,
            "polls": 0,
            "behind": None,
            "waiting_on": "",
            "waiting_since": None,
        }
        values = {**self.values, **fresh, **changes}
        return Row(values, values["now"])


_NOW = func.clock_timestamp()
_IT = bindparam("order", type_=ORDERS.c.id.type)
_READ = select(*ORDERS.c, _NOW.label("now")).where(ORDERS.c.id == _IT)
_LOCK = _READ.with_for_update()
_TAKE = (
    update(ORDERS)
    .where(
        ORDERS.c.id == _IT,
        ORDERS.c.stage == bindparam("at", type_=ORDERS.c.stage.type),
        ORDERS.c.due_at.is_not(None),
        or_(ORDERS.c.leased, ORDERS.c.due_at <= _NOW),
        or_(ORDERS.c.taken_until.is_(None), ORDERS.c.taken_until < _NOW),
    )
    .values(taken_until=_NOW + bindparam("hold", type_=Interval))
    .returning(*ORDERS.c, _NOW.label("now"))
)
_REVISION = REVISIONS.c.id == bindparam("revision", type_=REVISIONS.c.id.type)
_ACCEPTED = select(REVISIONS.c.snapshot, REVISIONS.c.connection).where(_REVISION)
_SOURCE = select(REVISIONS.c.connection).where(_REVISION)


def _one(connection: Connection, statement: Executable, **arguments: Any) -> Row | None:
    found = connection.execute(statement, arguments).mappings().first()
    return None if found is None else Row(dict(found), found["now"])


def take(connection: Connection, order_id: UUID, stage: Stage, hold: timedelta) -> Row | None:
    """
    Takes the order for one run of its stage. None when there is nothing to do: it has left the stage, somebody has
    it, or it is not due. Whoever takes it and dies loses it after `hold`.
    """
    return _one(connection, _TAKE, order=order_id, at=stage, hold=hold)


def lock(connection: Connection, order_id: UUID) -> Row | None:
    """The row, locked until the transaction ends."""
    return _one(connection, _LOCK, order=order_id)


def read(connection: Connection, order_id: UUID) -> Row | None:
    return _one(connection, _READ, order=order_id)


def stage_of(connection: Connection, order_id: UUID) -> str:
    """Where the order stands; nothing where there is none."""
    return connection.execute(select(ORDERS.c.stage).where(ORDERS.c.id == order_id)).scalar_one_or_none() or ""


def find(connection: Connection, ref: str) -> UUID | None:
    """The id of the order of this reference."""
    return connection.execute(
        select(ORDERS.c.id).where(ORDERS.c.ref == sought(ref).strip().upper())
    ).scalar_one_or_none()


def begun_by(connection: Connection, event_id: UUID) -> Sequence[UUID]:
    """The orders that the event's quote has made and that nobody has begun yet."""
    fresh = (
        select(ORDERS.c.id)
        .join(EVENTS, EVENTS.c.quote_pk == ORDERS.c.quote_pk)
        .where(EVENTS.c.id == event_id, ORDERS.c.version == 1, ORDERS.c.due_at.is_not(None), ORDERS.c.published == 0)
        .order_by(ORDERS.c.created_at, ORDERS.c.id)
    )
    return connection.execute(fresh).scalars().all()


@dataclass(frozen=True, slots=True)
class _Accepted:
    """The order's lines of the accepted revision, and the connection that it came over."""

    quote: AcceptedQuote
    source: str


def _accepted(connection: Connection, database: Database, row: Row) -> _Accepted:
    found = connection.execute(_ACCEPTED, {"revision": row.revision_pk}).one()
    quote = AcceptedQuote.model_validate_json(database.open(found.snapshot))
    return _Accepted(quote.only(frozenset(row.line_ids)), found.connection)


def quote_of(connection: Connection, database: Database, row: Row) -> AcceptedQuote:
    """What the order buys: its lines of the accepted revision."""
    return _accepted(connection, database, row).quote


def source_of(connection: Connection, row: Row) -> str:
    """The connection that the order's quote came over."""
    return str(connection.execute(_SOURCE, {"revision": row.revision_pk}).scalar_one())


def facts_of(database: Database, row: Row) -> Facts:
    return Facts.model_validate_json(database.open(row.facts))


def load(connection: Connection, database: Database, row: Row, policy: Policy, title: str) -> Order:
    """
    The order as a stage sees it. Where no owner of questions is set they are the connection's that the quote came over.
    """
    facts = facts_of(database, row)
    company_id = facts.company.id if facts.company else ""
    made = claims.of_order(connection, database, row.id) if row.version > 1 else ()
    accepted = _accepted(connection, database, row)
    return Order(
        id=row.id,
        ref=row.ref,
        version=row.version,
        stage=Stage(row.stage),
        now=row.now,
        marketplace=row.marketplace,
        title=title,
        account=row.account,
        quote=accepted.quote,
        customer_key=row.customer_key,
        requested_at=row.requested_at,
        facts=facts,
        policy=policy if policy.owner else replace(policy, owner=accepted.source),
        known=known.CompanyOrders(database, row.account, company_id),
        entered_at=row.entered_at,
        polls=row.polls,
        link=known.remembered_company(connection, row.account, row.customer_key)
        if row.stage == Stage.RESOLVE_COMPANY
        else None,
        answers=questions.answers(connection, database, row.id) if row.version > 1 else {},
        claims=made,
        retried_at=row.retried_at,
        behind=_stands_behind(connection, row, company_id),
        rivals=tuple(ref for claim in made if claim.open for ref in claims.rivals(connection, claim)),
        announced_at=announcements.heard(connection, row.marketplace) if row.stage == Stage.POLL_STATUS else None,
    )


def _stands_behind(connection: Connection, row: Row, company_id: str) -> str | None:
    if row.stage != Stage.SUBMIT:
        return None
    holder = claims.holder(connection, row.account, company_id)
    return None if holder is None or holder[0] == row.ref else holder[0]


@dataclass(frozen=True, slots=True)
class Moved:
    version: int
    now: datetime


def move(connection: Connection, order_id: UUID, version: int | None, **values: Any) -> Moved | None:
    """
    Changes the row if it still has this version, and counts the version up; None as version: whatever it is (the
    caller holds the row's lock). None when somebody else was faster.
    """
    mine = ORDERS.c.id == order_id if version is None else and_(ORDERS.c.id == order_id, ORDERS.c.version == version)
    moved = connection.execute(
        update(ORDERS)
        .where(mine)
        .values(version=ORDERS.c.version + 1, updated_at=func.clock_timestamp(), **values)
        .returning(ORDERS.c.version, func.clock_timestamp())
    ).first()
    return None if moved is None else Moved(int(moved[0]), moved[1])


def release(connection: Connection, order_id: UUID, version: int) -> None:
    """Gives a taken order back untouched."""
    connection.execute(
        update(ORDERS).where(ORDERS.c.id == order_id, ORDERS.c.version == version).values(taken_until=None)
    )
