"""
Running a stage: take the order, call the stage, commit its outcome, go on with the next one while the lane is free.

Deliveries may be doubled, late or lost: taking is guarded by the row, committing by its version, and what is not
committed is simply done again. Errors of a marketplace become outcomes by one table; any other exception is a bug,
which parks the order with a question.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from pipeline.claiming import Claiming, Permit
from pipeline.domain import errors
from pipeline.domain.claim import Answer, Claim
from pipeline.domain.order import Order, Policy
from pipeline.domain.outcome import Advance, Ask, Claimed, GoBack, Looked, Move, Outcome, Reject, RetryLater, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.marketplaces.deadline import boottime
from pipeline.moves import Landed, Mover, Rules, Run
from pipeline.ports import Account, Exchange, Marketplace, Purpose
from pipeline.recording import Answered, Recording
from pipeline.retries import wait_for_calls
from pipeline.stages import STAGES, Reads, Writes
from pipeline.stages.cancelling import wish
from pipeline.store import orders
from pipeline.store.database import Database
from pipeline.store.journal import Entry

_LOG = structlog.get_logger(__name__)
# Company and contacts may take several writes in one visit; more than these in a row is a loop.
_WRITES_IN_A_ROW = 6

Lane = Callable[[Stage], bool]


@dataclass(frozen=True, slots=True)
class Time:
    """The process's own time: seconds of CLOCK_BOOTTIME, by which its accounts go too, and how it waits for seconds."""

    boottime: Callable[[], float] = boottime
    pause: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True)
class Ran:
    """What one task did: the stages that it committed, and the stage to be published next, if any."""

    done: tuple[Stage, ...]
    publish: Stage | None


