"""Quotes and their revisions: locking one, reading what is known of it, recording what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from pipeline.domain.acceptance import History, Known, RevisionState
from pipeline.domain.claim import BUYING_KINDS, Closing
from pipeline.domain.quote import AcceptedQuote
from pipeline.domain.state import OrderState
from pipeline.store.database import Database
from pipeline.store.tables import CLAIMS, ORDERS, QUOTES, REVISIONS


@dataclass(frozen=True, slots=True)
class QuoteOrder:
    """
    An order of the quote. `bought`: a purchase went through, or one is out and nobody knows yet. `empty`: it has no
    line, and stands for what only a person can order.
    """

    id: UUID
    ref: str
    revision_pk: UUID
    ended: bool
    ended_at: datetime | None
    bought: bool
    claimed: bool
    claim_open: bool
    empty: bool

    @property
    def untouched(self) -> bool:
        """Still on its way to `submit`, with nothing out at the marketplace."""
        return not (self.ended or self.bought or self.claim_open)


@dataclass(frozen=True, slots=True)
class LockedQuote:
    """A quote in the hands of one transaction. `orders` newest first, `revisions` their ids by name."""

    pk: UUID
    history: History
    orders: tuple[QuoteOrder, ...]
    revisions: dict[str, UUID]


def lock(connection: Connection, quote: AcceptedQuote) -> LockedQuote:
    """The quote, made if it is new, locked until the transaction ends: revising, revoking and claiming take turns."""
    values = {"system": quote.key.system, "quote_id": quote.key.id, "number": quote.number, "url": quote.url}
    made = connection.execute(
        insert(QUOTES)
        .values(id=uuid4(), **values)
        .on_conflict_do_nothing(index_elements=[QUOTES.c.system, QUOTES.c.quote_id])
        .returning(QUOTES.c.id)
    ).scalar_one_or_none()
    if made is not None:
        # Nobody else sees a row that this transaction has made, and nothing hangs on it yet.
        return LockedQuote(made, History(), (), {})
    named = (QUOTES.c.system == quote.key.system, QUOTES.c.quote_id == quote.key.id)
    pk = connection.execute(select(QUOTES.c.id).where(*named).with_for_update()).scalar_one()
    return read(connection, pk)


def lock_one(connection: Connection, pk: UUID) -> LockedQuote:
    """A quote that is there, locked."""
    connection.execute(select(QUOTES.c.id).where(QUOTES.c.id == pk).with_for_update()).scalar_one()
    return read(connection, pk)


def find(connection: Connection, system: str, quote_id: str) -> UUID | None:
    named = (QUOTES.c.system == system, QUOTES.c.quote_id == quote_id)
    return connection.execute(select(QUOTES.c.id).where(*named)).scalar_one_or_none()


def lock_of_order(connection: Connection, order_id: UUID) -> LockedQuote:
    """The quote of an order, locked."""
    return lock_one(
        connection, connection.execute(select(ORDERS.c.quote_pk).where(ORDERS.c.id == order_id)).scalar_one()
    )


def read(connection: Connection, pk: UUID) -> LockedQuote:
    """All that is known of the quote, as this transaction sees it; locks nothing."""
    revisions = connection.execute(
        select(REVISIONS).where(REVISIONS.c.quote_pk == pk).order_by(REVISIONS.c.created_at, REVISIONS.c.id)
    ).all()
    orders = _orders(connection, pk)
    living = any(order.bought or not order.ended for order in orders)
    ends = [order.ended_at for order in orders if order.ended_at]
    history = History(
        revisions=tuple(
            Known(row.revision, row.content_hash, row.accepted_at, RevisionState(row.state), row.created_at)
            for row in revisions
        ),
        has_orders=bool(orders),
        living=living,
        ended_at=None if living else max(ends, default=None),
        claimed=any(order.claimed for order in orders),
        nothing_to_order=living and all(order.empty for order in orders if order.bought or not order.ended),
    )
    return LockedQuote(pk, history, orders, {row.revision: row.id for row in revisions})


def _orders(connection: Connection, pk: UUID) -> tuple[QuoteOrder, ...]:
    rows = connection.execute(
        select(ORDERS.c.id, ORDERS.c.ref, ORDERS.c.revision_pk, ORDERS.c.state, ORDERS.c.ended_at)
        .add_columns(ORDERS.c.marketplace_order_id, ORDERS.c.line_ids)
        .where(ORDERS.c.quote_pk == pk)
        .order_by(ORDERS.c.created_at.desc(), ORDERS.c.id)
    ).all()
    claims = connection.execute(
        select(CLAIMS.c.order_id, CLAIMS.c.kind, CLAIMS.c.closing).where(
            CLAIMS.c.order_id.in_([row.id for row in rows])
        )
    ).all()
    found = []
    for row in rows:
        own = [(claim.kind, claim.closing) for claim in claims if claim.order_id == row.id]
        purchases = [closing for kind, closing in own if kind in BUYING_KINDS]
        found.append(
            QuoteOrder(
                id=row.id,
                ref=row.ref,
                revision_pk=row.revision_pk,
                ended=OrderState(row.state).ended,
                ended_at=row.ended_at,
                bought=row.marketplace_order_id is not None or any(_may_have_bought(closing) for closing in purchases),
                claimed=bool(own),
                claim_open=any(closing is None for _, closing in own),
                empty=not row.line_ids,
            )
        )
    return tuple(found)


def _may_have_bought(closing: str | None) -> bool:
    return closing is None or Closing(closing).bought


def record(
    connection: Connection,
    database: Database,
    locked: LockedQuote,
    quote: AcceptedQuote,
    state: RevisionState,
    *,
    source: str,
) -> UUID:
    """
    Keeps the acceptance under its revision and gives its id. One that is there already keeps its content and its first
    instant; its state changes.
    """
    row = insert(REVISIONS).values(
        id=uuid4(),
        quote_pk=locked.pk,
        revision=quote.key.revision,
        state=state,
        connection=source,
        snapshot=database.seal(quote.model_dump_json(exclude_defaults=True)),
        content_hash=quote.content_hash(),
        accepted_at=quote.accepted_at,
        created_at=func.clock_timestamp(),
    )
    kept = row.on_conflict_do_update(
        index_elements=[REVISIONS.c.quote_pk, REVISIONS.c.revision], set_={"state": row.excluded.state}
    )
    revision_pk: UUID = connection.execute(kept.returning(REVISIONS.c.id)).scalar_one()
    return revision_pk


def replace_snapshot(connection: Connection, database: Database, revision_pk: UUID, quote: AcceptedQuote) -> None:
    """Gives a revision that was known by its revocation only the content that was accepted after all."""
    connection.execute(
        update(REVISIONS)
        .where(REVISIONS.c.id == revision_pk)
        .values(
            snapshot=database.seal(quote.model_dump_json(exclude_defaults=True)),
            content_hash=quote.content_hash(),
            accepted_at=quote.accepted_at,
        )
    )


def mark(connection: Connection, locked: LockedQuote, before: RevisionState, after: RevisionState) -> None:
    """Moves all the quote's revisions in one state to another."""
    connection.execute(
        update(REVISIONS).where(REVISIONS.c.quote_pk == locked.pk, REVISIONS.c.state == before).values(state=after)
    )


def current(connection: Connection, database: Database, pk: UUID) -> AcceptedQuote | None:
    """What is in force of the quote, or was last; None where nothing was accepted yet."""
    found = read(connection, pk)
    known = found.history.current()
    return None if known is None else snapshot(connection, database, found.revisions[known.revision])


def snapshot(connection: Connection, database: Database, revision_pk: UUID) -> AcceptedQuote:
    sealed = connection.execute(select(REVISIONS.c.snapshot).where(REVISIONS.c.id == revision_pk)).scalar_one()
    return AcceptedQuote.model_validate_json(database.open(sealed))
