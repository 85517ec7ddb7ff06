"""Cancelling what an order bought, at a marketplace in memory that cancels line by line."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.domain.catalogue import PlacedLine, PlacedOrder
from pipeline.domain.claim import Answer, AnswerClass, CancelPurchase
from pipeline.domain.facts import Cancelling, CatalogueFacts, Facts, LineFacts, PurchaseFacts
from pipeline.domain.outcome import Advance, Finish, Looked, Outcome, RetryLater, WaitUntil
from pipeline.domain.question import QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.domain.terms import BillingTerm
from pipeline.stages.cancelling import LEAVE, TRY
from pipeline.testing import NOON, Walk, a_line
from pipeline.testing.walk import lost_claim
from tests.cancelling_market import ENDED, Cancels
from tests.unit.stages.world import BOUGHT_FOR, at_fake, seconds

MONTHLY = BillingTerm.MONTHLY
UNKNOWN = Answer(AnswerClass.UNKNOWN, details=("the connection broke",))
NO = Answer(AnswerClass.REJECTED, details=("Its term is still running.",), status=422)


def wished(lines: int = 2, **changed: object) -> tuple[Walk, Cancels]:
    """An order whose lines are live as s1, s2, ...; dana wants all of it cancelled."""
    market = Cancels()
    numbers = range(1, lines + 1)
    for number in numbers:
        market.subscribes(f"s{number}", f"p{number}")
    bought = tuple(PlacedLine(f"p{number}", Decimal(10), MONTHLY, f"s{number}") for number in numbers)
    market.placed["order"] = PlacedOrder("order", "company", bought)
    learnt = tuple(
        LineFacts(line_id=str(number), product_id=f"p{number}", product_name="", quantity=10, billing_term=MONTHLY)
        for number in numbers
    )
    facts = Facts(
        company=BOUGHT_FOR,
        catalogue=CatalogueFacts(fetched_at=NOON, lines=learnt),
        purchase=PurchaseFacts(marketplace_order_id="order", at=NOON),
        cancelling=Cancelling(by="dana", reason="they have withdrawn", at=NOON).model_copy(update=changed),
    )
    quoted = [a_line(str(number), f"p{number}") for number in numbers]
    return at_fake(Stage.POLL_STATUS, *quoted, market=market, facts=facts), market


def sent(market: Cancels) -> list[str]:
    return [write.target for write in market.sent if isinstance(write, CancelPurchase)]


def run_on(walk: Walk, most: int = 12) -> Outcome:
    """Until the order has ended, moved on, or asks."""
    for _ in range(most):
        outcome = walk.later(seconds(10)).run()
        if not isinstance(outcome, WaitUntil | Looked) or (isinstance(outcome, WaitUntil) and outcome.questions):
            return outcome
    raise AssertionError(walk.outcomes[-1])


def asked(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, WaitUntil), outcome
    assert {question.kind for question in outcome.questions} <= {QuestionKind.CANCELLING}
    return [question.text for question in outcome.questions]


def test_each_thing_is_cancelled_once_and_the_order_ends_as_cancelled() -> None:
    walk, market = wished()

    end = run_on(walk)

    assert sent(market) == ["s1", "s2"]
    assert isinstance(end, Finish)
    assert (end.state, end.reason) == (OrderState.CANCELLED, "Cancelled at Pax8 by dana: they have withdrawn")
    assert {one.status_word for one in walk.order.facts.progress.values()} == {"Cancelled"}
    assert not any(isinstance(each, WaitUntil) and each.questions for each in walk.outcomes)


def test_the_write_names_what_is_cancelled_and_why() -> None:
    walk, market = wished(lines=1)

    walk.run()

    assert market.sent == [
        CancelPurchase(company_id="company", order_id="order", target="s1", reason="they have withdrawn")
    ]


def test_nothing_is_cancelled_unless_somebody_wants_it() -> None:
    walk, market = wished()
    walk.change(facts=walk.order.facts.learn(cancelling=None))

    assert isinstance(walk.run(), Advance)
    assert not market.sent


def test_what_has_ended_by_itself_is_not_cancelled_again() -> None:
    walk, market = wished()
    market.becomes("s1", ENDED)

    assert isinstance(run_on(walk), Finish)
    assert sent(market) == ["s2"]


def test_a_read_that_shows_only_what_has_ended_does_not_end_the_order() -> None:
    walk, market = wished(most=2)
    market.becomes("s1", ENDED)
    market.hides = {"s2"}

    assert isinstance(walk.run(), WaitUntil)
    market.hides = set()
    run_on(walk)

    assert sent(market) == ["s2"]


def test_an_order_that_cannot_be_read_is_waited_for() -> None:
    walk, market = wished()
    market.placed.clear()

    assert isinstance(walk.run(), WaitUntil)
    assert not market.sent


def test_what_cannot_be_cancelled_is_asked_about_and_the_rest_is_cancelled() -> None:
    walk, market = wished()
    market.keeps["s1"] = "it is still being set up"

    outcome = run_on(walk)

    assert sent(market) == ["s2"]
    assert "Subscription s1 is not cancelled at Pax8: it is still being set up." in asked(outcome)[0]


def test_what_can_be_cancelled_at_last_is_without_an_answer() -> None:
    walk, market = wished()
    market.keeps["s1"] = "it is still being set up"
    run_on(walk)
    market.keeps.clear()

    assert isinstance(run_on(walk), Finish)
    assert sorted(sent(market)) == ["s1", "s2"]


def test_what_a_person_leaves_goes_on_and_nothing_of_it_is_cancelled_later() -> None:
    walk, market = wished()
    market.keeps["s1"] = "it is still being set up"
    run_on(walk)
    walk.answer("cancel:s1", LEAVE)

    outcome = run_on(walk)

    assert isinstance(outcome, Advance)
    assert walk.order.facts.cancelling is not None
    assert walk.order.facts.cancelling.over
    assert sent(market) == ["s2"]
    end = walk.run()
    assert isinstance(end, Finish)
    assert end.state is OrderState.PARTLY_DONE
    assert end.reason == "1 of 2 lines are live at Pax8; Line 2 (p2) was cancelled or failed."


def test_what_turns_up_after_something_was_left_is_left_too() -> None:
    walk, market = wished()
    market.slow = True
    market.keeps["s1"] = "it has no subscription yet"
    run_on(walk)
    walk.answer("cancel:s1", LEAVE).run()
    market.subscribes("s3", "p1")
    lines = market.placed["order"].lines
    market.placed["order"] = PlacedOrder("order", "company", (replace(lines[0], subscription_id="s3"), lines[1]))

    walk.later(seconds(60)).run()

    assert sent(market) == ["s2"]


def test_an_answer_from_before_the_wish_does_not_count() -> None:
    walk, market = wished(lines=1)
    walk.answer("cancel:s1", LEAVE)
    walk.change(facts=walk.order.facts.learn(cancelling=Cancelling(by="dana", reason="no", at=NOON + seconds(5))))

    run_on(walk)

    assert sent(market) == ["s1"]


def test_a_refusal_is_asked_about_in_the_marketplaces_words_and_sent_again_when_a_person_says_so() -> None:
    walk, market = wished(lines=1)
    market.answers.append(NO)

    first = run_on(walk)
    again = walk.later(seconds(600)).run()
    walk.later(seconds(60)).answer("cancel:s1", TRY)
    end = run_on(walk)

    assert "Pax8 refused it (Its term is still running)." in asked(first)[0]
    assert "Pax8 refused it" in asked(again)[0]
    assert isinstance(end, Finish)
    assert sent(market) == ["s1", "s1"]


def test_to_keep_trying_is_asked_again_only_after_a_persons_time() -> None:
    walk, market = wished(lines=1)
    market.keeps["s1"] = "it is still being set up"
    walk.run()
    walk.answer("cancel:s1", TRY)

    assert not asked(walk.later(seconds(3600)).run())
    assert asked(walk.later(walk.order.policy.person_deadline).run())


def test_what_takes_too_long_is_asked_about() -> None:
    walk, market = wished(lines=1)
    market.slow = True

    walk.run()
    assert not asked(walk.later(timedelta(hours=23)).run())

    assert "longer than that takes" in asked(walk.later(timedelta(hours=2)).run())[0]


def test_what_was_taken_without_an_effect_is_not_sent_again_by_itself() -> None:
    walk, market = wished(lines=1)
    market.answers.append(Answer(AnswerClass.ACCEPTED, ref="s1", status=204))
    for _ in range(20):
        walk.later(seconds(600)).run()
    assert sent(market) == ["s1"]

    assert "nothing shows of it" in asked(walk.later(timedelta(hours=24)).run())[0]
    walk.answer("cancel:s1", TRY).run()

    assert sent(market) == ["s1", "s1"]


def test_a_cancellation_whose_answer_was_lost_is_found_and_not_sent_again() -> None:
    walk, market = wished(lines=1)
    market.answers.append(UNKNOWN)
    walk.run()
    market.carry_out(market.sent[0])

    looked = walk.later(seconds(5)).run()

    assert isinstance(looked, Looked)
    assert looked.adopt == "s1"
    assert isinstance(run_on(walk), Finish)
    assert sent(market) == ["s1"]


def test_a_cancellation_that_shows_nowhere_is_sent_again_after_the_settling_period() -> None:
    walk, market = wished(lines=1)
    market.answers.append(UNKNOWN)
    walk.run()

    assert isinstance(run_on(walk, most=60), Finish)

    assert sent(market) == ["s1", "s1"]
    waited = [each for each in walk.outcomes if isinstance(each, Looked)]
    assert len(waited) > 3


def test_a_process_that_died_between_claim_and_answer_leaves_nobody_to_send_until_its_time_is_over() -> None:
    walk, market = wished(lines=1)
    write = CancelPurchase(company_id="company", order_id="order", target="s1", reason="they have withdrawn")
    walk.change(claims=(lost_claim(walk.order, write),))

    assert isinstance(walk.run(), WaitUntil)
    market.carry_out(write)
    looked = walk.later(timedelta(minutes=2)).run()

    assert isinstance(looked, Looked)
    assert looked.adopt == "s1"
    assert not market.sent


@pytest.mark.parametrize("kind", [AnswerClass.NOT_SENT, AnswerClass.THROTTLED])
def test_what_was_not_sent_is_tried_again(kind: AnswerClass) -> None:
    walk, market = wished(lines=1)
    market.answers.append(Answer(kind, details=("no connection",)))

    assert isinstance(walk.run(), RetryLater)
    assert isinstance(run_on(walk), Finish)
