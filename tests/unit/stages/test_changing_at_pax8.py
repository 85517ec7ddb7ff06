"""Changes of subscriptions at the simulated Pax8, through the real adapter and all stages."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.domain.outcome import Ask, Finish, Looked, Outcome, WaitUntil
from pipeline.domain.question import QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.marketplaces.pax8.simulator.records import Line, Subscription
from pipeline.testing import a_line
from tests.unit.stages.world import Pax8Walk, at_pax8, the_question, with_policy

CHANGE = ("PUT", "/v1/subscriptions/{subscriptionId}")
PUT = "PUT subscriptions"


def changing(**line: Any) -> tuple[Pax8Walk, Subscription]:
    """Contoso has ten of the backup, billed monthly, and is to have fifteen unless the line says otherwise."""
    walk = at_pax8()
    world = walk.pax8.world
    mine = world.subscribe(customers.CONTOSO.id, world.products[catalogue.BACKUP.id], 10, "Monthly")
    values: dict[str, Any] = {"product_id": catalogue.BACKUP.id, "changes": mine.id, "quantity": 15}
    wanted = a_line(**(values | line))
    walk.change(quote=walk.order.quote.model_copy(update={"lines": (wanted,)}))
    return walk, mine


def to_its_end(walk: Pax8Walk, most: int = 40) -> Outcome:
    """Until the order has ended, or a person is asked."""
    for _ in range(most):
        outcome = walk.run()
        asked = isinstance(outcome, Looked) and isinstance(outcome.then, Ask)
        if asked or isinstance(outcome, Finish | Ask) or (isinstance(outcome, WaitUntil) and outcome.questions):
            return outcome
        walk.pass_time(15)
    raise AssertionError(walk.outcomes[-1])


def state(outcome: Outcome) -> OrderState:
    assert isinstance(outcome, Finish), outcome
    return outcome.state


@pytest.mark.parametrize(
    ("line", "stands"),
    [
        ({}, (15, "Monthly")),
        ({"quantity": 4}, (4, "Monthly")),
        ({"quantity": 10, "billing_term": "Annual"}, (10, "Annual")),
        ({"quantity": 20, "billing_term": "Annual"}, (20, "Annual")),
        ({"adds": True, "quantity": 5}, (15, "Monthly")),
    ],
    ids=["more", "fewer", "another term", "both", "so many more"],
)
def test_a_subscription_is_changed_once(line: dict[str, Any], stands: tuple[int, str]) -> None:
    walk, mine = changing(**line)

    assert state(to_its_end(walk)) is OrderState.DONE

    assert (mine.quantity, mine.billing_term) == stands
    assert walk.writes == [PUT]
    assert not walk.pax8.world.bought


def test_what_is_so_already_is_left_alone() -> None:
    walk, mine = changing(quantity=10)

    assert state(to_its_end(walk)) is OrderState.DONE
    assert not walk.writes
    assert not mine.past


@pytest.mark.parametrize("resend", [False, True])
def test_an_answer_that_is_lost_after_the_change_is_adopted(resend: bool) -> None:
    walk, mine = changing()
    with_policy(walk, resend_when_absent=resend)
    walk.pax8.faults.add(match=CHANGE, kind="reset", when="after")

    assert state(to_its_end(walk)) is OrderState.DONE
    assert mine.quantity == 15
    assert walk.writes == [PUT]


def test_a_request_that_is_lost_is_sent_again_where_absent_ones_are() -> None:
    walk, mine = changing()
    with_policy(walk, resend_when_absent=True)
    walk.pax8.faults.add(match=CHANGE, kind="reset", when="before")

    assert state(to_its_end(walk)) is OrderState.DONE
    assert mine.quantity == 15
    assert walk.writes == [PUT]


def test_a_request_that_is_lost_is_asked_about_else() -> None:
    walk, mine = changing()
    walk.pax8.faults.add(match=CHANGE, kind="reset", when="before")

    assert the_question(to_its_end(walk)).kind is QuestionKind.SUBMIT_UNKNOWN
    assert mine.quantity == 10


def test_a_change_that_is_carried_out_late_is_found() -> None:
    walk, _ = changing()
    with_policy(walk, resend_when_absent=True)
    walk.pax8.faults.add(match=CHANGE, kind="late_commit", seconds=60, then="reset")

    assert state(to_its_end(walk)) is OrderState.DONE
    assert walk.writes == [PUT]


def test_reads_that_lag_do_not_make_it_be_sent_twice() -> None:
    walk, _ = changing()
    with_policy(walk, resend_when_absent=True)
    walk.pax8.knobs.subscription_read_lag = timedelta(seconds=100)
    walk.pass_time(200)
    walk.pax8.faults.add(match=CHANGE, kind="reset", when="after")

    assert state(to_its_end(walk)) is OrderState.DONE
    assert walk.writes == [PUT]


def test_fewer_than_a_commitment_allows_are_not_even_tried() -> None:
    walk, _ = changing()
    world = walk.pax8.world
    e3 = world.products[catalogue.M365_E3.id]
    asked = Line(e3.id, 10, "Monthly", commitment_term_id=catalogue.E3_ONE_YEAR.id)
    mine = world.subscribe(customers.CONTOSO.id, e3, 10, "Monthly", line=asked)
    wanted = a_line(product_id=e3.id, changes=mine.id, quantity=4)
    walk.change(quote=walk.order.quote.model_copy(update={"lines": (wanted,)}))

    question = the_question(to_its_end(walk))

    assert (question.kind, "does not allow fewer" in question.text) == (QuestionKind.COMMITMENT, True)
    assert not walk.writes


def test_the_way_costs_few_calls() -> None:
    walk, _ = changing()
    walk.run_to(Stage.POLL_STATUS)
    calls = {label: count for label, count in walk.pax8.traffic.calls.items() if "/subscriptions" in label}

    assert calls == {"GET /v1/subscriptions/{subscriptionId}": 2, "PUT /v1/subscriptions/{subscriptionId}": 1}
