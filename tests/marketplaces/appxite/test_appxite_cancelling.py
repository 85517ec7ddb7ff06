"""Cancelling items at the simulated AppXite, through the real adapter."""

import pytest

from pipeline.domain.claim import AnswerClass, CancelPurchase
from pipeline.domain.facts import Cancelling
from pipeline.domain.outcome import Finish, Outcome, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.appxite.simulator import catalogue, customers
from pipeline.testing import Walk
from tests.contracts.simulated import in_time
from tests.marketplaces.appxite.buying import Bench, a_quoted


@pytest.fixture
def bench() -> Bench:
    return Bench()


def wish(walk: Walk) -> Walk:
    wanted = Cancelling(by="dana", reason="withdrawn", at=walk.order.now)
    return walk.change(stage=Stage.POLL_STATUS, facts=walk.order.facts.learn(cancelling=wanted))


def run_on(bench: Bench, walk: Walk) -> Outcome:
    outcome = walk.run()
    for _ in range(10):
        if isinstance(outcome, Finish):
            break
        outcome = bench.later(walk, 60).run()
    return outcome


def test_each_item_is_cancelled_for_its_organisation_once(bench: Bench) -> None:
    walk = bench.walk(a_quoted(), a_quoted(catalogue.DEFENDER, "2", quantity=2))
    bench.run_to_end(walk)

    end = run_on(bench, wish(walk))

    assert isinstance(end, Finish)
    assert end.state is OrderState.CANCELLED
    assert bench.world.writes.count("POST orders/cancel") == 2


def test_what_is_still_being_provisioned_is_refused_with_a_sentence_and_cancelled_later(bench: Bench) -> None:
    walk = bench.walk()
    walk.run_to(Stage.POLL_STATUS)

    outcome = wish(walk).run()

    assert isinstance(outcome, WaitUntil)
    (asked,) = outcome.questions
    assert "it is provision_started, and AppXite cancels only what is provisioned" in asked.text
    assert isinstance(run_on(bench, walk), Finish)
    assert bench.world.writes.count("POST orders/cancel") == 1


def test_another_organisations_item_is_never_cancelled(bench: Bench) -> None:
    order_id = bench.bought()
    bench.simulator.clock.advance(600)
    shop = bench.shop()
    (item,) = shop.cancellable(shop.order(order_id))

    answer = shop.send(
        CancelPurchase(company_id=customers.TAILSPIN.id, order_id=order_id, target=item.id, reason="no"), in_time()
    )

    assert answer.kind is AnswerClass.NOT_SENT
    assert "POST orders/cancel" not in bench.world.writes
