"""Orders as people and programs outside see them: the JSON of the operator API, which notices carry too."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, func, or_, select, tuple_

from pipeline.domain.errors import UnknownOrder
from pipeline.store import acts, claims, journal, orders, questions, quote_views, showing
from pipeline.store.database import Database
from pipeline.store.sought import sought
from pipeline.store.tables import ORDERS, QUOTES, REVISIONS

MOST = 100
# A line that waits for months is looked at thousands of times: a view holds the newest entries and counts the others.
_MOST_ENTRIES = 500


class BadCursor(ValueError):
    """A cursor that no list of ours gave out. Its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What a list is narrowed to; empty means any. `quote` is a quote's id or number, `company` a part of its name or its
    whole id, `q` a part of reference, company, quote or marketplace order id. Capitals don't count in parts.
    """

    quote: str = ""
    state: str = ""
    marketplace: str = ""
    company: str = ""
    q: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`next_cursor` None: there is no more."""

    items: Sequence[dict[str, Any]]
    next_cursor: str | None


def order_view(
    connection: Connection, database: Database, order_id: UUID, *, with_exchanges: bool = False
) -> dict[str, Any]:
    """
    One order, whole, as `GET /api/orders/{ref}` gives it: instants as ISO 8601 in UTC, amounts as decimal strings.

    Reads within the caller's transaction and sees what it has written. `with_exchanges`: each entry of the timeline
    has the redacted exchanges with the marketplace too. Raises UnknownOrder.
    """
    found = connection.execute(_selected().where(ORDERS.c.id == order_id)).mappings().first()
    if found is None:
        raise UnknownOrder("There is no such order.")
    row = orders.Row(dict(found), found["now"])
    made = claims.of_order(connection, database, order_id)
    entries = journal.read(connection, database, order_id)
    return {
        **_head(database, row),
        "account": row.account,
        "other_parts": quote_views.parts_of(connection, row.quote_pk, row.revision_pk, order_id),
        "lines": _lines(connection, database, row),
        "questions": [showing.question(asked) for asked in questions.of_order(connection, database, order_id)],
        "attempts": [showing.attempt(claim) for claim in made if claim.is_purchase],
        "writes": [showing.write(claim) for claim in made if not claim.is_purchase],
        "timeline": [showing.entry(entry, with_exchanges=with_exchanges) for entry in entries[-_MOST_ENTRIES:]],
        "timeline_omitted": max(0, len(entries) - _MOST_ENTRIES),
        "pending_act": showing.pending_act(acts.pending_of(database, row)),
    }


def order_list(
    connection: Connection,
    database: Database,
    filters: Filters = Filters(),
    limit: int = MOST,
    cursor: str | None = None,
) -> Page:
    """Orders, newest first, at most 100 at once. `cursor` goes on where a page ended. Raises BadCursor."""
    wanted = min(max(limit, 1), MOST)
    query = _narrowed(_selected(), filters).order_by(ORDERS.c.created_at.desc(), ORDERS.c.id.desc()).limit(wanted + 1)
    if cursor:
        query = query.where(tuple_(ORDERS.c.created_at, ORDERS.c.id) < tuple_(*read_cursor(cursor)))
    found = [orders.Row(dict(row), row["now"]) for row in connection.execute(query).mappings()]
    shown = found[:wanted]
    more = len(found) > wanted
    return Page(
        [_head(database, row) for row in shown], write_cursor(shown[-1].created_at, shown[-1].id) if more else None
    )


def write_cursor(at: datetime, row_id: UUID) -> str:
    """An opaque cursor that goes on after this row in a list of newest first."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{row_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Raises BadCursor."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, row_id = text.partition("|")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(at)
        return moment, UUID(row_id)
    except (ValueError, binascii.Error) as error:
        raise BadCursor("The cursor is none that a list gave out; take next_cursor as it came.") from error


def _selected() -> Select[Any]:
    return (
        select(
            *ORDERS.c,
            QUOTES.c.quote_id,
            QUOTES.c.system,
            QUOTES.c.number,
            QUOTES.c.url,
            REVISIONS.c.revision,
            func.clock_timestamp().label("now"),
        )
        .join(QUOTES, QUOTES.c.id == ORDERS.c.quote_pk)
        .join(REVISIONS, REVISIONS.c.id == ORDERS.c.revision_pk)
    )


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    if quote := sought(filters.quote):
        query = query.where(or_(QUOTES.c.quote_id == quote, QUOTES.c.number == quote))
    if filters.state:
        query = query.where(ORDERS.c.state == filters.state)
    if filters.marketplace:
        query = query.where(ORDERS.c.marketplace == sought(filters.marketplace).lower())
    if company := sought(filters.company):
        named = ORDERS.c.company.icontains(company, autoescape=True)
        query = query.where(or_(named, ORDERS.c.company_id == company))
    if part := sought(filters.q):
        columns = (ORDERS.c.ref, ORDERS.c.company, ORDERS.c.marketplace_order_id, QUOTES.c.quote_id, QUOTES.c.number)
        query = query.where(or_(*(column.icontains(part, autoescape=True) for column in columns)))
    return query


def _head(database: Database, row: orders.Row) -> dict[str, Any]:
    """What a list shows of an order, and a view begins with."""
    return {
        "ref": row.ref,
        "version": row.version,
        "quote_id": row.quote_id,
        "quote_revision": row.revision,
        "quote_system": row.system,
        "quote_number": row.number,
        "quote_url": row.url,
        "marketplace": row.marketplace,
        "company": row.company,
        "company_id": row.company_id,
        "state": row.state,
        "unknown_submit": row.unknown_submit,
        "stage": row.stage,
        "marketplace_order_id": row.marketplace_order_id,
        "requested_at": showing.instant(row.requested_at),
        "created_at": showing.instant(row.created_at),
        "updated_at": showing.instant(row.updated_at),
        "ended_at": showing.instant(row.ended_at),
        "waiting_for": None if row.waiting_for is None else database.open(row.waiting_for),
        "waiting_since": showing.instant(row.waiting_since),
        "waiting_on": row.waiting_on,
        # Of a leased row `due_at` only says when its message is published again: its step is to run now.
        "next_at": None if row.leased else showing.instant(row.due_at),
    }


def _lines(connection: Connection, database: Database, row: orders.Row) -> list[dict[str, Any]]:
    facts = orders.facts_of(database, row)
    fresh = {line.line_id: line for line in facts.catalogue.lines} if facts.catalogue else {}
    quote = orders.quote_of(connection, database, row)
    return [showing.line(line, fresh.get(line.id), facts.progress.get(line.id)) for line in quote.lines]
