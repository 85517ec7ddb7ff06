"""An order's way through the stages as the runner takes it, without a database: prepare, claim, send, record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from pipeline.domain.claim import Answer, AnswerClass, Claim, Closing, CreateCompany, Write
from pipeline.domain.money import Money
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Claimed, Finish, GoBack, Looked, Move, Outcome, Reject, WaitUntil
from pipeline.domain.question import Answered
from pipeline.domain.stage import Stage
from pipeline.ports import Marketplace
from pipeline.stages import STAGES, Reads, Writes, submit

# Far beyond any instant of CLOCK_BOOTTIME: a walk's writes are always in time.
_NEVER_LATE = float("inf")
_MOST_WRITES = 6


class Walk:
    """
    `order` is the order as it stands, `outcomes` what its stages said so far. Claims, answers and facts are kept in it
    as the store keeps them in rows.
    """

    def __init__(self, order: Order, open_: Callable[[], Marketplace] | Marketplace) -> None:
        """A marketplace, or a function that opens one for each stage."""
        self.order = order
        self.outcomes: list[Outcome] = []
        self._open: Callable[[], Marketplace] = open_ if callable(open_) else lambda: open_

    def run(self) -> Outcome:
        """Runs the order's stage once, and keeps what came of it."""
        outcome = self._once(self._open())
        self.outcomes.append(outcome)
        match outcome:
            case Looked():
                self._looked(outcome)
            case _:
                self._moved(outcome)
        return outcome

    def run_to(self, stage: Stage) -> Outcome:
        """Runs stages until the order stands at `stage`, or one of them does not advance."""
        outcome = self.run()
        while isinstance(outcome, Advance | GoBack) and self.order.stage is not stage:
            outcome = self.run()
        return outcome

    def later(self, by: timedelta | datetime) -> Self:
        """The clock goes on by so much, or to an instant."""
        self.order = replace(self.order, now=by if isinstance(by, datetime) else self.order.now + by)
        return self

    def answer(self, key: str, *values: str, amount: Money | None = None) -> Self:
        """A person answers a question, or approves one up to `amount`."""
        said = Answered(values, self.order.now, "dana", amount)
        return self.change(answers={**self.order.answers, key: said})

    def change(self, **fields: Any) -> Self:
        self.order = replace(self.order, **fields)
        return self

    def _once(self, marketplace: Marketplace) -> Outcome:
        match STAGES[self.order.stage]:
            case Reads(decide):
                return decide(self.order, marketplace)
            case Writes() as stage:
                return self._write(stage, marketplace)

    def _write(self, stage: Writes, marketplace: Marketplace) -> Outcome:
        for _ in range(_MOST_WRITES):
            wanted = stage.prepare(self.order, marketplace)
            if not isinstance(wanted, Claimed):
                return wanted
            marketplace.ready_to_send()
            claim = self._claim(wanted)
            answer = marketplace.send(claim.write, _NEVER_LATE)
            outcome = stage.settled(self.order, claim, answer)
            self._record(claim, answer)
            if outcome is not None:
                return outcome
        raise AssertionError(f"{self.order.stage} wrote {_MOST_WRITES} times in a row")

    def _claim(self, wanted: Claimed) -> Claim:
        now, policy = self.order.now, self.order.policy
        write = wanted.write
        key = self.order.customer_key if isinstance(write, CreateCompany) else write.company_id
        claim = Claim(uuid4(), self.order.id, self.order.account, key, write, now, now + policy.send_within)
        self.change(claims=(*self.order.claims, claim))
        return claim

    def _record(self, claim: Claim, answer: Answer) -> None:
        known = answer.kind is not AnswerClass.UNKNOWN
        now = self.order.now
        self._keep(
            replace(
                claim,
                answered=answer.kind,
                answered_at=now,
                evidence=answer.details,
                named=answer.named,
                closing=Closing(answer.kind.value) if known else None,
                closed_at=now if known else None,
                marketplace_id=answer.ref,
            )
        )

    def _looked(self, outcome: Looked) -> None:
        claim = next(one for one in self.order.claims if one.id == outcome.claim.id)
        looks = claim.looks if outcome.look is None else (*claim.looks, outcome.look)
        claim = replace(claim, looks=looks, answered=claim.answered or AnswerClass.UNKNOWN)
        if outcome.adopt is not None:
            self._keep(replace(claim, closing=Closing.ADOPTED, marketplace_id=outcome.adopt))
            if claim.is_purchase:
                self._moved(submit.bought(self.order, outcome.adopt, adopted=True))
        elif outcome.absent:
            self._keep(replace(claim, closing=Closing.ABSENT, closed_at=self.order.now))
        else:
            self._keep(claim)
            if outcome.then is not None:
                self._moved(outcome.then)

    def _keep(self, claim: Claim) -> None:
        link = claim.marketplace_id if isinstance(claim.write, CreateCompany) else None
        claims = tuple(claim if one.id == claim.id else one for one in self.order.claims)
        self.change(claims=claims, link=link or self.order.link)

    def _moved(self, outcome: Move) -> None:
        match outcome:
            case Advance(facts=facts):
                following = self.order.stage.next() or self.order.stage
                self.change(facts=facts, stage=following, polls=0, entered_at=self.order.now)
            case GoBack(stage=stage, facts=facts):
                self.change(facts=facts or self.order.facts, stage=stage, polls=0, entered_at=self.order.now)
            case WaitUntil(facts=facts):
                self.change(facts=facts or self.order.facts, polls=self.order.polls + 1)
            case Ask(facts=facts) | Reject(facts=facts) | Finish(facts=facts):
                self.change(facts=facts or self.order.facts)
            case _:
                pass


def lost_claim(order: Order, write: Write, at: datetime | None = None) -> Claim:
    """A claim whose process died before it had an answer."""
    made = at or order.now
    key = order.customer_key if isinstance(write, CreateCompany) else write.company_id
    return Claim(uuid4(), order.id, order.account, key, write, made, made + order.policy.send_within)
