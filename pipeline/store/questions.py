"""Questions: asking, answering, withdrawing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from pipeline.domain.question import Answered, Question, QuestionKind
from pipeline.domain.working_time import Deadline, due_after, halfway
from pipeline.store.database import Database
from pipeline.store.tables import QUESTIONS

_QUESTION = TypeAdapter(Question)
_ANSWER = TypeAdapter(Answered)
# A stage that goes on, or asks something else, has no word in these: only a person or their own rule closes them.
OUTLAST_STAGES = ("revision", "revoked", "reorder", "cancelled_late", "left_out")
_BEFORE_BUYING = (QuestionKind.REVISION, QuestionKind.REVOKED, QuestionKind.LEFT_OUT)
_OPEN = QUESTIONS.c.answered_at.is_(None) & QUESTIONS.c.withdrawn_at.is_(None)
# Open, and closed by a stage that goes on.
PASSING = _OPEN & QUESTIONS.c.kind.not_in(OUTLAST_STAGES)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as kept. Open while it is neither answered nor withdrawn."""

    id: UUID
    order_id: UUID
    question: Question
    owner: str
    asked_at: datetime
    due_at: datetime
    escalations: int
    answered: Answered | None
    withdrawn_at: datetime | None

    @property
    def open(self) -> bool:
        return self.answered is None and self.withdrawn_at is None


def ask(
    connection: Connection, database: Database, order_id: UUID, question: Question, owner: str, deadline: Deadline
) -> bool:
    """Asks, unless the same key is open already: then the open one stays. Tells whether it is new."""
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    row = insert(QUESTIONS).values(
        id=uuid4(),
        order_id=order_id,
        key=question.key,
        kind=question.kind,
        body=database.seal(_QUESTION.dump_json(question).decode()),
        owner=owner,
        asked_at=now,
        due_at=due_after(now, deadline),
        remind_at=halfway(now, deadline),
    )
    index_where = _OPEN
    done = connection.execute(
        row.on_conflict_do_nothing(index_elements=["order_id", "key"], index_where=index_where).returning(
            QUESTIONS.c.id
        )
    )
    return done.first() is not None


def hand_on(connection: Connection, question_id: UUID, owner: str, due_at: datetime) -> str | None:
    """
    Makes an overdue question the next person's (with an empty `owner`: it stays whose it was), and gives whose it is.
    None: it is closed, or not overdue.
    """
    return connection.execute(
        update(QUESTIONS)
        .where(QUESTIONS.c.id == question_id, _OPEN, QUESTIONS.c.due_at <= func.now())
        .values(
            owner=owner or QUESTIONS.c.owner, escalations=QUESTIONS.c.escalations + 1, due_at=due_at, remind_at=None
        )
        .returning(QUESTIONS.c.owner)
    ).scalar_one_or_none()


def remind(connection: Connection, order_id: UUID) -> Sequence[str]:
    """Whom to remind now, of all questions of the order that they are to be reminded of: once each, and never again."""
    to_remind = _OPEN & (QUESTIONS.c.remind_at <= func.now()) & (QUESTIONS.c.due_at > func.now())
    reminded = connection.execute(
        update(QUESTIONS)
        .where(QUESTIONS.c.order_id == order_id, to_remind)
        .values(remind_at=None)
        .returning(QUESTIONS.c.owner)
    ).scalars()
    return sorted(set(reminded))


def withdraw(connection: Connection, order_id: UUID, *, keep: Iterable[str] = (), all_kinds: bool = False) -> None:
    """
    Closes the order's open questions unanswered, but those whose keys are to be kept.

    Questions about the quote itself (a revision, a revocation, a late cancel) outlast the stages and are closed with
    `all_kinds` only.
    """
    closed = _OPEN if all_kinds else PASSING
    connection.execute(
        update(QUESTIONS)
        .where(QUESTIONS.c.order_id == order_id, closed, QUESTIONS.c.key.not_in(list(keep)))
        .values(withdrawn_at=func.clock_timestamp())
    )


def settle(connection: Connection, database: Database, question_id: UUID, answered: Answered) -> bool:
    """Keeps the answer. False, and nothing is changed, when the question is no longer open."""
    done = connection.execute(
        update(QUESTIONS)
        .where(QUESTIONS.c.id == question_id, _OPEN)
        .values(
            answered_at=answered.at,
            answer=database.seal(_ANSWER.dump_json(answered).decode()),
        )
    )
    return done.rowcount == 1


def of_order(connection: Connection, database: Database, order_id: UUID) -> Sequence[Asked]:
    """All questions that the order ever had, oldest first."""
    rows = connection.execute(
        select(QUESTIONS).where(QUESTIONS.c.order_id == order_id).order_by(QUESTIONS.c.asked_at, QUESTIONS.c.id)
    ).mappings()
    return [_asked(database, dict(row)) for row in rows]


def about_the_quote(connection: Connection, database: Database, order_id: UUID) -> Sequence[Question]:
    """Open questions by whose answers the quote may yet be replaced or withdrawn: nothing is bought before them."""
    asked = of_order(connection, database, order_id)
    return [one.question for one in asked if one.open and one.question.kind in _BEFORE_BUYING]


def open_count(connection: Connection, order_id: UUID) -> int:
    return connection.execute(
        select(func.count()).select_from(QUESTIONS).where(QUESTIONS.c.order_id == order_id, _OPEN)
    ).scalar_one()


def answers(connection: Connection, database: Database, order_id: UUID) -> Mapping[str, Answered]:
    """The newest answer for each question's key."""
    rows = connection.execute(
        select(QUESTIONS.c.key, QUESTIONS.c.answer)
        .where(QUESTIONS.c.order_id == order_id, QUESTIONS.c.answered_at.is_not(None))
        .order_by(QUESTIONS.c.answered_at, QUESTIONS.c.asked_at)
    )
    return {key: _ANSWER.validate_json(database.open(answer)) for key, answer in rows}


def _asked(database: Database, row: dict[str, Any]) -> Asked:
    return Asked(
        id=row["id"],
        order_id=row["order_id"],
        question=_QUESTION.validate_python(json.loads(database.open(row["body"]))),
        owner=row["owner"],
        asked_at=row["asked_at"],
        due_at=row["due_at"],
        escalations=row["escalations"],
        answered=_ANSWER.validate_json(database.open(row["answer"])) if row["answer"] else None,
        withdrawn_at=row["withdrawn_at"],
    )
