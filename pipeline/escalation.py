"""
Questions that wait for a person: at half of their time whoever was asked is reminded, once; past it, the next person
is told, and a new deadline begins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from pipeline.domain.change import Change
from pipeline.domain.state import OrderState
from pipeline.domain.working_time import due_after
from pipeline.moves import Mover, Rules
from pipeline.store import due, journal, orders, questions
from pipeline.store.database import Database
from pipeline.store.journal import Entry

_LOG = structlog.get_logger(__name__)
_BATCH = 150
# Seen to in one transaction: while all places of a worker are busy each way to the database and back takes long.
_TOGETHER = 10


def escalate(database: Database, mover: Mover, rules: Rules, escalate_to: str) -> int:
    """
    Hands each overdue question to `escalate_to` (where it is empty the owner stays and is told again), reminds of those
    whose time is half over, and gives how many there were. Any number of workers may do this at once: each question is
    seen to by one of them.

    Some share a transaction. Where one of them cannot be told of, each gets its own, so that it keeps no other from its
    next person.
    """
    seeing_to = _SeeingTo(database, mover, rules, escalate_to)
    return seeing_to.each(due.overdue_questions) + seeing_to.each(due.half_over_questions)


_Find = Callable[[Connection, Collection[UUID], int], Sequence[tuple[UUID, UUID]]]


class _SeeingTo:
    """One clock's round over the questions."""

    def __init__(self, database: Database, mover: Mover, rules: Rules, escalate_to: str) -> None:
        self._database = database
        self._mover = mover
        self._rules = rules
        self._escalate_to = escalate_to
        self._passed_over: set[UUID] = set()

    def each(self, find: _Find) -> int:
        """About a batch at most. No two workers are at the same question: its order is locked as it is found."""
        seen_to, most = 0, _TOGETHER
        for _ in range(_BATCH):
            found: Sequence[tuple[UUID, UUID]] = ()
            try:
                with self._database.transaction() as connection:
                    found = find(connection, self._passed_over, most)
                    done = sum(self._see_to(connection, *one) for one in found)
            except SQLAlchemyError:
                raise
            except Exception:  # noqa: BLE001  one that cannot be told of must not keep the others
                if len(found) > 1:
                    most = 1
                    continue
                _LOG.exception("escalation.bug", question=str(found and found[0][1]))
                if not found:
                    break
                self._passed_over.add(found[0][1])
                continue
            seen_to += done
            if not found or seen_to >= _BATCH:
                break
        return seen_to

    def _see_to(self, connection: Connection, order_id: UUID, question_id: UUID) -> bool:
        """False when it was answered or seen to meanwhile."""
        row = orders.lock(connection, order_id)
        if row is None:
            return False
        due_at = due_after(row.now, self._rules.deadline_of(connection, row))
        owner = questions.hand_on(connection, question_id, self._escalate_to, due_at)
        reminded = () if owner is not None else questions.remind(connection, row.id)
        if owner is None and not reminded:
            return False
        journal.write(connection, self._database, row.id, _entry(row, owner, reminded))
        moved = orders.move(connection, row.id, None, **_waits_on(row, owner))
        if moved is not None:
            self._mover.tell(connection, row.id, Change.ASKING, moved.version, reminds=owner is None)
        return True


def _entry(row: orders.Row, owner: str | None, reminded: Sequence[str]) -> Entry:
    if owner is None:
        note = f"Half of the time to answer is over: {' and '.join(reminded)} was reminded."
        return Entry("act", row.stage, "reminded", actor="clock", notes=(note,))
    note = f"A question has waited past its deadline. It is now {owner}'s."
    return Entry("act", row.stage, "escalated", actor="clock", notes=(note,))


def _waits_on(row: orders.Row, owner: str | None) -> dict[str, str]:
    return {"waiting_on": owner} if owner is not None and row.state == OrderState.ASKING else {}
