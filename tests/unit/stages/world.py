"""Orders on their way through the stages, against the real adapter over the simulated Pax8, and against a fake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pipeline.domain.customer import Customer
from pipeline.domain.facts import CompanyFacts, Facts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Looked, Outcome, WaitUntil
from pipeline.domain.question import Question
from pipeline.domain.quote import QuoteLine
from pipeline.domain.stage import Stage
from pipeline.marketplaces.pax8.simulator import Pax8Simulator, customers
from pipeline.testing import FakeMarketplace, MemoryKnownOrders, Walk, an_order
from tests.contracts.adapters import Pax8Case

BOUGHT_FOR = CompanyFacts(id="company", name="Contoso Ltd", how="the test says so")


class Pax8Walk(Walk):
    """A walk at the simulated Pax8, whose clock goes with the order's."""

    def __init__(self, order: Order, case: Pax8Case) -> None:
        super().__init__(order, case.open)
        self.case = case

    @property
    def pax8(self) -> Pax8Simulator:
        return self.case.simulator

    @property
    def writes(self) -> list[str]:
        return self.pax8.world.writes

    def pass_time(self, seconds: float) -> Pax8Walk:
        self.pax8.clock.advance(seconds)
        self.later(self.pax8.clock.now())
        if isinstance(self.order.known, MemoryKnownOrders):
            self.order.known.now = self.order.now
        return self


def at_pax8(*lines: QuoteLine, customer: Customer | None = None, **changed: Any) -> Pax8Walk:
    """An order for Contoso, which Pax8 knows, unless another customer is given."""
    case = Pax8Case()
    now = case.simulator.clock.now()
    known_there = Customer(external_id=customers.CONTOSO.external_id or "", name=customers.CONTOSO.name)
    return Pax8Walk(an_order(*lines, customer=customer or known_there, now=now, **changed), case)


def at_fake(stage: Stage, *lines: QuoteLine, market: FakeMarketplace | None = None, **changed: Any) -> Walk:
    """An order whose company is known, at a fake where the product `backup` is on sale."""
    market = market or FakeMarketplace().sells("backup")
    if "company" not in market.listed:
        market.knows("company")
    changed.setdefault("facts", Facts(company=BOUGHT_FOR))
    return Walk(an_order(*lines, stage=stage, **changed), market)


def questions(outcome: Outcome) -> Sequence[Question]:
    """What the outcome asks, whatever its kind."""
    match outcome:
        case Ask(questions=asked) | WaitUntil(questions=asked):
            return asked
        case Looked(then=Ask(questions=asked)):
            return asked
        case _:
            return ()


def the_question(outcome: Outcome) -> Question:
    asked = questions(outcome)
    assert len(asked) == 1, outcome
    return asked[0]


def with_policy(walk: Walk, **changed: Any) -> Walk:
    return walk.change(policy=replace(walk.order.policy, **changed))


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
