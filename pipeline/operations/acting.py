"""Retry, cancel and reschedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.domain.acceptance import RevisionState
from pipeline.domain.claim import Claim, Closing, PlaceOrder
from pipeline.domain.errors import NotAllowed
from pipeline.domain.question import Act, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.operations.desk import Desk, ensure_open
from pipeline.operations.looking import ensure_absent, ensure_settled
from pipeline.ports import Exchange
from pipeline.store import acts, claims, orders, questions
from pipeline.store.tables import REVISIONS


def retry(desk: Desk, ref: str, version: int, *, actor: str) -> dict[str, Any]:
    """
    Tries again: from the catalogue on before the purchase, else by looking at the marketplace once more.

    While a write is open, that look is all it leads to, at the stage that wrote. After an attempt to buy that was given
    up without proof a fresh complete look comes first.
    Raises a PortError when that look cannot be completed.
    """
    exchanges = _look_again(desk, ref, version)
    with desk.locked(ref, version) as (connection, row):
        _ensure_retryable(desk, connection, row)
        stage = _from_where(row, looks=acts.has_open_claim(connection, row.id))
        questions.withdraw(connection, row.id)
        desk.note(connection, row, "retried", actor, f"{actor} had it tried again from {stage}.", exchanges=exchanges)
        desk.go_on(connection, row, stage, retried_at=func.clock_timestamp())
        return desk.settled(connection, row)


def cancel(desk: Desk, ref: str, version: int, reason: str, *, actor: str) -> dict[str, Any]:
    """
    Ends the order, or keeps the wish (`pending_act`) while a write at the marketplace is under way.

    Where a person was asked what became of a lost write, cancelling is their answer: it was not taken, or is handled at
    the marketplace.
    """
    with desk.locked(ref, version) as (connection, row):
        ensure_open(row, "cancel")
        claim = _asked_about(desk, connection, row)
        if claim is not None:
            claims.close(connection, claim.id, Closing.CANCELLED, by=actor)
            desk.note(connection, row, "attempt_given_up", actor, f"{actor} gave up attempt {claim.id}: {reason}")
            acts.cancel(connection, desk.database, row, actor=actor, reason=reason)
            desk.wake(connection, claim)
        else:
            acts.request_cancel(connection, desk.database, row.id, actor=actor, reason=reason)
        return desk.settled(connection, row)


def reschedule(desk: Desk, ref: str, version: int, date: datetime | None, reason: str, *, actor: str) -> dict[str, Any]:
    """Moves the date of the purchase; None, or a past one, means now. Kept as a wish while a write is under way."""
    with desk.locked(ref, version) as (connection, row):
        ensure_open(row, "reschedule")
        if row.state == OrderState.FAILED:
            raise NotAllowed(f"{row.ref} has failed: retry it first.")
        when = date if date is not None and date > row.now else None
        acts.request_date(connection, desk.database, row.id, actor=actor, reason=reason, date=when)
        return desk.settled(connection, row)


def _look_again(desk: Desk, ref: str, version: int) -> Sequence[Exchange]:
    """Looks for each earlier attempt that was given up without proof. Nothing to do after proved ones."""
    with desk.reading(ref, version) as (connection, row):
        _ensure_retryable(desk, connection, row)
        lost = _lost(desk, connection, row)
        if row.marketplace_order_id is not None or desk.open_purchase(connection, row) is not None or not lost:
            return ()
        for claim in lost:
            ensure_settled(desk, row, claim)
        account = desk.account(row)
        order = orders.load(connection, desk.database, row, desk.policy(row), account.title)
    return [exchange for claim in lost for exchange in ensure_absent(order, claim, account).exchanges]


def _lost(desk: Desk, connection: Connection, row: orders.Row) -> Sequence[Claim]:
    """Purchases only: of a change, its subscription is read again before anything is sent."""
    made = claims.of_order(connection, desk.database, row.id)
    lost = [claim for claim in made if claim.given_up]
    return [claim for claim in lost if isinstance(claim.write, PlaceOrder)]


def _ensure_retryable(desk: Desk, connection: Connection, row: orders.Row) -> None:
    lost = row.unknown_submit or desk.open_purchase(connection, row) is not None
    if lost and not _only_asked_to_retry(desk, connection, row):
        raise NotAllowed(
            f"It is not known whether {row.ref} has bought already, so it is not retried: adopt, resend or cancel."
        )
    match OrderState(row.state):
        case OrderState.FAILED | OrderState.WAITING:
            pass
        case OrderState.ASKING:
            _ensure_retry_is_asked_for(desk, connection, row)
        case OrderState.SCHEDULED:
            raise NotAllowed(f"{row.ref} waits for its date: reschedule it to buy sooner.")
        case OrderState.RUNNING:
            raise NotAllowed(f"{row.ref} is running already.")
        case OrderState.DONE | OrderState.PARTLY_DONE | OrderState.CANCELLED as ended:
            raise NotAllowed(f"{row.ref} has ended ({ended}): there is nothing to retry.")
    if row.behind is not None:
        raise NotAllowed(f"{row.ref} stands behind another order of the same company and goes on when that is settled.")
    if not lost:
        _ensure_in_force(connection, row)


def _ensure_retry_is_asked_for(desk: Desk, connection: Connection, row: orders.Row) -> None:
    """A question that takes only an answer is not got rid of by trying again: it would be asked again."""
    waiting = [asked for asked in questions.of_order(connection, desk.database, row.id) if asked.open]
    unanswered = [asked for asked in waiting if Act.RETRY not in asked.question.acts]
    if row.marketplace_order_id is not None:
        unanswered = [asked for asked in unanswered if asked.question.kind not in questions.OUTLAST_STAGES]
    if unanswered:
        raise NotAllowed(f"{row.ref} waits for an answer, not for a retry: {unanswered[0].question.text}")


def _only_asked_to_retry(desk: Desk, connection: Connection, row: orders.Row) -> bool:
    """Looking for a lost purchase was stopped by something else: once that is mended, the look is made again."""
    asked = [each for each in questions.of_order(connection, desk.database, row.id) if each.open]
    return bool(asked) and all(Act.RETRY in each.question.acts for each in asked)


def _ensure_in_force(connection: Connection, row: orders.Row) -> None:
    if row.marketplace_order_id is not None:
        return
    state = connection.execute(select(REVISIONS.c.state).where(REVISIONS.c.id == row.revision_pk)).scalar_one()
    if state != RevisionState.CURRENT:
        raise NotAllowed(f"The acceptance that {row.ref} was made of is no longer in force ({state}).")


def _from_where(row: orders.Row, *, looks: bool) -> Stage:
    """What is written and not known is looked for by its own stage only, so the order stays there."""
    stage = Stage(row.stage)
    if looks:
        return stage
    if row.marketplace_order_id is not None:
        return max(stage, Stage.POLL_STATUS, key=lambda each: each.number)
    return Stage.FETCH_CATALOGUE if Stage.FETCH_CATALOGUE.precedes(stage) else stage


def _asked_about(desk: Desk, connection: Connection, row: orders.Row) -> Claim | None:
    """The open claim that a person has been asked about, so that nobody sends, or looks for, anything meanwhile."""
    made = claims.of_order(connection, desk.database, row.id)
    claim = next((each for each in made if each.open), None)
    if claim is None or claim.may_still_be_in_flight(row.now, desk.policy(row).timeout):
        return None
    asked = [each for each in questions.of_order(connection, desk.database, row.id) if each.open]
    if claim.is_purchase:
        return claim if any(each.question.kind is QuestionKind.SUBMIT_UNKNOWN for each in asked) else None
    return claim if row.state == OrderState.ASKING and row.due_at is None else None
