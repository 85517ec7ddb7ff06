"""
Acts that end or re-date an order, whoever asks for them.

An act that meets an open claim never moves the order: it is kept, shown as waiting for the outcome, and decided when
the claim closes. Nothing was bought: it is carried out. Something was: a person is asked.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, func, select

from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.state import OrderState
from pipeline.domain.values import Value
from pipeline.domain.working_time import Deadline
from pipeline.store import journal, leftovers, orders, preparations, questions
from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.journal import Entry
from pipeline.store.tables import CLAIMS


class PendingAct(Value):
    """An act that waits for an open claim. `date` is the new date of a re-dating; None: now."""

    act: Act
    by: str
    reason: str
    at: datetime
    date: datetime | None = None


class CancelResult(StrEnum):
    """
    CANCELLED: the order has ended. WAITS: an open claim's outcome decides. BOUGHT: the purchase went through, nothing
    was changed. ENDED: it had ended without a purchase before, nothing was changed.
    """

    CANCELLED = "cancelled"
    WAITS = "waits"
    BOUGHT = "bought"
    ENDED = "ended"


class Decided(StrEnum):
    """What a closing claim led to: the order has ended, a person was asked, or it simply goes on."""

    ENDED = "ended"
    ASKED = "asked"
    NOTHING = "nothing"


def request_cancel(
    connection: Connection, database: Database, order_id: UUID, *, actor: str, reason: str
) -> CancelResult:
    """Cancels at once, or keeps the wish while a claim is open, or tells why not. Takes the order's lock."""
    row = orders.lock(connection, order_id)
    if row is None or row.state == OrderState.CANCELLED:
        return CancelResult.ENDED
    if row.marketplace_order_id is not None:
        return CancelResult.BOUGHT
    if has_open_claim(connection, order_id):
        keep(connection, database, row, PendingAct(act=Act.CANCEL, by=actor, reason=reason, at=row.now))
        return CancelResult.WAITS
    cancel(connection, database, row, actor=actor, reason=reason)
    return CancelResult.CANCELLED


def request_date(
    connection: Connection, database: Database, order_id: UUID, *, actor: str, reason: str, date: datetime | None
) -> bool:
    """Re-dates at once (True), or keeps the wish while a claim is open (False). The caller has checked the state."""
    row = orders.lock(connection, order_id)
    if row is None:
        return False
    if has_open_claim(connection, order_id):
        keep(connection, database, row, PendingAct(act=Act.RESCHEDULE, by=actor, reason=reason, at=row.now, date=date))
        return False
    re_date(connection, database, row, actor=actor, reason=reason, date=date)
    return True


def has_open_claim(connection: Connection, order_id: UUID) -> bool:
    found = connection.execute(
        select(CLAIMS.c.id).where(CLAIMS.c.order_id == order_id, CLAIMS.c.closing.is_(None)).limit(1)
    )
    return found.first() is not None


def keep(connection: Connection, database: Database, row: orders.Row, pending: PendingAct) -> None:
    """Stores the act with the order. A later one replaces it, but nothing replaces a cancel."""
    before = pending_of(database, row)
    if before is not None and before.act is Act.CANCEL and pending.act is not Act.CANCEL:
        return
    orders.move(connection, row.id, None, pending_act=database.seal(pending.model_dump_json()))
    sent = preparations.purchase_is_open(connection, row.id)
    outcome = "the purchase's outcome" if sent else "the outcome of what was being prepared; nothing is bought before"
    note = f"{pending.by} asked to {pending.act}: {pending.reason}. This waits for {outcome}."
    _note(connection, database, row, f"{pending.act}_waits", pending.by, note)


def pending_of(database: Database, row: orders.Row) -> PendingAct | None:
    return None if row.pending_act is None else PendingAct.model_validate_json(database.open(row.pending_act))


def cancel(connection: Connection, database: Database, row: orders.Row, *, actor: str, reason: str) -> None:
    """Ends the order. The caller holds its lock and knows that no claim is open and nothing was bought."""
    questions.withdraw(connection, row.id, all_kinds=True)
    orders.move(
        connection,
        row.id,
        None,
        state=OrderState.CANCELLED,
        due_at=None,
        leased=False,
        taken_until=None,
        behind=None,
        pending_act=None,
        unknown_submit=False,
        ended_at=func.clock_timestamp(),
        waiting_for=database.seal(f"Cancelled by {actor}: {reason}"),
        waiting_on="",
        waiting_since=func.clock_timestamp(),
    )
    leftovers.hurry(connection, row)
    _note(connection, database, row, "cancelled", actor, f"Cancelled by {actor}: {reason}")


def re_date(
    connection: Connection, database: Database, row: orders.Row, *, actor: str, reason: str, date: datetime | None
) -> None:
    """Sets the date on which the order is bought. The caller holds its lock and knows that no claim is open."""
    asking = row.state == OrderState.ASKING
    runs = {"due_at": func.clock_timestamp(), "leased": False, "state": OrderState.RUNNING}
    values = {} if asking else {**runs, "waiting_for": None, "waiting_on": "", "waiting_since": None}
    orders.move(connection, row.id, None, requested_at=date, returns=0, behind=None, pending_act=None, **values)
    nudge(connection)
    when = "now" if date is None else f"{date:%Y-%m-%d %H:%M %Z}"
    _note(connection, database, row, "rescheduled", actor, f"{actor} moved the date to {when}: {reason}")


def decide_pending(
    connection: Connection, database: Database, row: orders.Row, *, bought: bool, owner: str, deadline: Deadline
) -> Decided:
    """Decides the act that waited for a claim which has now closed. The caller holds the order's lock."""
    pending = pending_of(database, row)
    if pending is None:
        return Decided.NOTHING
    if not bought:
        if pending.act is Act.CANCEL:
            cancel(connection, database, row, actor=pending.by, reason=pending.reason)
            return Decided.ENDED
        re_date(connection, database, row, actor=pending.by, reason=pending.reason, date=pending.date)
        return Decided.NOTHING
    orders.move(connection, row.id, None, pending_act=None)
    questions.ask(connection, database, row.id, _too_late(pending), owner, deadline)
    _note(connection, database, row, f"{pending.act}_too_late", pending.by, "The purchase had gone through already.")
    return Decided.ASKED


def _too_late(pending: PendingAct) -> Question:
    return Question(
        key=f"too_late:{pending.act}",
        kind=QuestionKind.CANCELLED_LATE,
        text=(
            f"{pending.by} asked to {pending.act} this order while the purchase was being sent, and it went through. "
            f"The reason given: {pending.reason}. Keep what was bought, or cancel it at the marketplace."
        ),
        possible_values=("keep", "handled at the marketplace"),
        acts=(Act.ANSWER,),
    )


def _note(connection: Connection, database: Database, row: orders.Row, outcome: str, actor: str, sentence: str) -> None:
    entry = Entry(kind="act", stage=row.stage, outcome=outcome, actor=actor, notes=(sentence,))
    journal.write(connection, database, row.id, entry)
