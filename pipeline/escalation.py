"""
Questions that wait for a person: at half of their time whoever was asked is reminded, once; past it, the next person
is told, and a new deadline begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from pipeline.domain.change import Change
from pipeline.domain.state import OrderState
from pipeline.domain.working_time import due_after
from pipeline.moves import Mover, Rules
from pipeline.store import due, journal, orders, questions
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.tables import QUESTIONS

_LOG = structlog.get_logger(__name__)
_BATCH = 100


def escalate(database: Database, mover: Mover, rules: Rules, escalate_to: str) -> int:
    """
    Hands each overdue question to `escalate_to` (where it is empty the owner stays and is told again), reminds of those
    whose time is half over, and gives how many there were. Any number of workers may do this at once: each question is
    seen to by one of them.

    Each is a transaction of its own, so that one that cannot be told of keeps no other from its next person.
    """
    with database.transaction() as connection:
        found = (*due.overdue_questions(connection, _BATCH), *due.questions_half_over(connection, _BATCH))
    seen_to = 0
    for question_id in found:
        try:
            seen_to += _see_to(database, mover, rules, escalate_to, question_id)
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001  one that cannot be told of must not keep the others
            _LOG.exception("escalation.bug", question=str(question_id))
    return seen_to


def _see_to(database: Database, mover: Mover, rules: Rules, escalate_to: str, question_id: UUID) -> bool:
    """False when it was answered or seen to meanwhile. The order is locked first, as by all who touch both."""
    with database.transaction() as connection:
        asked_of = connection.execute(select(QUESTIONS.c.order_id).where(QUESTIONS.c.id == question_id)).scalar_one()
        row = orders.lock(connection, asked_of)
        if row is None:
            return False
        due_at = due_after(row.now, rules.deadline_of(connection, row))
        owner = questions.hand_on(connection, question_id, escalate_to, due_at)
        reminded = () if owner is not None else questions.remind(connection, row.id)
        if owner is None and not reminded:
            return False
        journal.write(connection, database, row.id, _entry(row, owner, reminded))
        moved = orders.move(connection, row.id, None, **_waits_on(row, owner))
        if moved is not None:
            mover.tell(connection, row.id, Change.ASKING, moved.version, reminds=owner is None)
    return True


def _entry(row: orders.Row, owner: str | None, reminded: Sequence[str]) -> Entry:
    if owner is None:
        note = f"Half of the time to answer is over: {' and '.join(reminded)} was reminded."
        return Entry("act", row.stage, "reminded", actor="clock", notes=(note,))
    note = f"A question has waited past its deadline. It is now {owner}'s."
    return Entry("act", row.stage, "escalated", actor="clock", notes=(note,))


def _waits_on(row: orders.Row, owner: str | None) -> dict[str, str]:
    return {"waiting_on": owner} if owner is not None and row.state == OrderState.ASKING else {}
