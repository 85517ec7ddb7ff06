"""Orders that change a subscription instead of buying one, at a marketplace in memory."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.catalogue import Commitment, Dependencies, Verdict
from pipeline.domain.claim import Answer, AnswerClass, ChangeSubscription, Closing
from pipeline.domain.facts import Facts
from pipeline.domain.order import CompanyPolicy
from pipeline.domain.outcome import Advance, Finish, GoBack, Looked, Outcome, Reject, RetryLater, WaitUntil
from pipeline.domain.question import Act, QuestionKind
from pipeline.domain.quote import QuoteLine
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.domain.terms import BillingTerm, SubscriptionTerms
from pipeline.testing import FakeMarketplace, FakeWithChanges, Walk, a_line, a_price
from tests.unit.stages.world import at_fake, seconds, the_question, with_policy

MONTHLY, ANNUAL = BillingTerm.MONTHLY, BillingTerm.ANNUAL
LOST = Answer(AnswerClass.UNKNOWN, details=("the connection broke",))
WAITS = ("PendingManual", Verdict.WAITS_FOR_MARKETPLACE)


def terms(quantity: int, term: BillingTerm = MONTHLY) -> SubscriptionTerms:
    return SubscriptionTerms(quantity=quantity, billing_term=term)


def change(**changed: Any) -> QuoteLine:
    values: dict[str, Any] = {"changes": "s1", "quantity": 15}
    return a_line(**(values | changed))


def a_market() -> FakeWithChanges:
    """The company has ten of `backup`, billed monthly, as s1."""
    market = FakeWithChanges().sells("backup", a_price(), a_price("48.00", ANNUAL)).sells("other")
    market.subscribes("s1", "backup")
    return market


def changing(*lines: QuoteLine, stage: Stage = Stage.FETCH_CATALOGUE) -> tuple[Walk, FakeWithChanges]:
    market = a_market()
    return at_fake(stage, *(lines or (change(),)), market=market), market


def at_submit(line: QuoteLine | None = None) -> tuple[Walk, FakeWithChanges]:
    walk, market = changing(line or change())
    walk.run_to(Stage.SUBMIT)
    assert walk.order.stage is Stage.SUBMIT, walk.outcomes[-1]
    return walk, market


def lost() -> tuple[Walk, FakeWithChanges]:
    """The change was sent, or was to be, and got no answer."""
    walk, market = at_submit()
    market.answers.append(LOST)
    assert isinstance(walk.run(), WaitUntil)
    return walk, market


def looked_twice(walk: Walk) -> Outcome:
    """After the settling period."""
    walk.later(seconds(200)).run()
    return walk.later(seconds(10)).run()


def notes(walk: Walk) -> str:
    return " ".join(note for outcome in walk.outcomes if isinstance(outcome, Advance) for note in outcome.notes)


def test_a_quantity_is_changed_by_one_write_and_seen_to_be_so() -> None:
    walk, market = changing()
    walk.run_to(Stage.NOTIFY)

    end = walk.run()

    (sent,) = market.sent
    assert isinstance(sent, ChangeSubscription)
    assert (sent.subscription_id, sent.line_id, sent.before, sent.after) == ("s1", "1", terms(10), terms(15))
    assert isinstance(end, Finish)
    assert end.state is OrderState.DONE
    assert market.subscribed["s1"].quantity == 15
    assert walk.order.facts.progress["1"].subscription_id == "s1"
    assert not market.placed


def test_a_term_is_changed_alone() -> None:
    walk, market = changing(change(quantity=10, billing_term="Annual"))
    walk.run_to(Stage.NOTIFY)

    (sent,) = market.sent
    assert isinstance(sent, ChangeSubscription)
    assert (sent.before, sent.after) == (terms(10), terms(10, ANNUAL))
    assert walk.order.stage is Stage.NOTIFY


def test_a_line_that_names_neither_product_nor_term_leaves_both_as_they_are() -> None:
    walk, market = changing(change(product_id="", billing_term=""))
    walk.run_to(Stage.NOTIFY)

    (sent,) = market.sent
    assert isinstance(sent, ChangeSubscription)
    assert (sent.product_id, sent.after) == ("backup", terms(15))


def test_a_term_that_the_subscription_has_need_not_be_on_sale_any_more() -> None:
    walk, market = changing()
    market.priced["backup"] = (a_price("48.00", ANNUAL),)

    assert isinstance(walk.run(), Advance)


def test_what_is_so_already_is_done_without_a_write() -> None:
    walk, market = changing(change(quantity=10, unit_cost="0.01"))
    walk.run_to(Stage.NOTIFY)

    assert walk.order.stage is Stage.NOTIFY
    assert not market.sent
    assert "nothing was sent" in notes(walk)


def test_what_somebody_else_has_changed_so_before_it_was_sent_is_done_without_a_write() -> None:
    walk, market = at_submit()
    market.becomes("s1", quantity=Decimal(15))

    assert isinstance(walk.run(), Advance)
    assert not market.sent


def test_what_somebody_has_changed_otherwise_since_it_was_priced_is_read_and_priced_again() -> None:
    walk, market = at_submit()
    market.becomes("s1", quantity=Decimal(12))

    outcome = walk.run()

    assert isinstance(outcome, GoBack)
    assert "was 10, billed Monthly when it was priced, and is 12" in outcome.reason
    assert not market.sent
    walk.run_to(Stage.NOTIFY)
    (sent,) = market.sent
    assert isinstance(sent, ChangeSubscription)
    assert sent.before == terms(12)


def test_one_that_has_ended_since_it_was_priced_is_not_changed() -> None:
    walk, market = at_submit()
    market.becomes("s1", verdict=Verdict.FAILED, status_word="Cancelled")

    assert isinstance(walk.run(), GoBack)
    assert the_question(walk.run()).kind is QuestionKind.SUBSCRIPTION
    assert not market.sent


@pytest.mark.parametrize(
    ("line", "subscribed", "words"),
    [
        pytest.param({"changes": "nowhere"}, {}, "shows no such subscription", id="it is not there"),
        pytest.param({}, {"company_id": "another"}, "another company's", id="it is another company's"),
        pytest.param({"product_id": "other"}, {}, "is to Backup (backup)", id="the quote names another product"),
        pytest.param({"product_id": "", "sku": "X"}, {}, "is to Backup (backup)", id="the quote names another SKU"),
        pytest.param({}, {"status": WAITS}, "is PendingManual", id="it is not live"),
        pytest.param({}, {"product_id": "gone"}, "product which Pax8 does not show (gone)", id="its product is gone"),
    ],
)
def test_a_subscription_that_cannot_be_the_one_is_asked_about(
    line: dict[str, Any], subscribed: dict[str, Any], words: str
) -> None:
    walk, market = changing(change(**line))
    market.subscribes("s1", subscribed.pop("product_id", "backup"), **subscribed)

    question = the_question(walk.run())

    assert question.kind is QuestionKind.SUBSCRIPTION
    assert words in question.text
    assert question.acts == (Act.RETRY, Act.CANCEL)
    assert not market.sent


@pytest.mark.parametrize("changed", [{"billing_term": BillingTerm.TRIAL}, {"quantity": None}, {"billing_term": None}])
def test_a_subscription_whose_terms_cannot_be_told_is_asked_about(changed: dict[str, Any]) -> None:
    walk, market = changing()
    market.becomes("s1", **changed)

    assert "cannot be changed from here" in the_question(walk.run()).text


ONE_YEAR = Commitment("c1", "1-Year", 12, allows_more=True, allows_less=False)


@pytest.mark.parametrize(
    ("line", "commitment", "words"),
    [
        pytest.param({"quantity": 7}, ONE_YEAR, "does not allow fewer", id="fewer"),
        pytest.param({}, replace(ONE_YEAR, allows_more=False), "does not allow more", id="more"),
        pytest.param(
            {"billing_term": "Annual"}, replace(ONE_YEAR, months=6, term="6 months"), "is shorter", id="a longer term"
        ),
        pytest.param({"commitment": "3-Year"}, ONE_YEAR, "names the commitment 3-Year", id="another commitment"),
    ],
)
def test_what_the_commitment_does_not_allow_is_a_question_and_no_try(
    line: dict[str, Any], commitment: Commitment, words: str
) -> None:
    months = commitment.months
    walk, market = changing(change(**line))
    market.sells(
        "backup", a_price(months=months), a_price(term=ANNUAL, months=months), needs=Dependencies((commitment,))
    )
    market.becomes("s1", commitment=Commitment("c1", commitment.term, months))

    question = the_question(walk.run())

    assert question.kind is QuestionKind.COMMITMENT
    assert words in question.text
    assert isinstance(walk.answer("commitment:1", "change anyway").run(), Advance)
    assert not market.sent


@pytest.mark.parametrize("named", ["", "c1", "1-Year", "12 months"])
def test_what_the_commitment_allows_goes_on(named: str) -> None:
    walk, market = changing(change(commitment=named))
    market.sells("backup", a_price(months=12), needs=Dependencies((ONE_YEAR,)))
    market.becomes("s1", commitment=Commitment("c1", "1-Year", 12))

    assert isinstance(walk.run(), Advance)
    assert walk.order.facts.catalogue is not None
    assert walk.order.facts.catalogue.line("1").commitment_id == "c1"


def test_where_nobody_says_what_the_commitment_allows_the_marketplace_decides() -> None:
    walk, market = changing(change(quantity=7))
    market.sells("backup", a_price(months=12))
    market.becomes("s1", commitment=Commitment("c9", "1-Year", 12))

    assert isinstance(walk.run(), Advance)


def test_the_fresh_price_is_guarded_for_the_new_quantity() -> None:
    walk, _ = changing(change(unit_cost="4.00"))

    question = the_question(walk.run())

    assert question.kind is QuestionKind.PRICE
    assert "For 15, billed Monthly" in question.text


def test_what_a_quote_adds_is_worked_out_once() -> None:
    walk, market = at_submit(change(adds=True, quantity=5))
    assert walk.order.change is not None
    assert (walk.order.change.before, walk.order.change.after) == (terms(10), terms(15))
    market.answers.append(LOST)
    walk.run()
    with_policy(walk, resend_when_absent=True)
    looked_twice(walk)
    assert walk.order.claims[0].closing is Closing.ABSENT
    market.becomes("s1", quantity=Decimal(15))

    walk.change(stage=Stage.FETCH_CATALOGUE).run_to(Stage.NOTIFY)

    assert len(market.sent) == 1
    assert market.subscribed["s1"].quantity == 15


@pytest.mark.parametrize("by_now", [12, 15])
@pytest.mark.parametrize("tried", [None, AnswerClass.NOT_SENT])
@pytest.mark.parametrize("stage", [Stage.FETCH_CATALOGUE, Stage.SUBMIT])
def test_what_a_quote_adds_to_a_quantity_that_others_have_changed_is_asked(
    by_now: int, tried: AnswerClass | None, stage: Stage
) -> None:
    walk, market = at_submit(change(adds=True, quantity=5))
    if tried is not None:
        market.answers.append(Answer(tried, details=("not now",)))
        walk.run()
    market.becomes("s1", quantity=Decimal(by_now))
    if walk.change(stage=stage).order.stage is Stage.SUBMIT:
        assert isinstance(walk.run(), GoBack)

    question = the_question(walk.run())

    assert "adds 5 to the 10" in question.text
    assert f"it has {by_now} by now" in question.text
    walk.answer(question.key, "20").run_to(Stage.NOTIFY)
    assert market.subscribed["s1"].quantity == 20


def test_what_a_person_says_there_are_to_be_in_all_is_done_where_there_are_so_many() -> None:
    walk, market = at_submit(change(adds=True, quantity=5))
    market.becomes("s1", quantity=Decimal(15))
    walk.change(stage=Stage.FETCH_CATALOGUE)

    walk.answer(the_question(walk.run()).key, "15").run_to(Stage.NOTIFY)

    assert walk.order.stage is Stage.NOTIFY
    assert not market.sent


def test_two_lines_that_change_one_subscription_are_asked_about() -> None:
    walk, market = changing(change(), change(id="2", quantity=20))

    question = the_question(walk.run())

    assert "nobody says which of them holds" in question.text
    assert question.acts == (Act.CANCEL,)
    assert not market.sent


@pytest.mark.parametrize("stage", [Stage.RESOLVE_COMPANY, Stage.FETCH_CATALOGUE])
def test_a_marketplace_that_changes_nothing_leaves_it_to_a_person(stage: Stage) -> None:
    walk = at_fake(stage, change(), market=FakeMarketplace().sells("backup"))

    question = the_question(walk.run())

    assert "changes none over its API" in question.text
    assert question.acts == (Act.CANCEL,)


def test_no_company_is_made_for_a_change() -> None:
    walk, market = changing(stage=Stage.RESOLVE_COMPANY)
    market.listed.clear()
    with_policy(walk.change(facts=Facts()), create_companies=CompanyPolicy.ALWAYS)

    assert the_question(walk.run()).kind is QuestionKind.COMPANY
    assert not market.sent


def test_a_lost_answer_is_adopted_once_the_subscription_is_as_it_was_to_be() -> None:
    walk, market = lost()
    market.becomes("s1", quantity=Decimal(15))

    sending = walk.later(seconds(6)).run()
    walk.later(seconds(60)).run()

    assert isinstance(sending, Looked | WaitUntil)
    assert walk.order.stage in (Stage.POLL_STATUS, Stage.NOTIFY)
    assert walk.order.facts.purchase is not None
    assert walk.order.facts.purchase.adopted
    assert len(market.sent) == 1


def test_nothing_is_taken_for_absent_before_the_settling_period_is_over() -> None:
    walk, _ = lost()

    for _ in range(6):
        outcome = walk.later(seconds(28)).run()
        assert isinstance(outcome, WaitUntil) or (isinstance(outcome, Looked) and isinstance(outcome.then, WaitUntil))


def test_a_lost_request_is_asked_about_unless_absent_ones_are_sent_again() -> None:
    walk, market = lost()

    question = the_question(looked_twice(walk))

    assert question.kind is QuestionKind.SUBMIT_UNKNOWN
    assert question.acts == (Act.ADOPT, Act.RESEND, Act.CANCEL)
    assert "s1 was 10, billed Monthly, and was to be 15, billed Monthly" in question.text
    assert "It still stands as it did" in question.text
    assert len(market.sent) == 1


def test_a_lost_request_is_sent_again_where_absent_ones_are() -> None:
    walk, market = lost()
    with_policy(walk, resend_when_absent=True)
    looked_twice(walk)

    assert walk.order.claims[0].closing is Closing.ABSENT
    walk.run_to(Stage.NOTIFY)
    assert [market.subscribed["s1"].quantity, len(market.sent)] == [15, 2]


@pytest.mark.parametrize("resend", [False, True])
def test_a_third_state_is_asked_about_and_never_sent_over(resend: bool) -> None:
    walk, market = lost()
    market.becomes("s1", quantity=Decimal(12))
    with_policy(walk, resend_when_absent=resend)

    question = the_question(looked_twice(walk))

    assert "But it is 12, billed Monthly and Active" in question.text
    assert len(market.sent) == 1


def test_a_subscription_that_is_not_shown_any_more_is_asked_about() -> None:
    walk, market = lost()
    del market.subscribed["s1"]

    assert "is not shown any more" in the_question(looked_twice(walk)).text


def test_a_third_state_that_has_just_come_is_looked_at_once_more() -> None:
    walk, market = lost()
    walk.later(seconds(200)).run()
    market.becomes("s1", quantity=Decimal(12))

    outcome = walk.later(seconds(10)).run()

    assert isinstance(outcome, Looked)
    assert isinstance(outcome.then, WaitUntil)


def test_a_refused_change_ends_the_order_in_the_marketplaces_words() -> None:
    walk, market = at_submit()
    market.answers.append(Answer(AnswerClass.REJECTED, details=("Not during the commitment.",), status=422))

    outcome = walk.run()

    assert isinstance(outcome, Reject)
    assert (outcome.code, outcome.reason) == (
        "submit.refused",
        "The change was refused: Not during the commitment.",
    )


def test_a_refusal_after_an_attempt_that_was_given_up_is_a_persons() -> None:
    walk, market = lost()
    with_policy(walk, resend_when_absent=True)
    looked_twice(walk)
    market.answers.append(Answer(AnswerClass.REJECTED, details=("No.",), status=422))

    question = the_question(walk.run())

    assert "may be carried out yet" in question.text
    assert question.acts == (Act.ADOPT, Act.RETRY, Act.CANCEL)


@pytest.mark.parametrize("kind", [AnswerClass.NOT_SENT, AnswerClass.THROTTLED])
def test_what_was_not_carried_out_is_tried_again(kind: AnswerClass) -> None:
    walk, market = at_submit()
    market.answers.append(Answer(kind, details=("not now",)))

    assert isinstance(walk.run(), RetryLater)
    assert isinstance(walk.run(), Advance)
    assert market.subscribed["s1"].quantity == 15


def test_reads_that_lag_behind_the_change_are_waited_for_and_then_asked_about() -> None:
    walk, market = at_submit()
    walk.run()
    market.lagging = True

    early = walk.run()
    late = walk.later(seconds(200)).run()

    assert isinstance(early, WaitUntil)
    assert not early.questions
    assert "has a quantity of 10, not of 15" in the_question(late).text
    market.lagging = False
    assert isinstance(walk.later(seconds(60)).run(), Advance)


def test_a_term_that_did_not_change_is_seen() -> None:
    walk, market = at_submit(change(quantity=10, billing_term="Annual"))
    walk.run()
    market.becomes("s1", billing_term=MONTHLY)

    assert "is billed Monthly, not Annual" in the_question(walk.later(seconds(200)).run()).text
