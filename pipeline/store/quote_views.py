"""Quotes as people and programs outside see them: each with all orders that its acceptance in force has made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, or_, select

from pipeline.domain.acceptance import RevisionState
from pipeline.domain.catalogue import Verdict
from pipeline.domain.state import OrderState
from pipeline.domain.whole_quote import QuotePart, whole
from pipeline.store import orders, showing
from pipeline.store.database import Database
from pipeline.store.sought import sought
from pipeline.store.tables import ORDERS, QUOTES, REVISIONS


def quotes_called(connection: Connection, database: Database, name: str) -> Sequence[dict[str, Any]]:
    """The quotes of this id or number, newest first: several, where several systems have one."""
    wanted = sought(name)
    found = connection.execute(
        select(QUOTES)
        .where(or_(QUOTES.c.quote_id == wanted, QUOTES.c.number == wanted))
        .order_by(QUOTES.c.created_at.desc(), QUOTES.c.id)
    ).all()
    return [_view(connection, database, row) for row in found]


def parts_of(connection: Connection, quote_pk: UUID, revision_pk: UUID, but: UUID) -> list[dict[str, str]]:
    """The other orders of the same acceptance, oldest first, for the view of one of them."""
    found = connection.execute(
        select(ORDERS.c.ref, ORDERS.c.marketplace, ORDERS.c.state)
        .where(ORDERS.c.quote_pk == quote_pk, ORDERS.c.revision_pk == revision_pk, ORDERS.c.id != but)
        .order_by(ORDERS.c.created_at, ORDERS.c.marketplace, ORDERS.c.ref)
    )
    return [{"ref": row.ref, "marketplace": row.marketplace, "state": row.state} for row in found]


def _view(connection: Connection, database: Database, quote: Any) -> dict[str, Any]:
    rows = _orders(connection, quote.id)
    parts = [_part(connection, database, row) for row in rows]
    return {
        "system": quote.system,
        "quote_id": quote.quote_id,
        "number": quote.number,
        "url": quote.url,
        "revision": rows[0].revision if rows else "",
        "state": whole([QuotePart(OrderState(row.state), frozenset(row.line_ids)) for row in rows]),
        "lines": sum(part["lines"] for part in parts),
        "lines_live": sum(part["lines_live"] for part in parts),
        "orders": parts,
    }


def _orders(connection: Connection, quote_pk: UUID) -> Sequence[orders.Row]:
    """Those of the acceptance in force; of a quote that was revoked or superseded, those of the newest one."""
    newest = (
        select(REVISIONS.c.id)
        .where(REVISIONS.c.quote_pk == quote_pk)
        .order_by((REVISIONS.c.state == RevisionState.CURRENT).desc(), REVISIONS.c.created_at.desc(), REVISIONS.c.id)
        .limit(1)
    )
    found = connection.execute(
        select(*ORDERS.c, REVISIONS.c.revision, func.clock_timestamp().label("now"))
        .join(REVISIONS, REVISIONS.c.id == ORDERS.c.revision_pk)
        .where(ORDERS.c.revision_pk.in_(newest))
        .order_by(ORDERS.c.created_at, ORDERS.c.marketplace, ORDERS.c.ref)
    )
    return [orders.Row(dict(row), row["now"]) for row in found.mappings()]


def _part(connection: Connection, database: Database, row: orders.Row) -> dict[str, Any]:
    facts = orders.facts_of(database, row)
    ids = {line.id for line in orders.quote_of(connection, database, row).lines}
    live = [key for key, one in facts.progress.items() if key in ids and one.verdict is Verdict.LIVE]
    return {
        "ref": row.ref,
        "version": row.version,
        "marketplace": row.marketplace,
        "company": row.company,
        "state": row.state,
        "unknown_submit": row.unknown_submit,
        "stage": row.stage,
        "marketplace_order_id": row.marketplace_order_id,
        "requested_at": showing.instant(row.requested_at),
        "waiting_for": None if row.waiting_for is None else database.open(row.waiting_for),
        "waiting_on": row.waiting_on,
        "lines": len(ids),
        "lines_live": len(live),
    }
