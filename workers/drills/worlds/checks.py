"""The rules that hold after every step of every world, looked for in the rows and at the marketplace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Cursor
from psycopg.rows import namedtuple_row

from pipeline.domain.stage import Stage
from workers.drills.worlds.market import WatchedMarket

_SETTLE = timedelta(seconds=180)
# Strangers' equal orders that a lagging list showed late may be from before the attempt.
_MAY_LAG = timedelta(seconds=150)
_PROVED = frozenset({"rejected", "not_sent", "throttled", "absent"})
_ENDED = frozenset({"done", "partly_done", "failed", "cancelled"})

_ORDERS = """
SELECT o.id, o.stage, o.state, o.version, o.due_at, o.line_ids, o.marketplace_order_id, o.unknown_submit, o.created_at,
       o.behind,
       q.quote_id, r.revision, r.snapshot IS NOT NULL AS accepted,
       (SELECT count(*) FROM questions a WHERE a.order_id = o.id AND a.answered_at IS NULL AND a.withdrawn_at IS NULL
        AND a.owner <> '' AND a.due_at IS NOT NULL) AS asked
FROM orders o JOIN quotes q ON q.id = o.quote_pk JOIN revisions r ON r.id = o.revision_pk
ORDER BY q.quote_id, r.revision, o.line_ids::text, o.created_at
"""
_CLAIMS = """
SELECT id, order_id, kind, claimed_at, send_by, answered, answered_at, closing, closed_at, closed_by, marketplace_id
FROM claims ORDER BY claimed_at
"""
_JOURNAL = "SELECT id, order_id, at, kind, stage, outcome, code, actor FROM journal WHERE id > %s ORDER BY id"
_NOTICES = "SELECT id, order_id, change, version FROM notices"
_OPEN = """
SELECT (SELECT count(*) FROM events WHERE status = 'received' AND due_at IS NULL) AS events,
       (SELECT count(*) FROM notices WHERE delivered_at IS NULL AND given_up_at IS NULL AND due_at IS NULL) AS notices,
       (SELECT count(*) FROM questions WHERE answered_at IS NULL AND withdrawn_at IS NULL
        AND (owner = '' OR due_at IS NULL)) AS questions,
       (SELECT count(*) FROM questions WHERE key = 'bug') AS bugs,
       (SELECT count(*) FROM events WHERE due_at IS NOT NULL) + (SELECT count(*) FROM notices WHERE due_at IS NOT NULL)
       AS waiting,
       (SELECT count(*) FROM (SELECT 1 FROM purchased_lines WHERE NOT refused GROUP BY revision_pk, line_id
        HAVING count(*) > 1) twice) AS twice
