"""Answering an order's questions, and approving a price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from pipeline.domain.errors import BadAnswer
from pipeline.domain.money import Money
from pipeline.domain.question import Act, Answered, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.operations import mapping
from pipeline.operations.desk import Desk, at_version
from pipeline.store import orders, questions, quotes, settlements
from pipeline.store.due import nudge
from pipeline.store.questions import Asked

APPROVED = "approved"


def answer(
    desk: Desk,
    ref: str,
    version: int,
    answers: Mapping[UUID, Sequence[str]],
    *,
    actor: str,
    named: str = "",
    remember: bool = False,
) -> dict[str, Any]:
    """
    Keeps the answers, by question id, all or none, and gives the order as it is then. It goes on at once when nothing
    holds it any longer. `named` is who answered where that is personal data: it is kept sealed, and `actor` readable.
    `remember` also puts what was answered about products into the product map.

    Raises BadAnswer, besides what every act raises.
    """
    if not answers:
        raise BadAnswer("No answer was given: name at least one question by its id.")
    who = named or actor
    with desk.database.transaction() as connection:
        row, asked = _gather(desk, connection, ref, version, answers)
        if remember and not any(mapping.can_be_remembered(each.question) for each in asked):
            raise BadAnswer("Only the answer to the question about a line's product can be remembered.")
        for question in asked:
            values = _values(question, answers[question.id])
            _check(question, values)
            _settle(desk, connection, question, Answered(values, row.now, who))
            told = f"{who} answered: {question.question.text}"
            if question.question.kind in settlements.KINDS:
                told = settlements.carry_out(connection, desk.database, row.id, question.question, values, actor=actor)
            if remember and mapping.can_be_remembered(question.question):
                by_then = mapping.remember(connection, desk.database, row, question.question, values[0], actor=actor)
                told = f"{told} {by_then}"
            desk.note(connection, row, "answered", actor, told)
        _after(desk, connection, row)
        return desk.settled(connection, row)


def approve(
    desk: Desk, ref: str, version: int, question_id: UUID, amount: Money | Decimal, reason: str, *, actor: str
) -> dict[str, Any]:
    """
    Approves a unit cost: the one that was shown, or more. The approval holds up to `amount`, whose currency may be left
    out. Raises BadAnswer, besides what every act raises.
    """
    with desk.database.transaction() as connection:
        row, (asked,) = _gather(desk, connection, ref, version, [question_id])
        approved = _approved(asked, amount)
        _settle(desk, connection, asked, Answered((APPROVED,), row.now, actor, approved))
        note = f"{actor} approved a unit cost of up to {approved}: {reason}"
        desk.note(connection, row, "approved", actor, note)
        _after(desk, connection, row)
        return desk.settled(connection, row)


def _gather(
    desk: Desk, connection: Connection, ref: str, version: int, wanted: Sequence[UUID] | Mapping[UUID, Sequence[str]]
) -> tuple[orders.Row, Sequence[Asked]]:
    """The order, locked, and the questions meant. Those about a quote take the quote's lock before the order's."""
    order_id = orders.find(connection, ref)
    at_version(None if order_id is None else orders.read(connection, order_id), ref, version)
    assert order_id is not None  # noqa: S101  at_version has looked
    known = {asked.id: asked for asked in questions.of_order(connection, desk.database, order_id)}
    meant = [known[each] for each in wanted if each in known]
    if any(asked.question.kind in settlements.KINDS for asked in meant):
        quotes.lock_of_order(connection, order_id)
    row = at_version(orders.lock(connection, order_id), ref, version)
    for each in wanted:
        if each not in known:
            raise BadAnswer(f"{row.ref} has no question {each}.")
        if not known[each].open:
            raise BadAnswer(f"The question {each} is no longer open.")
    return row, meant


def _values(asked: Asked, given: Sequence[str]) -> tuple[str, ...]:
    """Each value once; but those of a contact count by their places, and a person's two names may be the same."""
    return tuple(given) if asked.question.kind is QuestionKind.CONTACT else tuple(dict.fromkeys(given))


def _check(asked: Asked, values: Sequence[str]) -> None:
    question = asked.question
    if Act.ANSWER not in question.acts:
        acts = ", ".join(question.acts)
        raise BadAnswer(f"The question {asked.id} takes no answer; it is settled by: {acts}.")
    if not values or any(not value.strip() for value in values):
        raise BadAnswer(f"The answer to the question {asked.id} is empty.")
    if len(values) > 1 and not question.many:
        raise BadAnswer(f"The question {asked.id} takes one value, not {len(values)}.")
    if question.possible_values and (unknown := [value for value in values if value not in question.possible_values]):
        raise BadAnswer(f"{unknown[0]!r} is not among the possible values: {', '.join(question.possible_values)}.")


def _approved(asked: Asked, amount: Money | Decimal) -> Money:
    shown = asked.question.amount
    if Act.APPROVE not in asked.question.acts or shown is None:
        raise BadAnswer(f"The question {asked.id} is not about a price; answer it instead.")
    given = amount if isinstance(amount, Money) else Money(amount=amount, currency=shown.currency)
    if given.currency != shown.currency:
        raise BadAnswer(f"The price that was shown is {shown}; an approval in {given.currency} does not fit it.")
    if given.amount < shown.amount:
        raise BadAnswer(f"{given} is less than the {shown} that was shown: nothing could be bought by this approval.")
    return given


def _settle(desk: Desk, connection: Connection, asked: Asked, answered: Answered) -> None:
    if not questions.settle(connection, desk.database, asked.id, answered):
        raise BadAnswer(f"The question {asked.id} is no longer open.")


def _after(desk: Desk, connection: Connection, before: orders.Row) -> None:
    """Lets the order go on if nothing holds it. What has bought is not held by questions about its quote."""
    row = orders.lock(connection, before.id)
    if row is None or row.version != before.version:
        return
    if row.state == OrderState.ASKING and not _held(desk, connection, row):
        desk.go_on(connection, row, Stage(row.stage), entered_at=row.entered_at)
    elif row.taken_until is None or row.taken_until < row.now:
        orders.move(connection, row.id, None)
        nudge(connection)


def _held(desk: Desk, connection: Connection, row: orders.Row) -> bool:
    waiting = [asked for asked in questions.of_order(connection, desk.database, row.id) if asked.open]
    if row.marketplace_order_id is not None:
        waiting = [asked for asked in waiting if asked.question.kind not in questions.OUTLAST_STAGES]
    return bool(waiting)
