"""
The commit before a write at a marketplace: the claim, provably made before the first byte is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from pipeline.domain.claim import AllocateUnit, Buying, Claim, CreateCompany, PlaceOrder, Write, wait_behind
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Claimed, GoBack, Move, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.marketplaces.deadline import boottime
from pipeline.moves import Run
from pipeline.store import claims, journal, orders, questions
from pipeline.store.claims import LineBoughtError, NewClaim
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.tables import QUOTES, REVISIONS

_LOG = structlog.get_logger(__name__)
# Waits between tries to re-read a claim whose commit was not confirmed.
_AGAIN = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class _ReadTooEarly(Exception):
    """What the write was decided by was read before an equal write closed. The claim is not made."""


@dataclass(frozen=True, slots=True)
class Permit:
    """
    A committed claim, and the instant of CLOCK_BOOTTIME (seconds) past which it must not be sent. `row` is the order's
    as the claim left it.
    """

    claim: Claim
    send_before: float
    row: orders.Row


class Claiming:
    """Makes claims."""

    def __init__(
        self, database: Database, pause: Callable[[float], None] = time.sleep, clock: Callable[[], float] = boottime
    ) -> None:
        """`clock` is that of `send_before`: the sending account must go by the same one."""
        self._database = database
        self._pause = pause
        self._clock = clock

    def claim(self, run: Run, wanted: Claimed) -> Permit | Move | None:
        """
        Commits the claim. Else how the order goes on instead, or None when it has moved and nothing is to be done.

        The instant past which nothing is sent is counted from before the transaction began, so it is never later than
        the row's `send_by`. A commit that cannot be proved gives None: nothing is sent, and the clock comes back.
        """
        claim_id = uuid4()
        started = self._clock()
        policy = run.order.policy
        send_before = started + policy.send_within.total_seconds()
        try:
            with self._database.transaction() as connection:
                made = self._claim(connection, run, wanted, claim_id)
        except LineBoughtError:
            return Ask((_already_bought(),))
        except _ReadTooEarly:
            reason = "The company was changed for another order: it is read again."
            if isinstance(wanted.write, PlaceOrder):
                return GoBack(Stage.FETCH_CATALOGUE, reason, counts=False)
            return WaitUntil(run.order.now, reason, run.order.title)
        except DBAPIError:
            _LOG.info("claim.commit_not_proved", order=run.order.ref, attempt=str(claim_id))
            return self._proved(run, claim_id, send_before)
        if isinstance(made, tuple):
            claim, row = made
            return Permit(claim, send_before, row)
        return made

    def _claim(
        self, connection: Connection, run: Run, wanted: Claimed, claim_id: UUID
    ) -> tuple[Claim, orders.Row] | Move | None:
        order = run.order
        row = _lock(connection, run)
        if row is None:
            return None
        if isinstance(wanted.write, Buying) and (wait := self._not_yet(connection, run, row, wanted.write)):
            return wait
        key = _key(order, wanted)
        new = NewClaim(claim_id, order.id, row.revision_pk, order.account, key, wanted.write, order.policy.send_within)
        claim = claims.make(connection, self._database, new)
        if claim is None:
            return self._behind(connection, order, key)
        # Asked with our claim in the table: from here on no other one of this key can open, or close.
        since = _decided_at(order, wanted.write)
        if since is not None and claims.closed_since(connection, order.account, key, wanted.write.kind, since):
            raise _ReadTooEarly
        hold = order.policy.send_within + order.policy.timeout
        learnt = (
            {}
            if wanted.facts is None
            else {"facts": self._database.seal(wanted.facts.model_dump_json(exclude_defaults=True))}
        )
        moved = orders.move(
            connection,
            order.id,
            None,
            taken_until=func.clock_timestamp() + hold,
            due_at=func.clock_timestamp() + hold,
            leased=True,
            behind=None,
            **learnt,
        )
        note = f"Attempt {claim_id}: claimed, to be sent until {claim.send_by:%H:%M:%S %Z}."
        entry = Entry("attempt", order.stage, "claimed", notes=(note,))
        journal.write(connection, self._database, order.id, entry)
        return None if moved is None else (claim, orders.Row({**row.values, "version": moved.version}, moved.now))

    def _not_yet(self, connection: Connection, run: Run, row: orders.Row, write: Buying) -> WaitUntil | Ask | None:
        unsettled = questions.about_the_quote(connection, self._database, run.order.id)
        if unsettled:
            return Ask(tuple(unsettled))
        settle = run.order.policy.settle
        closed = claims.closed_by_a_person(connection, run.order.account, write.company_id, settle)
        if closed is not None:
            return WaitUntil(
                closed + settle,
                "A person closed an attempt for this company; its outcome may still show.",
                run.order.title,
            )
        if row.requested_at is not None and row.requested_at > row.now:
            return WaitUntil(row.requested_at, "Its date has been moved.", "its date")
        return None

    def _behind(self, connection: Connection, order: Order, key: str) -> WaitUntil:
        holder = claims.holder(connection, order.account, key)
        ref = holder[0] if holder else "another order"
        return WaitUntil(
            order.now + wait_behind(order.polls), f"It stands behind {ref} of the same company.", ref, behind=key
        )

    def _proved(self, run: Run, claim_id: UUID, send_before: float) -> Permit | None:
        """Re-reads a claim whose commit was not confirmed, while it could still be sent."""
        for wait in _AGAIN:
            if self._clock() + wait >= send_before:
                return None
            self._pause(wait)
            try:
                with self._database.transaction() as connection:
                    claim = claims.lock(connection, self._database, claim_id)
                    row = orders.read(connection, run.order.id)
            except SQLAlchemyError:
                continue
            return None if claim is None or row is None else Permit(claim, send_before, row)
        return None


def _lock(connection: Connection, run: Run) -> orders.Row | None:
    """
    The row under its quote's lock, if it may still claim: as it was read, accepted, not ended, no act waits. What was
    bought is handed out, and cancelled, whatever became of its acceptance.
    """
    connection.execute(select(QUOTES.c.id).where(QUOTES.c.id == run.row.quote_pk).with_for_update())
    row = orders.lock(connection, run.order.id)
    if row is None or row.version != run.row.version or row.stage != run.order.stage or row.pending_act is not None:
        return None
    state = connection.execute(select(REVISIONS.c.state).where(REVISIONS.c.id == row.revision_pk)).scalar_one()
    in_force = state == "current" or row.marketplace_order_id is not None
    return row if in_force and row.state not in orders.ENDED else None


def _decided_at(order: Order, write: Write) -> datetime | None:
    """
    Of when the reads are that the write was decided by, where an equal one makes them out of date. A purchase does
    where it makes the company: another one's may be there now under the same address.
    """
    if not isinstance(write, PlaceOrder):
        return order.now
    company, rehearsal = order.facts.company, order.facts.rehearsal
    return rehearsal.at if company is not None and company.made_by_order and rehearsal is not None else None


def _key(order: Order, wanted: Claimed) -> str:
    match wanted.write:
        case CreateCompany():
            return order.customer_key
        case AllocateUnit(unit=unit):
            return f"unit:{unit}"
        case write:
            return write.company_id


def _already_bought() -> Question:
    return Question(
        key="bought",
        kind=QuestionKind.BUG,
        text="A line is already in a purchase of another order. Nothing was sent; look at the quote's orders.",
        acts=(Act.CANCEL,),
    )
