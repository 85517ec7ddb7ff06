"""Questions whose deadline has passed: the next person is told, and a new deadline begins."""

from __future__ import annotations

from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from pipeline.domain.change import Change
from pipeline.domain.state import OrderState
from pipeline.domain.working_time import due_after
from pipeline.moves import Mover, Rules
from pipeline.store import due, journal, orders
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.tables import QUESTIONS

_LOG = structlog.get_logger(__name__)
_BATCH = 100


def escalate(database: Database, mover: Mover, rules: Rules, escalate_to: str) -> int:
    """
    Hands each overdue question to `escalate_to` (where it is empty the owner stays and is told again), and gives how
    many there were. Any number of workers may do this at once: each question is moved by one of them.

    Each is a transaction of its own, so that one that cannot be told of keeps no other from its next person.
    """
    with database.transaction() as connection:
        overdue = due.overdue_questions(connection, _BATCH)
    handed_on = 0
    for question_id in overdue:
        try:
            handed_on += _hand_on(database, mover, rules, escalate_to, question_id)
        except SQLAlchemyError:
            raise
        except Exception:  # noqa: BLE001  one that cannot be told of must not keep the others
            _LOG.exception("escalation.bug", question=str(question_id))
    return handed_on


def _hand_on(database: Database, mover: Mover, rules: Rules, escalate_to: str, question_id: UUID) -> bool:
    """False when it was answered or handed on meanwhile. The order is locked first, as by all who touch both."""
    with database.transaction() as connection:
        asked_of = connection.execute(select(QUESTIONS.c.order_id).where(QUESTIONS.c.id == question_id)).scalar_one()
        row = orders.lock(connection, asked_of)
        if row is None:
            return False
        still_open = QUESTIONS.c.answered_at.is_(None) & QUESTIONS.c.withdrawn_at.is_(None)
        owner: str | None = connection.execute(
            update(QUESTIONS)
            .where(QUESTIONS.c.id == question_id, still_open, QUESTIONS.c.due_at <= func.now())
            .values(
                owner=escalate_to or QUESTIONS.c.owner,
                escalations=QUESTIONS.c.escalations + 1,
                due_at=due_after(row.now, rules.deadline),
            )
            .returning(QUESTIONS.c.owner)
        ).scalar_one_or_none()
        if owner is None:
            return False
        note = f"A question has waited past its deadline. It is now {owner}'s."
        entry = Entry("act", row.stage, "escalated", actor="clock", notes=(note,))
        journal.write(connection, database, row.id, entry)
        moved = orders.move(connection, row.id, None, **_waits_on(row, owner))
        if moved is not None:
            mover.tell(connection, row.id, Change.ASKING, moved.version)
    return True


def _waits_on(row: orders.Row, owner: str) -> dict[str, str]:
    return {"waiting_on": owner} if row.state == OrderState.ASKING else {}
