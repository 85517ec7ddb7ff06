"""
Multiplying the specimens, in the database: each parked order has rows of its own in every table, the sealed columns
copied. Those which stand behind a claim, hold one or will buy get facts that name a company of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Table

from pipeline.store.cipher import Cipher
from pipeline.store.tables import CLAIMS, EVENTS, JOURNAL, ORDERS, PURCHASED_LINES, QUESTIONS, QUOTES, REVISIONS
from workers.drills.silence.sizes import Kind, Sizes
from workers.drills.silence.specimens import Specimen

# Of the drill's own: which order is which, for whoever wakes them and counts.
_LIST = """
CREATE TABLE drill_parked (
    n int PRIMARY KEY, kind text, wakes boolean, source uuid, id uuid, quote uuid, revision uuid, company text,
    due_at timestamptz, facts bytea
)
"""
# When a parked order is due by itself: dates far ahead, polls and tries once in half an hour, claims each minute.
_DUE = {
    Kind.DATED: "interval '1 day' + random() * interval '90 days'",
    Kind.POLLING: "random() * interval '30 minutes'",
    Kind.RETRYING: "random() * interval '30 minutes'",
    Kind.BEHIND: "random() * interval '1 minute'",
}
_LATER = "interval '1 day'"
_OWN_COMPANY = (Kind.LOST, Kind.BEHIND)

# What differs from the specimen's row `s`, for the parked order `p`. What is not named is copied.
_QUOTES = {"id": "p.quote", "system": "'parked'", "quote_id": "p.n::text"}
_REVISIONS = {"id": "p.revision", "quote_pk": "p.quote"}
_EVENTS = {"id": "gen_random_uuid()", "quote_pk": "p.quote", "delivery_id": "NULL", "due_at": "NULL"}
_ORDERS = {
    "id": "p.id",
    "ref": "'QW-P' || p.n",
    "quote_pk": "p.quote",
    "revision_pk": "p.revision",
    "customer_key": "'parked-' || p.n",
    "company_id": "p.company",
    "company": "'Parked ' || p.n",
    "facts": "coalesce(p.facts, s.facts)",
    "requested_at": "CASE WHEN s.requested_at IS NOT NULL THEN p.due_at END",
    "due_at": "CASE WHEN s.due_at IS NOT NULL THEN p.due_at END",
    "behind": "CASE WHEN s.behind IS NOT NULL THEN p.company END",
    "leased": "false",
    "published": "0",
    "taken_until": "NULL",
    # Long enough at it that it waits the longest interval.
    "polls": "100",
}
_CLAIMS = {
    "id": "md5(s.id::text || p.n)::uuid",
    "order_id": "p.id",
    "key": "p.company",
    "marketplace_id": "s.marketplace_id || '-' || p.n",
}
_LINES = {"claim_id": "md5(s.claim_id::text || p.n)::uuid", "revision_pk": "p.revision"}
_JOURNAL = {"order_id": "p.id"}
_QUESTIONS = {"id": "gen_random_uuid()", "order_id": "p.id"}
_COPIES: Sequence[tuple[Table, str, Mapping[str, str]]] = (
    (QUOTES, "s.id = o.quote_pk", _QUOTES),
    (REVISIONS, "s.id = o.revision_pk", _REVISIONS),
    (EVENTS, "s.quote_pk = o.quote_pk", _EVENTS),
    (ORDERS, "s.id = o.id", _ORDERS),
    (CLAIMS, "s.order_id = o.id", _CLAIMS),
    (PURCHASED_LINES, "s.revision_pk = o.revision_pk", _LINES),
    # The newest entry only: what is read of an order's past when it wakes is nothing.
    (JOURNAL, "s.id = (SELECT max(id) FROM journal WHERE order_id = o.id)", _JOURNAL),
    (QUESTIONS, "s.order_id = o.id AND s.answered_at IS NULL AND s.withdrawn_at IS NULL", _QUESTIONS),
)


def park(url: str, cipher: Cipher, specimens: Mapping[Kind, Specimen], sizes: Sizes) -> Sequence[str]:
    """Parks as many of each kind as the sizes say. Gives the companies of those that will buy when they wake."""
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.transaction():
            connection.execute(_LIST)
            numbers = count(1)
            for kind, specimen in specimens.items():
                _list(connection, kind, specimen, sizes, numbers)
            _own_facts(connection, cipher, specimens)
            for table, joined, differs in _COPIES:
                connection.execute(_copy(table, joined, differs))
        connection.execute("VACUUM (ANALYZE)")
        buyers = "SELECT company FROM drill_parked WHERE kind = %s AND wakes"
        return [company for (company,) in connection.execute(buyers, (Kind.DATED.name,))]


def _list(
    connection: psycopg.Connection[Any], kind: Kind, specimen: Specimen, sizes: Sizes, numbers: count[int]
) -> None:
    """The kind's part of the list. An order behind a claim has the company of the one that holds it."""
    parked, waking = sizes.parked_of[kind], sizes.waking_of.get(kind, 0)
    columns = "n, kind, wakes, source, id, quote, revision, company"
    with connection.cursor() as cursor, cursor.copy(f"COPY drill_parked ({columns}) FROM STDIN") as rows:
        for nth in range(parked):
            company = UUID(int=(nth << 80) | 1) if kind in _OWN_COMPANY else uuid4()
            ids = (specimen.order_id, uuid4(), uuid4(), uuid4())
            rows.write_row((next(numbers), kind.name, nth < waking, *ids, str(company)))
    due = sql.SQL(
        f"UPDATE drill_parked SET due_at = now() + CASE WHEN wakes THEN {_LATER} ELSE {_DUE.get(kind, _LATER)} END "  # noqa: S608
        "WHERE kind = %s"
    )
    connection.execute(due, (kind.name,))


def _own_facts(connection: psycopg.Connection[Any], cipher: Cipher, specimens: Mapping[Kind, Specimen]) -> None:
    for kind in (Kind.DATED, *_OWN_COMPANY):
        told = connection.execute("SELECT facts FROM orders WHERE id = %s", (specimens[kind].order_id,)).fetchone()
        facts = cipher.open((told or (b"",))[0])
        wanted = connection.execute(
            "SELECT n, company FROM drill_parked WHERE kind = %s AND (wakes OR kind <> 'DATED')", (kind.name,)
        ).fetchall()
        own = [(cipher.seal(facts.replace(specimens[kind].company_id, company)), n) for n, company in wanted]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE drill_parked SET facts = %s WHERE n = %s", own)


def _copy(table: Table, joined: str, differs: Mapping[str, str]) -> sql.Composed:
    names = [column.name for column in table.columns if column.identity is None]
    return sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {values} FROM drill_parked p JOIN orders o ON o.id = p.source "
        "JOIN {table} s ON {joined}"
    ).format(
        table=sql.Identifier(table.name),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(
            sql.SQL(differs[name]) if name in differs else sql.Identifier("s", name) for name in names
        ),
        joined=sql.SQL(joined),
    )