"""


@dataclass(slots=True)
class Rows:
    """The rows of a world at one moment."""

    orders: Sequence[Any] = ()
    claims: Sequence[Any] = ()

    def claims_of(self, order_id: UUID) -> list[Any]:
        return [claim for claim in self.claims if claim.order_id == order_id and claim.kind == "place_order"]

    def rests(self, order: Any) -> bool:
        """It has ended, or asks a person, or stands behind one that asks."""
        if order.state in _ENDED or order.asked:
            return True
        return order.behind is not None and any(other.asked for other in self.orders)

    def order(self, order_id: UUID) -> Any:
        return next(order for order in self.orders if order.id == order_id)


@dataclass(slots=True)
class Watcher:
    """
    Reads the rows over a connection of its own, and says what is wrong. `stages` is where each order was last seen.
    """

    connection: psycopg.Connection[Any]
    rows: Rows = field(default_factory=Rows)
    stages: dict[UUID, str] = field(default_factory=dict)
    journal: list[Any] = field(default_factory=list)
    waiting: bool = False
    _entry: int = 0
    _names: dict[UUID, str] = field(default_factory=dict)
    _notices: set[UUID] = field(default_factory=set)

    def begin(self) -> None:
        """A new world: nothing has been seen."""
        self.rows, self.stages, self.journal = Rows(), {}, []
        self._names, self._notices = {}, set()

    def read(self) -> Any:
        """Reads everything anew; gives the counts of what is open without anything to come."""
        # One way there and back for all four: it is done after each step.
        with self.connection.pipeline():
            asked = [self._begin(_ORDERS), self._begin(_CLAIMS), self._begin(_JOURNAL, self._entry), self._begin(_OPEN)]
        orders, claims, self.journal, (counts,) = (cursor.fetchall() for cursor in asked)
        self.rows, self.waiting = Rows(orders, claims), bool(counts.waiting)
        if self.journal:
            self._entry = self.journal[-1].id
        return counts

    def name(self, row: UUID) -> str:
        """What a row of the database is called in every playing of the world: an order or a notice."""
        if row not in self._names:
            self._learn_names()
        return self._names.get(row, "?")

    def _learn_names(self) -> None:
        for one in self._ask(_ORDERS):
            if one.id in self._names:
                continue
            plain = f"{one.quote_id}.{one.revision}.{'+'.join(one.line_ids)}"
            same = sum(name.startswith(plain) for name in self._names.values())
            self._names[one.id] = f"{plain}{'*' * same}"
        for one in self._ask(_NOTICES):
            self._notices.add(one.id)
            self._names[one.id] = f"{self._names[one.order_id]} {one.change} {one.version}"

    def _ask(self, query: str, *given: object) -> list[Any]:
        with self._begin(query, *given) as cursor:
            return list(cursor.fetchall())

    def _begin(self, query: str, *given: object) -> Cursor[Any]:
        return self.connection.cursor(row_factory=namedtuple_row).execute(query, given, prepare=True)

    def is_notice(self, row: UUID) -> bool:
        self.name(row)
        return row in self._notices

    def all_rest(self) -> bool:
        """Whether every order has ended or asks, and no message, event or notice waits."""
        return all(self.rows.rests(order) for order in self.rows.orders) and not self.waiting

    def look(self, market: WatchedMarket) -> list[str]:
        """What is wrong after a step."""
        counts = self.read()
        wrong = [
            *_counted(counts),
            *(_forgotten(self.rows)),
            *self._moves(),
            *_bought(self.rows, market),
            *_settled(self.rows, market),
        ]
        self.stages = {order.id: order.stage for order in self.rows.orders}
        return wrong

    def _moves(self) -> Iterator[str]:
        """Each step of an order begins where the last one ended, and nothing that may have bought goes back."""
        at = dict(self.stages)
        for entry in self.journal:
            before, stage = at.get(entry.order_id), entry.stage
            if entry.kind == "act":
                at.pop(entry.order_id, None)
            elif entry.outcome == "advanced":
                if before is not None and stage not in (before, Stage.SUBMIT):
                    yield f"an order that stood at {before} went on from {stage}"
                at[entry.order_id] = str(Stage(stage).next() or stage)
            elif entry.outcome == "went_back":
                at.pop(entry.order_id, None)
                if lost := _unproved(self.rows.claims_of(entry.order_id), entry.at):
                    yield f"an order went back from {stage} with an attempt that was {lost}"
        acts = {entry.order_id for entry in self.journal if entry.kind == "act"}
        for order in self.rows.orders:
            seen = self.stages.get(order.id)
            if seen and Stage(order.stage).number < Stage.SUBMIT.number <= Stage(seen).number:
                claims = self.rows.claims_of(order.id)
                if order.id not in acts and (lost := _unproved(claims, None)):
                    yield f"an order went from {seen} to {order.stage} with an attempt that was {lost}"
                if any(claim.closing is None for claim in claims):
                    yield f"an order went from {seen} to {order.stage} while its attempt is open"


def _unproved(claims: Sequence[Any], by: datetime | None) -> str:
    """How the first of the attempts stands that may have bought; nothing where all are proved not to have."""
    for claim in claims:
        if by is not None and claim.claimed_at > by:
            continue
        person = claim.closed_by is not None
        if claim.closing not in _PROVED and not person:
            return claim.closing or "open"
    return ""


def _counted(counts: Any) -> Iterator[str]:
    names: Mapping[str, str] = {
        "events": "an event waits to be read and is not due",
        "notices": "a notice waits to be sent and is not due",
        "questions": "a question has no owner or no deadline",
        "bugs": "a stage failed by a fault of its own",
        "twice": "an accepted line is in two purchases that were not refused",
    }
    yield from (sentence for name, sentence in names.items() if getattr(counts, name))


def _forgotten(rows: Rows) -> Iterator[str]:
    for order in rows.orders:
        if order.state not in _ENDED and order.due_at is None and not order.asked:
            yield f"an order at {order.stage} ({order.state}) is open, is not due, and asks nobody"


def _bought(rows: Rows, market: WatchedMarket) -> Iterator[str]:
    """At the marketplace: each attempt buys once, and each accepted line is bought once, but for a person's word."""
    attempts: dict[str, int] = {}
    lines: dict[tuple[str, str], int] = {}
    known = {str(claim.id): claim for claim in rows.claims}
    given_up = {
        rows.order(claim.order_id).quote_id
        for claim in rows.claims
        if claim.closing == "cancelled" and claim.kind == "place_order"
    }
    for purchase in market.purchases:
        attempts[purchase.attempt] = attempts.get(purchase.attempt, 0) + 1
        claim = known.get(purchase.attempt)
        if claim is None:
            continue
        order = rows.order(claim.order_id)
        for line_id in order.line_ids:
            key = (order.quote_id, line_id)
            lines[key] = lines.get(key, 0) + 1
    if any(count > 1 for count in attempts.values()):
        yield "one attempt bought twice"
    for (quote, line_id), count in lines.items():
        if count > 1 and quote not in given_up:
            yield f"line {line_id} of quote {quote} was bought {count} times"


