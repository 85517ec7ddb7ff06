"""
Carrying out an outcome: the row's new place, its questions, its journal entry and its notices, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from pipeline.domain.change import Change
from pipeline.domain.errors import PortError
from pipeline.domain.facts import CompanyFacts, Facts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Finish, GoBack, Move, Reject, RetryLater, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.domain.working_time import Deadline
from pipeline.retries import next_wait
from pipeline.store import claims, known, orders, questions
from pipeline.store.database import Database
from pipeline.store.journal import Entry
from pipeline.store.steps import FromNow, Step, commit_step
from pipeline.telling import tell

# The third return without a person's act or a new date becomes a question: a loop must not run by itself.
_RETURNS = 2
# Between looks for a lost write once a person has been asked about the faults that the looks meet.
_ON_AND_ON = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What the deployment decides about moves: how long questions and leases last, and who is told. `tickets` are the
    kinds of links to tickets that can be written to, with their connections' names. `deadlines` are those of the
    connections that count other hours than `deadline` does.
    """

    deadline: Deadline
    lease: timedelta
    channels: Sequence[str] = ()
    tickets: Mapping[str, str] = field(default_factory=dict)
    deadlines: Mapping[str, Deadline] = field(default_factory=dict)

    def deadline_of(self, connection: Connection, row: orders.Row) -> Deadline:
        """In the working hours of the connection that the order's quote came over."""
        if not self.deadlines:
            return self.deadline
        return self.deadlines.get(orders.source_of(connection, row), self.deadline)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a stage: the order as it was taken, and what the row counted by then."""

    order: Order
    row: orders.Row
    entry: Entry


@dataclass(frozen=True, slots=True)
class Landed:
    """
    Where a move left the order and its row. `stage` is the one to run next, None where the order rests; `taken` says
    that it is still this worker's, to go on at once.
    """

    order: Order
    row: orders.Row
    stage: Stage | None
    taken: bool = False


class Mover:
    """Carries out outcomes within a transaction of the caller's."""

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules

    def carry_out(
        self, connection: Connection, run: Run, outcome: Move, *, version: int | None, keep_taken: timedelta | None
    ) -> Landed | None:
        """
        Moves the order as the outcome says. None: its version was no longer `version` and nothing was changed.

        `keep_taken`: an order that advances stays with this worker for so long, to go on at once.
        """
        outcome = self._bounded(run, outcome)
        if isinstance(outcome, WaitUntil) and outcome.behind is not None:
            outcome = _unless_free(connection, run.order, outcome, outcome.behind)
        values, asked = self._values(run, outcome, keep_taken)
        keep = None if isinstance(outcome, RetryLater) else [question.key for question in asked]
        step = Step(run.order.id, version, values, _entry(run.entry, outcome), keep)
        moved = commit_step(connection, self._database, step)
        if moved is None:
            return None
        if run.row.behind is not None and values["behind"] is None:
            claims.wake_next(connection, run.order.account, run.row.behind)
        fresh = self._ask(connection, run, asked)
        if isinstance(outcome, Advance) and run.order.stage is Stage.RESOLVE_COMPANY:
            _remember(connection, run.order, outcome.facts.company)
        if isinstance(outcome, Finish) and outcome.state is OrderState.CANCELLED:
            questions.withdraw(connection, run.order.id, all_kinds=True)
        for change in _changes(outcome, fresh):
            self.tell(connection, run.order.id, change, moved.version)
        landed = self._landed(run, outcome, moved)
        return replace(landed, taken=keep_taken is not None and landed.stage is not None)

    def tell(
        self, connection: Connection, order_id: UUID, change: Change, version: int, *, reminds: bool = False
    ) -> None:
        """
        Writes the notices of a change, one for each channel, as the order stands in this transaction. `reminds`: it was
        told before, and is still so.
        """
        channels, kinds = self._rules.channels, self._rules.tickets
        tell(connection, self._database, order_id, change, version, channels=channels, kinds=kinds, reminds=reminds)

    def _bounded(self, run: Run, outcome: Move) -> Move:
        """Turns what must not go on for ever into a question."""
        match outcome:
            case GoBack(reason=reason, facts=facts, counts=True) if run.row.returns >= _RETURNS:
                text = f"It went back three times without getting further. The last reason: {reason}"
                return Ask((_stuck("returns", text),), facts)
            case RetryLater(error=error, after=after):
                wait = next_wait(run.order.stage, error, run.row.faults)
                return _out_of_patience(run, error) if wait is None else replace(outcome, after=after or wait)
            case _:
                return outcome

    def _values(
        self, run: Run, outcome: Move, keep_taken: timedelta | None
    ) -> tuple[dict[str, Any], tuple[Question, ...]]:
        values: dict[str, Any] = {"taken_until": None, "published": 0, "behind": None, "leased": False}
        match outcome:
            case Advance(facts=facts):
                values |= self._entering(run, facts, run.order.stage.next(), keep_taken)
                return values, ()
            case GoBack(stage=stage, facts=facts, counts=counts):
                values |= self._entering(run, facts or run.order.facts, stage, keep_taken)
                return values | {"returns": run.row.returns + counts}, ()
            case WaitUntil():
                values |= {"due_at": outcome.when, "polls": run.row.polls + 1, "behind": outcome.behind}
                state = OrderState.ASKING if outcome.questions else outcome.state
                values |= self._waiting(run, state, outcome.reason, outcome.on)
                return values | self._learnt(outcome.facts), outcome.questions
            case RetryLater(error=error, after=after):
                values |= {"due_at": FromNow(after or timedelta(0)), "faults": run.row.faults + 1}
                return values | self._waiting(run, OrderState.WAITING, error.sentence, run.order.title), ()
            case Ask(questions=asked, facts=facts):
                values |= {"due_at": None}
                values |= self._waiting(run, OrderState.ASKING, asked[0].text, run.order.policy.owner)
                return values | self._learnt(facts), asked
            case Reject(reason=reason, facts=facts):
                values |= self._ended(run, OrderState.FAILED, reason)
                return values | self._learnt(facts), ()
            case Finish(state=state, reason=reason, facts=facts):
                values |= self._ended(run, state, reason)
                return values | self._learnt(facts), ()

    def _entering(self, run: Run, facts: Facts, stage: Stage | None, keep_taken: timedelta | None) -> dict[str, Any]:
        company = facts.company
        purchase = facts.purchase
        return {
            "stage": stage,
            "state": OrderState.RUNNING,
            "entered_at": FromNow(),
            "due_at": FromNow(self._rules.lease),
            "leased": True,
            "published": 1,
            "taken_until": None if keep_taken is None else FromNow(keep_taken),
            "faults": 0,
            "polls": 0,
            "waiting_for": None,
            "waiting_on": "",
            "waiting_since": None,
            "company_id": company.id if company else run.row.company_id,
            "company": company.name if company else run.row.company,
            "marketplace_order_id": purchase.marketplace_order_id if purchase else None,
            "unknown_submit": False,
            **self._learnt(facts),
        }

    def _waiting(self, run: Run, state: OrderState, reason: str, on: str) -> dict[str, Any]:
        same = run.row.state == state and run.row.waiting_on == on and run.row.waiting_since is not None
        return {
            "state": state,
            "waiting_for": self._database.seal(reason),
            "waiting_on": on,
            "waiting_since": run.row.waiting_since if same else FromNow(),
        }

    def _ended(self, run: Run, state: OrderState, reason: str) -> dict[str, Any]:
        ended = self._waiting(run, state, reason, "")
        return ended | {"due_at": None, "ended_at": FromNow(), "unknown_submit": False}

    def _learnt(self, facts: Facts | None) -> dict[str, Any]:
        if facts is None:
            return {}
        return {"facts": self._database.seal(facts.model_dump_json(exclude_defaults=True))}

    def _ask(self, connection: Connection, run: Run, asked: tuple[Question, ...]) -> bool:
        """Asks what is asked. Tells whether anything is new."""
        if not asked:
            return False
        order, deadline = run.order, self._rules.deadline_of(connection, run.row)
        new = [
            questions.ask(connection, self._database, order.id, question, order.policy.owner, deadline)
            for question in asked
        ]
        return any(new)

    def _landed(self, run: Run, outcome: Move, moved: orders.Moved) -> Landed:
        returns = run.row.returns
        match outcome:
            case Advance(facts=facts):
                stage, learnt = run.order.stage.next(), facts
            case GoBack(stage=back, facts=facts, counts=counts):
                stage, learnt, returns = back, facts or run.order.facts, returns + counts
            case _:
                stage, learnt = None, run.order.facts
        row = run.row.after(version=moved.version, now=moved.now, returns=returns)
        if stage is None:
            return Landed(run.order, row, None)
        order = replace(
            run.order, stage=stage, facts=learnt, version=moved.version, now=moved.now, entered_at=moved.now, polls=0
        )
        return Landed(order, row.after(stage=stage, company_id=learnt.company and learnt.company.id), stage)


