"""Answers to the questions about a quote itself, carried out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, func, update

from pipeline.domain.acceptance import RevisionState
from pipeline.domain.errors import NotAllowed
from pipeline.domain.question import Question, QuestionKind
from pipeline.domain.state import OrderState
from pipeline.store import acceptances, orders, quote_questions, quotes
from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.questions import open_count
from pipeline.store.quote_questions import Choice
from pipeline.store.quotes import LockedQuote
from pipeline.store.tables import QUESTIONS, REVISIONS

KINDS = frozenset({QuestionKind.REVISION, QuestionKind.REORDER, QuestionKind.REVOKED, QuestionKind.LEFT_OUT})


def carry_out(
    connection: Connection, database: Database, order_id: UUID, question: Question, values: Sequence[str], *, actor: str
) -> str:
    """
    Does what the answer to a question of `KINDS` means, in the transaction that keeps the answer; gives a sentence.

    Takes the quote's lock, so call it before the order's is taken. The same question of the quote's other orders is
    withdrawn, and orders that it stopped go on. Raises NotAllowed where too much has happened for the answer.
    """
    locked = quotes.lock_of_order(connection, order_id)
    choice = Choice(values[0])
    match question.kind, choice:
        case QuestionKind.REVISION, Choice.REPLACE:
            return _replace(connection, database, locked, question, actor)
        case QuestionKind.REORDER, Choice.ORDER:
            return _reorder(connection, database, locked, question, actor)
        case QuestionKind.REVISION, Choice.KEEP if _revision_of(locked, question):
            _mark(connection, _revision_of(locked, question), RevisionState.OLDER)
        case _:
            pass
    _release(connection, locked, order_id, question.key)
    return f"{actor} answered {choice}: nothing new is ordered."


def _revision_of(locked: LockedQuote, question: Question) -> UUID | None:
    """The revision that the question is about; None where it is about other content of the same one."""
    name = quote_questions.revision_named(question)
    known = locked.history.named(name)
    return locked.revisions[name] if known and known.state is RevisionState.UNSETTLED else None


def _replace(connection: Connection, database: Database, locked: LockedQuote, question: Question, actor: str) -> str:
    revision_pk = _revision_of(locked, question)
    if revision_pk is None:
        raise NotAllowed("This revision is no longer waiting to be judged.")
    if any(order.bought for order in locked.orders):
        raise NotAllowed(
            "Something was bought for the earlier revision, or its outcome is open: answer keep, and handle the "
            "difference at the marketplace or by a new quote."
        )
    if any(order.claim_open for order in locked.orders):
        raise NotAllowed(
            "The earlier revision is being prepared at the marketplace, and it is not known yet what became of that. "
            "Nothing of it was bought: answer again in a few minutes."
        )
    quote = quotes.snapshot(connection, database, revision_pk)
    acceptances.supersede(connection, database, locked, quote.key.revision)
    _mark(connection, revision_pk, RevisionState.CURRENT)
    why = f"{actor} chose revision {quote.key.revision} of quote {quote.number or quote.key.id}."
    made = acceptances.make_orders(connection, database, locked, revision_pk, quote, why)
    return f"{actor} chose the other revision: {len(made)} new."


def _reorder(connection: Connection, database: Database, locked: LockedQuote, question: Question, actor: str) -> str:
    if locked.history.living:
        raise NotAllowed("An order of this quote is open or bought already.")
    revision_pk = locked.revisions[quote_questions.revision_to_reorder(question, locked)]
    quote = quotes.snapshot(connection, database, revision_pk)
    quotes.mark(connection, locked, RevisionState.CURRENT, RevisionState.SUPERSEDED)
    _mark(connection, revision_pk, RevisionState.CURRENT)
    why = f"{actor} had quote {quote.number or quote.key.id} ordered again after it was accepted once more."
    made = acceptances.make_orders(connection, database, locked, revision_pk, quote, why)
    return f"{actor} had it ordered again: {len(made)} new."


def _mark(connection: Connection, revision_pk: UUID | None, state: RevisionState) -> None:
    connection.execute(update(REVISIONS).where(REVISIONS.c.id == revision_pk).values(state=state))


def _release(connection: Connection, locked: LockedQuote, order_id: UUID, key: str) -> None:
    """Withdraws the question from the quote's other orders; those that waited for nothing else go on."""
    siblings = [order.id for order in locked.orders if order.id != order_id]
    asked = connection.execute(
        update(QUESTIONS)
        .where(QUESTIONS.c.order_id.in_(siblings), QUESTIONS.c.key == key)
        .where(QUESTIONS.c.answered_at.is_(None), QUESTIONS.c.withdrawn_at.is_(None))
        .values(withdrawn_at=func.clock_timestamp())
        .returning(QUESTIONS.c.order_id)
    ).scalars()
    for sibling in set(asked):
        row = orders.lock(connection, sibling)
        if row is not None and row.state == OrderState.ASKING and not open_count(connection, sibling):
            going = {"state": OrderState.RUNNING, "due_at": func.clock_timestamp(), "leased": False}
            orders.move(connection, sibling, None, waiting_for=None, waiting_on="", waiting_since=None, **going)
    nudge(connection)
