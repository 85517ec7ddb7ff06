"""
The commit after a write at a marketplace: what became of it.

An answer is kept by the attempt's id whatever the order's row has become since, again and again until the database has
it. A claim whose answer is lost stays open and is looked for; how it closes decides what waits for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import Connection, func
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from pipeline.claiming import Permit
from pipeline.domain.change import Change
from pipeline.domain.claim import Answer, AnswerClass, Claim, Closing, CreateCompany
from pipeline.domain.outcome import Advance, Looked, Move
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.state import OrderState
from pipeline.moves import Landed, Mover, Rules, Run
from pipeline.stages import submit
from pipeline.store import acts, claims, journal, known, orders, preparations, questions
from pipeline.store.database import Database
from pipeline.store.due import nudge
from pipeline.store.journal import Entry

_LOG = structlog.get_logger(__name__)
# Waits between tries to get an answer into the database; the last one repeats for as long as the process lives.
_AGAIN = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a write, and how the order goes on: None, where its stage is to be asked again."""

    permit: Permit
    answer: Answer
    move: Move | None


@dataclass(frozen=True, slots=True)
class _Closed:
    """A claim that has just closed, in a transaction that holds its order's lock."""

    claim: Claim
    run: Run
    bought: bool = False


class Recording:
    """Records answers and looks, and does what follows from a claim's closing."""

    def __init__(
        self, database: Database, mover: Mover, rules: Rules, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._database = database
        self._mover = mover
        self._rules = rules
        self._pause = pause

    def record(self, run: Run, answered: Answered, keep_taken: timedelta | None) -> Landed | None:
        """
        Keeps the answer, until the database has it, and moves the order if it still stands where it claimed.

        Without a move the order is due at once.
        """
        tries = 0
        while True:
            try:
                with self._database.transaction() as connection:
                    return self._record(connection, run, answered, keep_taken)
            except IntegrityError:
                if answered.answer.ref is None:
                    raise
                answered = _owned_already(run, answered)
            except SQLAlchemyError as error:
                _LOG.info("answer.not_recorded_yet", order=run.order.ref, tries=tries, error=type(error).__name__)
                self._pause(_AGAIN[min(tries, len(_AGAIN) - 1)])
                tries += 1

    def _record(
        self, connection: Connection, run: Run, answered: Answered, keep_taken: timedelta | None
    ) -> Landed | None:
        row = orders.lock(connection, run.order.id)
        claim = claims.lock(connection, self._database, answered.permit.claim.id)
        if row is None or claim is None:
            return None
        answer, run = answered.answer, replace(run, row=row)
        if not claim.open:
            return self._late(connection, run, claim, answered, keep_taken)
        claims.answered(connection, self._database, claim.id, answer)
        if answer.kind is AnswerClass.UNKNOWN:
            return self._still_open(connection, run, claim, answered.move)
        closing = Closing(answer.kind.value)
        claims.close(connection, claim.id, closing, marketplace_id=answer.ref)
        if answered.move is None:
            notes = (f"{claim.write.kind}: {answer.kind}.", *answer.details)
            entry = replace(run.entry, outcome=answer.kind.value, notes=notes)
            journal.write(connection, self._database, row.id, entry)
        closed = _Closed(claim, run, bought=closing.bought and claim.is_purchase)
        return self._after_closing(connection, closed, answered.move, keep_taken)

    def looked(self, run: Run, outcome: Looked) -> Landed | None:
        """
        Keeps a look and does what it led to, if the claim is still open and the order where it was.

        Raises IntegrityError where another order of ours came to own the candidate meanwhile: the look is made again.
        """
        with self._database.transaction() as connection:
            row = orders.lock(connection, run.order.id)
            claim = claims.lock(connection, self._database, outcome.claim.id)
            if row is None or claim is None or not claim.open or row.version != run.row.version:
                return None
            if claim.answered is None:
                died = Answer(AnswerClass.UNKNOWN, details=("no answer was recorded: whoever sent it was stopped",))
                claims.answered(connection, self._database, claim.id, died)
            if outcome.look is not None:
                claims.keep_look(connection, self._database, claim, outcome.look)
            if outcome.adopt is not None:
                claims.close(connection, claim.id, Closing.ADOPTED, marketplace_id=outcome.adopt)
                move = submit.bought(run.order, outcome.adopt, adopted=True) if claim.is_purchase else None
                return self._after_closing(connection, _Closed(claim, run, claim.is_purchase), move, None)
            if outcome.absent:
                claims.close(connection, claim.id, Closing.ABSENT)
                return self._after_closing(connection, _Closed(claim, run), None, None)
            return self._still_open(connection, run, claim, outcome.then)

    def _still_open(self, connection: Connection, run: Run, claim: Claim, move: Move | None) -> Landed | None:
        """Nothing is known yet: the order waits, or a person is asked. The first time it is told that we don't know."""
        if move is None or run.row.stage != run.order.stage:
            return None
        landed = self._mover.carry_out(connection, run, move, version=None, keep_taken=None)
        if claim.is_purchase and not run.row.unknown_submit:
            moved = orders.move(connection, run.order.id, None, unknown_submit=True)
            if moved is not None:
                self._mover.tell(connection, run.order.id, Change.UNKNOWN, moved.version)
        return landed

    def _after_closing(
        self, connection: Connection, closed: _Closed, move: Move | None, keep_taken: timedelta | None
    ) -> Landed | None:
        """Who stands behind the claim is woken, an act that waited for it is decided, the order goes on."""
        claim, run = closed.claim, closed.run
        if isinstance(claim.write, CreateCompany):
            self._remember(connection, claim)
        claims.wake_next(connection, claim.account, claim.key)
        decided = self._decide_pending(connection, closed)
        if decided is acts.Decided.ASKED:
            self._mover.tell(connection, run.order.id, Change.ASKING, run.row.version)
        if decided is acts.Decided.ENDED:
            self._mover.tell(connection, run.order.id, Change.SETTLED, run.row.version)
        if decided is acts.Decided.ENDED or run.row.stage != run.order.stage:
            return None
        if run.row.unknown_submit:
            questions.withdraw(connection, run.order.id)
            orders.move(connection, run.order.id, None, unknown_submit=False)
        if move is not None:
            return self._mover.carry_out(connection, run, move, version=None, keep_taken=keep_taken)
        now = func.clock_timestamp()
        orders.move(connection, run.order.id, None, due_at=now, leased=False, taken_until=None)
        nudge(connection)
        return Landed(run.order, run.row, None)

    def _decide_pending(self, connection: Connection, closed: _Closed) -> acts.Decided:
        row = closed.run.row
        if row.pending_act is None:
            return acts.Decided.NOTHING
        owner, deadline = closed.run.order.policy.owner, self._rules.deadline_of(connection, row)
        return acts.decide_pending(
            connection, self._database, row, bought=closed.bought, owner=owner, deadline=deadline
        )

    def _remember(self, connection: Connection, claim: Claim) -> None:
        made = claims.lock(connection, self._database, claim.id)
        row = orders.read(connection, claim.order_id)
        if made is not None and row is not None and made.marketplace_id is not None:
            known.remember_company(connection, claim.account, row.customer_key, made.marketplace_id)

    def _late(
        self, connection: Connection, run: Run, claim: Claim, answered: Answered, keep_taken: timedelta | None
    ) -> Landed | None:
        """A purchase that was given up and is proved now is this order's, if it has bought nothing else meanwhile."""
        answer, move = answered.answer, answered.move
        ours = isinstance(move, Advance) and self._would_buy_again(connection, run, claim)
        if move is None or not (ours and _proved(connection, claim, answer)):
            self._too_late(connection, run, claim, answer)
            return None
        claims.answered(connection, self._database, claim.id, answer)
        preparations.give_up(connection, self._database, claim.order_id, run.row.stage)
        if self._decide_pending(connection, _Closed(claim, run, bought=True)) is acts.Decided.ASKED:
            self._mover.tell(connection, run.order.id, Change.ASKING, run.row.version)
        return self._mover.carry_out(connection, run, move, version=None, keep_taken=keep_taken)

    def _would_buy_again(self, connection: Connection, run: Run, claim: Claim) -> bool:
        row, lost = run.row, claim.is_purchase and claim.given_up
        waits_to_buy = row.marketplace_order_id is None and not OrderState(row.state).ended
        return lost and waits_to_buy and not preparations.purchase_is_open(connection, row.id)

    def _too_late(self, connection: Connection, run: Run, claim: Claim, answer: Answer) -> None:
        """
        An answer for a claim that was settled without it. The same outcome is only noted; a purchase that nobody
        counted becomes a question at once.
        """
        same = answer.kind is AnswerClass.ACCEPTED and claim.marketplace_id == answer.ref
        note = f"Attempt {claim.id} was answered late ({answer.kind}), when it had been closed as {claim.closing}."
        entry = Entry("attempt", run.order.stage, "answered_late", notes=(note,))
        journal.write(connection, self._database, run.order.id, entry)
        if answer.kind is AnswerClass.ACCEPTED and not same and claim.is_purchase:
            owner, deadline = run.order.policy.owner, self._rules.deadline_of(connection, run.row)
            questions.ask(connection, self._database, run.order.id, _bought_late(claim, answer), owner, deadline)
            self._mover.tell(connection, run.order.id, Change.ASKING, run.row.version)


def _proved(connection: Connection, claim: Claim, answer: Answer) -> bool:
    """Whether the given up attempt could be closed as the purchase that its answer says it was."""
    if answer.ref is None:
        return False
    return claims.prove_bought(connection, claim.id, Closing.ACCEPTED, answer.ref, claim.closed_by)


def _owned_already(run: Run, answered: Answered) -> Answered:
    """The id that came back belongs to another order of ours: then it is no proof of a purchase for this one."""
    answer = answered.answer
    owned = f"the answer names order {answer.ref}, which another order of ours owns already"
    unknown = replace(answer, kind=AnswerClass.UNKNOWN, ref=None, details=(*answer.details, owned))
    return Answered(answered.permit, unknown, submit.lost(run.order, unknown))


def _bought_late(claim: Claim, answer: Answer) -> Question:
    return Question(
        key=f"late:{claim.id}",
        kind=QuestionKind.CANCELLED_LATE,
        text=(
            f"Attempt {claim.id} was closed as {claim.closing}, but the marketplace has now answered that it took the "
            f"order as {answer.ref}. Compare it with what this order bought, and cancel one of them at the marketplace."
        ),
        possible_values=("keep", "handled at the marketplace"),
        acts=(Act.ANSWER,),
    )
