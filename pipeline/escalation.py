"""Questions whose deadline has passed: the next person is told, and a new deadline begins."""

from __future__ import annotations

from sqlalchemy import func, select, update

from pipeline.domain.change import Change
from pipeline.domain.working_time import due_after
from pipeline.moves import Mover, Rules
from pipeline.store import due, journal, orders
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.tables import QUESTIONS

_BATCH = 100


def escalate(database: Database, mover: Mover, rules: Rules, escalate_to: str) -> int:
    """
    Hands each overdue question to `escalate_to` (where it is empty the owner stays and is told again), and gives how
    many there were. Any number of workers may do this at once: each question is moved by one of them.
    """
    with database.transaction() as connection:
        now = connection.execute(select(func.now())).scalar_one()
        overdue = due.overdue_questions(connection, _BATCH)
        for question_id in overdue:
            owner = escalate_to or QUESTIONS.c.owner
            moved = connection.execute(
                update(QUESTIONS)
                .where(QUESTIONS.c.id == question_id)
                .values(owner=owner, escalations=QUESTIONS.c.escalations + 1, due_at=due_after(now, rules.deadline))
                .returning(QUESTIONS.c.order_id, QUESTIONS.c.owner)
            ).one()
            row = orders.lock(connection, moved.order_id)
            if row is None:
                continue
            note = f"A question has waited past its deadline. It is now {moved.owner}'s."
            entry = Entry("act", row.stage, "escalated", actor="clock", notes=(note,))
            journal.write(connection, database, row.id, entry)
            version = orders.move(connection, row.id, None, waiting_on=moved.owner)
            if version is not None:
                mover.tell(connection, row.id, Change.ASKING, version.version)
    return len(overdue)
