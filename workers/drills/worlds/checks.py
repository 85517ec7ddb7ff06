"""The rules that hold after every step of every world, looked for in the rows and at the marketplace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Cursor
from psycopg.rows import namedtuple_row

from pipeline.domain.stage import Stage
from workers.drills.worlds.counted import found_wrong
from workers.drills.worlds.markets.stall import Markets
from workers.drills.worlds.rows import ENDED, Rows

_PROVED = frozenset({"rejected", "not_sent", "throttled", "absent"})

_ORDERS = """
SELECT o.id, o.stage, o.state, o.version, o.due_at, o.line_ids, o.marketplace_order_id, o.unknown_submit, o.created_at,
       o.behind, o.marketplace,
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
       (SELECT count(*) FROM claims c WHERE c.kind = 'cancel_purchase' AND NOT EXISTS
        (SELECT 1 FROM journal j WHERE j.order_id = c.order_id AND j.outcome = 'cancelling')) AS unwanted,
       (SELECT count(*) FROM events WHERE due_at IS NOT NULL) + (SELECT count(*) FROM notices WHERE due_at IS NOT NULL)
       AS waiting,
       (SELECT count(*) FROM (SELECT 1 FROM purchased_lines WHERE NOT refused GROUP BY revision_pk, line_id
        HAVING count(*) > 1) twice) AS twice
"""


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

    def look(self, markets: Markets) -> list[str]:
        """What is wrong after a step."""
        counts = self.read()
        wrong = [
            *_counted(counts),
            *(_forgotten(self.rows)),
            *self._moves(),
            *found_wrong(self.rows, markets),
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
        "unwanted": "something was to be cancelled that nobody wanted to be",
        "twice": "an accepted line is in two purchases that were not refused",
    }
    yield from (sentence for name, sentence in names.items() if getattr(counts, name))


def _forgotten(rows: Rows) -> Iterator[str]:
    for order in rows.orders:
        if order.state not in ENDED and order.due_at is None and not order.asked:
            yield f"an order at {order.stage} ({order.state}) is open, is not due, and asks nobody"