class Runner:
    """
    Runs stages for one process. Thread-safe: all that belongs to one order lives in the call.

    `accounts` and `policies` are by marketplace name. An order for a marketplace that is not configured asks.
    """

    def __init__(
        self,
        database: Database,
        accounts: Mapping[str, Account],
        policies: Mapping[str, Policy],
        rules: Rules,
        time_of: Time | None = None,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._policies = policies
        self._rules = rules
        self._mover = Mover(database, rules)
        time_of = time_of or Time()
        self._claiming = Claiming(database, time_of.pause, time_of.boottime)
        self._recording = Recording(database, self._mover, rules, time_of.pause)

    def run(self, order_id: UUID, stage: Stage, lane: Lane) -> Ran:
        """
        Runs the stage, and the ones after it as long as `lane` allows. A delivery for a stage that the order has left,
        or that another worker has, does nothing.
        """
        done: list[Stage] = []
        run = self._take(order_id, stage)
        while run is not None:
            landed = self._one(run, lane)
            if landed is None:
                break
            done.append(run.order.stage)
            if not landed.taken:
                return Ran(tuple(done), landed.stage)
            run = self._next(landed)
        return Ran(tuple(done), None)

    def _take(self, order_id: UUID, stage: Stage) -> Run | None:
        with self._database.transaction() as connection:
            row = orders.take(connection, order_id, stage, self._rules.lease)
            return None if row is None else self._load(connection, row)

    def _load(self, connection: Connection, row: orders.Row) -> Run:
        policy = self._policies.get(row.marketplace, Policy())
        account = self._accounts.get(row.marketplace)
        title = account.title if account else row.marketplace
        order = orders.load(connection, self._database, row, policy, title)
        return Run(order, row, Entry("attempt", order.stage, ""))

    def _next(self, landed: Landed) -> Run | None:
        """The next stage's run. Submit is read afresh: answers and claims may have come since the order was taken."""
        if landed.stage is not Stage.SUBMIT:
            return Run(landed.order, landed.row, Entry("attempt", landed.order.stage, ""))
        with self._database.transaction() as connection:
            fresh = orders.read(connection, landed.order.id)
            if fresh is None or fresh.version != landed.row.version:
                return None
            return self._load(connection, fresh)

    def _one(self, run: Run, lane: Lane) -> Landed | None:
        """One stage, to its commit. None: the order has moved under us, or rests after a write was recorded."""
        visit = _Visit(run, lane)
        if not run.order.lines:
            return self._end(visit, Ask((_nothing_to_order(),)))
        account = self._accounts.get(run.order.marketplace)
        if account is None:
            return self._end(visit, Ask((_no_account(run.order),)))
        log = _LOG.bind(order=run.order.ref, stage=run.order.stage.value)
        marketplace = account.open(_purpose(run.order), visit.exchanges.append)
        try:
            match STAGES[run.order.stage]:
                case Reads(decide):
                    return self._end(visit, decide(run.order, marketplace))
                case Writes() as stage:
                    return self._write(visit, stage, marketplace)
        except errors.PortError as error:
            log.info("stage.fault", code=error.code)
            return self._end(visit, outcome_of(error, visit.run.order))
        except SQLAlchemyError as error:
            log.info("stage.database_fault", error=type(error).__name__)
            raise
        except Exception as error:
            log.exception("stage.bug")
            return self._end(visit, Ask((_bug(error),)))

    def _write(self, visit: _Visit, stage: Writes, marketplace: Marketplace) -> Landed | None:
        """Prepare, claim, send, record; and again, until the stage has nothing more to write."""
        for _ in range(_WRITES_IN_A_ROW):
            wanted = stage.prepare(visit.run.order, marketplace)
            if not isinstance(wanted, Claimed):
                return self._end(visit, wanted)
            marketplace.ready_to_send()
            permit = self._claiming.claim(visit.run, wanted)
            if not isinstance(permit, Permit):
                return None if permit is None else self._end(visit, permit)
            visit.run = replace(visit.run, row=permit.row)
            answer = marketplace.send(permit.claim.write, permit.send_before)
            move = _settled(stage, visit.run.order, permit.claim, answer)
            keep = visit.keep(move, self._rules.lease)
            landed = self._recording.record(visit.close(), Answered(permit, answer, move), keep)
            if move is not None or landed is None:
                return landed
            again = self._take(visit.run.order.id, visit.run.order.stage)
            if again is None:
                return None
            visit.run = again
        return self._end(visit, Ask((_loops(),)))

    def _end(self, visit: _Visit, outcome: Outcome) -> Landed | None:
        run = visit.close()
        if isinstance(outcome, Looked):
            return self._recording.looked(run, outcome)
        with self._database.transaction() as connection:
            keep = visit.keep(outcome, self._rules.lease)
            return self._mover.carry_out(connection, run, outcome, version=run.row.version, keep_taken=keep)


class _Visit:
    """One stage's run while it goes on: what was exchanged and how long it took, since the last journal entry."""

    def __init__(self, run: Run, lane: Lane) -> None:
        self.run = run
        self.exchanges: list[Exchange] = []
        self._lane = lane
        self._since = time.monotonic()

    def close(self) -> Run:
        """The run with its journal entry; what comes after begins a new one."""
        now = time.monotonic()
        took = round((now - self._since) * 1000)
        entry = replace(self.run.entry, milliseconds=took, exchanges=tuple(self.exchanges))
        self.exchanges.clear()
        self._since = now
        return replace(self.run, entry=entry)

    def keep(self, outcome: Move | None, hold: timedelta) -> timedelta | None:
        """How long the order stays with this worker after the commit: None where it does not go on at once."""
        match outcome:
            case Advance():
                following = self.run.order.stage.next()
            case GoBack(stage=stage):
                following = stage
            case _:
                return None
        return hold if following is not None and self._lane(following) else None


def _settled(stage: Writes, order: Order, claim: Claim, answer: Answer) -> Move | None:
    """How the order goes on. Whatever goes wrong here, the answer is recorded: only the move becomes a question."""
    try:
        move = stage.settled(order, claim, answer)
        if isinstance(move, Looked):
            raise TypeError(f"{order.stage} answers a write with a look")
    except Exception as error:  # noqa: BLE001  a bug here must not lose the answer
        _LOG.exception("stage.bug", order=order.ref, stage=order.stage.value)
        return Ask((_bug(error),))
    return move


def _purpose(order: Order) -> Purpose:
    """What a person wants cancelled does not stand behind polls."""
    polls = order.stage is Stage.POLL_STATUS and wish(order.facts) is None
    return Purpose.POLL if polls else Purpose.WORK


def outcome_of(error: errors.PortError, order: Order) -> Move:
    """
    The one table from a marketplace's errors to outcomes.

    A read that is refused ends an order only while nothing of it can be at the marketplace.
    """
    match error:
        case errors.BudgetSpent():
            when = order.now + wait_for_calls(error.after, order.polls)
            return WaitUntil(when, error.sentence, f"{order.title}'s calls a minute")
        case errors.Refused() if not order.is_out_there:
            said = "; ".join((error.sentence, *error.details))
            return Reject(f"{order.stage}.refused", said)
        case errors.Forbidden():
            return Ask((_forbidden(error),))
        case _:
            return RetryLater(error)


def _nothing_to_order() -> Question:
    """Such an order is asked about as it is made; this is for one that somebody has sent on all the same."""
    text = "Nothing of this quote can be ordered as it stands. See to all of it yourself, and cancel this order."
    return Question(key="nothing_to_order", kind=QuestionKind.LEFT_OUT, text=text, acts=(Act.CANCEL,))


def _no_account(order: Order) -> Question:
    name = order.marketplace.upper()
    return Question(
        key="marketplace",
        kind=QuestionKind.MARKETPLACE,
        text=(
            f"No account is configured for the marketplace {order.marketplace}. Set "
            f"QUOTEWAY_MARKETPLACES__{name}__CLIENT_ID and its secret, then retry; or cancel."
        ),
        acts=(Act.RETRY, Act.CANCEL),
    )


def _forbidden(error: errors.PortError) -> Question:
    return Question(key="forbidden", kind=QuestionKind.RETRIES, text=error.sentence, acts=(Act.RETRY, Act.CANCEL))


def _bug(error: Exception) -> Question:
    text = (
        f"Quoteway failed here by a fault of its own ({type(error).__name__}); the log has its traceback. Nothing was "
        "sent after it. Retry once it is mended, or cancel."
    )
    return Question(key="bug", kind=QuestionKind.BUG, text=text, acts=(Act.RETRY, Act.CANCEL))


def _loops() -> Question:
    text = f"It wrote {_WRITES_IN_A_ROW} times in a row without getting further. Look at the company there."
    return Question(key="bug", kind=QuestionKind.BUG, text=text, acts=(Act.RETRY, Act.CANCEL))