def _remember(connection: Connection, order: Order, company: CompanyFacts | None) -> None:
    """For the customer's next order; not what the marketplace is only going to make."""
    if company is not None and not company.made_by_order:
        known.remember_company(connection, order.account, order.customer_key, company.id)


def _unless_free(connection: Connection, order: Order, wait: WaitUntil, key: str) -> WaitUntil:
    """
    The wait behind a claim; no wait at all where the claim has closed meanwhile.

    The claim's row is held until the wait is committed, so that whoever closes it after that finds this order waiting.
    """
    if claims.hold_open(connection, order.account, key):
        return wait
    return replace(wait, when=order.now, behind=None)


def _out_of_patience(run: Run, error: PortError) -> Ask | WaitUntil:
    """A person is asked. What a write of unknown outcome has made is looked for all the same, on and on."""
    question = _stuck("faults", f"{error.sentence} This was tried {run.row.faults + 1} times.")
    if not run.order.has_open_claim:
        return Ask((question,))
    return WaitUntil(run.order.now + _ON_AND_ON, error.sentence, run.order.title, questions=(question,))


def _stuck(key: str, text: str) -> Question:
    return Question(key=key, kind=QuestionKind.RETRIES, text=text, acts=(Act.RETRY, Act.CANCEL))


def _entry(entry: Entry, outcome: Move) -> Entry:
    match outcome:
        case Advance(notes=notes):
            return replace(entry, outcome="advanced", notes=notes)
        case GoBack(stage=stage, reason=reason):
            return replace(entry, outcome="went_back", notes=(f"Back to {stage}: {reason}",))
        case WaitUntil(when=when, reason=reason):
            return replace(entry, outcome="waits", notes=(reason, f"Next step at {_stamp(when)}."))
        case RetryLater(error=error):
            return replace(entry, outcome="retries", code=error.code, notes=(error.sentence,))
        case Ask(questions=asked):
            return replace(entry, outcome="asks", notes=tuple(question.text for question in asked))
        case Reject(code=code, reason=reason):
            return replace(entry, outcome="rejected", code=code, notes=(reason,))
        case Finish(state=state, reason=reason):
            return replace(entry, outcome=state.value, notes=(reason,))


def _changes(outcome: Move, newly_asked: bool) -> Sequence[Change]:
    match outcome:
        case Finish(state=OrderState.DONE):
            return (Change.LIVE,)
        case Finish(state=OrderState.PARTLY_DONE):
            return (Change.PARTLY_LIVE,)
        case Finish(state=OrderState.CANCELLED):
            return (Change.CANCELLED,)
        case Finish() | Reject():
            return (Change.FAILED,)
        case _:
            return (Change.ASKING,) if newly_asked else ()


def _stamp(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S %Z}"