def _settled(rows: Rows, market: WatchedMarket) -> Iterator[str]:
    """What was found out by looking was found out with patience, and it is true."""
    made = {purchase.attempt: purchase.order.id for purchase in market.purchases}
    for claim in rows.claims:
        if claim.kind != "place_order" or claim.closing not in ("adopted", "absent") or claim.closed_by:
            continue
        if claim.closed_at < claim.claimed_at + _SETTLE:
            yield f"an attempt was settled as {claim.closing} before its settling period was over"
        ours = made.get(str(claim.id))
        if claim.closing == "absent" and ours:
            yield "an attempt that bought was settled as absent"
        if claim.closing == "adopted" and ours != claim.marketplace_id:
            adopted = market.order(claim.marketplace_id or "")
            if ours or adopted is None or adopted.created < claim.claimed_at - _MAY_LAG:
                yield "an attempt adopted an order that is not what it bought"


def at_the_end(rows: Rows, market: WatchedMarket) -> Iterator[str]:
    """What must be true of each order once nothing is due any more."""
    for order in rows.orders:
        claims = {str(claim.id): claim for claim in rows.claims_of(order.id)}
        bought = [purchase.order.id for purchase in market.purchases if purchase.attempt in claims]
        given_up = any(claim.closing == "cancelled" for claim in claims.values())
        name = f"{order.quote_id} r{order.revision or '-'} lines {','.join(order.line_ids)}"
        if not rows.rests(order):
            yield f"{name} is {order.state} at {order.stage} in the end"
        if bought and order.marketplace_order_id not in bought and not (order.asked or given_up):
            yield f"{name} is {order.state}, and was bought as {len(bought)} order(s) that it does not know of"
        if order.state in ("done", "partly_done") and not bought:
            adopted = [claim for claim in claims.values() if claim.closing == "adopted"]
            if not adopted:
                yield f"{name} is {order.state}, and nothing was bought for it"
