"""Cancelling what was bought at the simulated Pax8, through the real adapter."""

from typing import Any

import pytest

from pipeline.domain.facts import Cancelling
from pipeline.domain.outcome import Finish, Looked, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.testing import a_line
from tests.unit.stages.world import Pax8Walk, at_pax8

DELETE = "DELETE subscriptions"


def live(*more: Any) -> Pax8Walk:
    """An order that is live at Pax8, and that dana wants cancelled."""
    walk = at_pax8(a_line(product_id=catalogue.BACKUP.id), *more)
    walk.run_to(Stage.NOTIFY)
    while walk.order.stage is not Stage.NOTIFY:
        walk.pass_time(60).run_to(Stage.NOTIFY)
    wish = Cancelling(by="dana", reason="withdrawn", at=walk.order.now)
    walk.change(stage=Stage.POLL_STATUS, facts=walk.order.facts.learn(cancelling=wish))
    return walk


def until_it_ends(walk: Pax8Walk, most: int = 40) -> Finish:
    for _ in range(most):
        outcome = walk.run()
        if isinstance(outcome, Finish):
            return outcome
        assert isinstance(outcome, WaitUntil | Looked), outcome
        assert not (isinstance(outcome, WaitUntil) and outcome.questions), outcome
        walk.pass_time(15)
    raise AssertionError(walk.outcomes[-1])


def test_every_subscription_of_the_order_is_cancelled_once() -> None:
    walk = live(a_line("2", catalogue.BACKUP.id, quantity=3))

    end = until_it_ends(walk)

    assert end.state is OrderState.CANCELLED
    assert walk.writes.count(DELETE) == 2
    statuses = {one.status(walk.pax8.clock.now()) for one in walk.pax8.world.subscriptions.values()}
    ours = {one.subscription_id for one in walk.order.facts.progress.values()}
    assert {walk.pax8.world.subscriptions[key or ""].status(walk.order.now) for key in ours} == {"Cancelled"}
    assert statuses


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cancellation_whose_answer_is_lost_is_settled(when: str) -> None:
    walk = live()
    match = ("DELETE", "/v1/subscriptions/{subscriptionId}")
    walk.pax8.faults.add(match=match, kind="reset", when=when)

    assert until_it_ends(walk).state is OrderState.CANCELLED

    assert walk.writes.count(DELETE) == 1
