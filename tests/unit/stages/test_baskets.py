from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.domain.claim import Answer, AnswerClass, Closing, FillBasket, PlaceOrder
from pipeline.domain.company import CompanyStatus
from pipeline.domain.outcome import Advance, Ask, GoBack, Looked, RetryLater, WaitUntil
from pipeline.domain.question import QuestionKind
from pipeline.domain.quote import QuoteLine
from pipeline.domain.stage import Stage
from pipeline.purchase import purchase
from pipeline.testing import FakeWithBaskets, Walk, a_line, an_order, lost_claim
from tests.unit.stages.world import questions, seconds, the_question

UNKNOWN = Answer(AnswerClass.UNKNOWN, details=("the connection broke",))


def at(*lines: QuoteLine) -> tuple[Walk, FakeWithBaskets]:
    """An order that stands before its dry run."""
    market = FakeWithBaskets().sells("backup")
    market.knows("company")
    walk = Walk(an_order(*(lines or (a_line(),)), link="company"), market)
    assert isinstance(walk.run_to(Stage.VALIDATE_MOCK), Advance)
    return walk, market


def kinds(market: FakeWithBaskets) -> list[str]:
    return [write.kind for write in market.sent]


def test_a_basket_is_filled_before_the_dry_run_and_bought_from() -> None:
    walk, market = at()

    assert isinstance(walk.run_to(Stage.POLL_STATUS), Advance)

    assert kinds(market) == ["fill_basket", "place_order"]
    filled, placed = market.sent
    assert isinstance(filled, FillBasket)
    assert isinstance(placed, PlaceOrder)
    assert (filled.number, filled.reference) == (1, walk.order.reference)
    assert (placed.filled, placed.basket) == (filled, next(iter(market.baskets)))
    assert placed.payload == filled.payload


def test_the_same_purchase_is_rehearsed_again_from_the_same_basket() -> None:
    walk, market = at()
    walk.run()

    walk.change(stage=Stage.VALIDATE_MOCK).run()

    assert kinds(market) == ["fill_basket"]
    assert len(market.rehearsed) == 2


def test_another_purchase_gets_another_basket_under_a_number_of_its_own_and_the_first_is_thrown_away() -> None:
    walk, market = at()
    walk.run()
    lines = tuple(line.model_copy(update={"quantity": 3}) for line in walk.order.lines)
    walk.change(quote=walk.order.quote.model_copy(update={"lines": lines}), stage=Stage.FETCH_CATALOGUE)

    assert isinstance(walk.run_to(Stage.SUBMIT), Advance)

    assert kinds(market) == ["fill_basket", "drop_basket", "fill_basket"]
    assert [write.number for write in market.sent if isinstance(write, FillBasket)] == [1, 2]
    assert len(market.baskets) == 1


def test_a_basket_that_has_gone_is_filled_anew() -> None:
    walk, market = at()
    walk.run()
    market.baskets.clear()

    outcome = walk.change(stage=Stage.VALIDATE_MOCK).run()

    assert isinstance(outcome, Advance)
    assert kinds(market) == ["fill_basket", "drop_basket", "fill_basket"]


def test_what_has_no_basket_at_submit_goes_back_for_one() -> None:
    walk, market = at()
    walk.run()
    given_up = tuple(replace(claim, closing=Closing.ABSENT) for claim in walk.order.claims)

    outcome = walk.change(claims=given_up).run()

    assert isinstance(outcome, GoBack)
    assert "basket" in outcome.reason
    assert kinds(market) == ["fill_basket"]


def test_a_lost_basket_that_is_found_is_used() -> None:
    walk, market = at()
    market.answers.append(UNKNOWN)
    assert isinstance(walk.run(), WaitUntil)
    claim = walk.order.open_claim(FillBasket)
    assert claim is not None
    market.carry_out(claim.write)

    looked = walk.later(seconds(5)).run()

    assert isinstance(looked, Looked)
    assert looked.adopt in market.baskets
    assert isinstance(walk.run(), Advance)
    assert kinds(market) == ["fill_basket"]


def test_a_lost_basket_that_nobody_can_show_is_given_up_and_its_number_is_never_used_again() -> None:
    walk, market = at()
    market.shows_baskets = False
    market.answers.append(UNKNOWN)
    walk.run()

    for _ in range(20):
        outcome = walk.later(seconds(30)).run()
        if isinstance(outcome, Looked) and outcome.absent:
            break
    assert isinstance(walk.run(), Advance)

    assert [write.number for write in market.sent if isinstance(write, FillBasket)] == [1, 2]


def test_while_a_basket_may_still_be_sent_nobody_looks() -> None:
    walk, market = at()
    write = FillBasket(
        company_id="company", payload=market.compose(purchase(walk.order)), lines=(), reference="r", number=1
    )
    walk.change(claims=(lost_claim(walk.order, write),))

    assert isinstance(walk.run(), WaitUntil)
    assert market.calls["find_basket"] == 0


def test_a_lost_throwing_away_is_forgotten() -> None:
    walk, market = at()
    walk.run()
    market.baskets.clear()
    market.answers.append(UNKNOWN)
    walk.change(stage=Stage.VALIDATE_MOCK).run()

    assert isinstance(walk.later(seconds(5)).run(), Looked)
    assert isinstance(walk.run(), Advance)
    assert kinds(market) == ["fill_basket", "drop_basket", "fill_basket"]


@pytest.mark.parametrize("kind", [AnswerClass.NOT_SENT, AnswerClass.THROTTLED])
def test_a_basket_that_was_not_sent_is_tried_again(kind: AnswerClass) -> None:
    walk, market = at()
    market.answers.append(Answer(kind, details=("no connection",)))

    assert isinstance(walk.run(), RetryLater)
    assert isinstance(walk.run(), Advance)
    assert len(market.baskets) == 1


def test_a_basket_that_is_refused_is_a_refused_purchase() -> None:
    walk, market = at()
    market.answers.append(Answer(AnswerClass.REJECTED, details=("The offer is not for sale",), status=400))

    asked = the_question(walk.run())

    assert "The offer is not for sale" in asked.text
    assert isinstance(walk.run(), Ask)
    assert kinds(market) == ["fill_basket"], "the same is not tried again before a person says so"


def test_a_purchase_that_was_given_up_and_turns_up_is_asked_about_before_another_basket_is_filled() -> None:
    walk, market = at()
    walk.run()
    market.answers.append(UNKNOWN)
    walk.run()
    claim = walk.order.open_claim(PlaceOrder)
    assert claim is not None
    given_up = tuple(replace(one, closing=Closing.RESENT) if one.id == claim.id else one for one in walk.order.claims)
    bought = market.carry_out(claim.write)

    outcome = walk.change(claims=given_up, stage=Stage.VALIDATE_MOCK).run()

    assert [question.key for question in questions(outcome)] == [f"turned_up:{bought.ref}"]


def test_two_orders_with_our_reference_are_never_adopted_without_a_person() -> None:
    walk, market = at()
    walk.run()
    market.answers.append(UNKNOWN)
    walk.run()
    claim = walk.order.open_claim(PlaceOrder)
    assert claim is not None
    market.carry_out(claim.write)
    market.carry_out(claim.write)

    outcome = walk.run()
    for _ in range(20):
        outcome = walk.later(seconds(60)).run()
        assert not (isinstance(outcome, Looked) and outcome.adopt)
    assert "2 orders have our reference" in questions(outcome)[0].text


def test_a_new_company_is_let_in_and_a_lost_answer_to_that_does_no_harm() -> None:
    market = FakeWithBaskets().sells("backup")
    market.knows("company", status=CompanyStatus.NEW)
    market.answers.append(UNKNOWN)
    walk = Walk(an_order(link="company"), market)
    walk.run()

    assert isinstance(walk.run(), WaitUntil)
    market.knows("company", status=CompanyStatus.NEW)
    assert isinstance(walk.later(seconds(60)).run(), Looked)
    assert isinstance(walk.run(), Advance)

    assert kinds(market) == ["approve_company", "approve_company"]


def test_a_blocked_company_is_for_a_person() -> None:
    market = FakeWithBaskets().sells("backup")
    market.knows("company", status=CompanyStatus.BLOCKED)
    walk = Walk(an_order(link="company"), market)
    walk.run()

    assert "cannot order" in the_question(walk.run()).text


def test_a_basket_that_cannot_be_thrown_away_is_left_alone() -> None:
    walk, market = at()
    market.drops_baskets = False
    walk.run()
    lines = tuple(line.model_copy(update={"quantity": 3}) for line in walk.order.lines)
    walk.change(quote=walk.order.quote.model_copy(update={"lines": lines}), stage=Stage.FETCH_CATALOGUE)

    assert isinstance(walk.run_to(Stage.POLL_STATUS), Advance)

    assert kinds(market) == ["fill_basket", "fill_basket", "place_order"]
    placed = market.sent[-1]
    assert isinstance(placed, PlaceOrder)
    assert placed.filled is not None
    assert (placed.filled.number, placed.lines[0].quantity) == (2, 3)


def test_one_that_has_gone_and_could_not_be_thrown_away_is_filled_anew() -> None:
    walk, market = at()
    market.drops_baskets = False
    walk.run()
    market.baskets.clear()

    assert isinstance(walk.change(stage=Stage.VALIDATE_MOCK).run_to(Stage.POLL_STATUS), Advance)

    assert kinds(market) == ["fill_basket", "fill_basket", "place_order"]


def test_baskets_that_are_lost_again_and_again_are_for_a_person() -> None:
    walk, market = at()
    market.shows_baskets = False
    market.answers.extend([UNKNOWN] * 9)
    outcome = walk.run()
    for _ in range(60):
        if isinstance(outcome, Ask):
            break
        outcome = walk.later(seconds(60)).run()

    assert "3 times" in the_question(outcome).text
    assert kinds(market) == ["fill_basket"] * 3

    market.answers.clear()
    assert isinstance(walk.change(retried_at=walk.order.now).run(), Advance)


def given_up(walk: Walk, market: FakeWithBaskets, *, bought: bool) -> None:
    """The order stands before its dry run again after a purchase from its basket was lost and given up."""
    walk.run()
    market.answers.append(UNKNOWN)
    walk.run()
    claim = walk.order.open_claim(PlaceOrder)
    assert claim is not None
    if bought:
        market.carry_out(claim.write)
        market.bought_from.clear()  # and no look shows it yet
    closed = tuple(replace(one, closing=Closing.ABSENT) if one.id == claim.id else one for one in walk.order.claims)
    walk.change(claims=closed, stage=Stage.VALIDATE_MOCK)


def test_a_basket_that_has_gone_after_a_purchase_from_it_is_not_replaced_before_a_person_says_so() -> None:
    walk, market = at()
    given_up(walk, market, bought=True)
    market.baskets.clear()

    asked = the_question(walk.run())

    assert asked.kind is QuestionKind.SUBMIT_UNKNOWN
    assert len(market.placed) == 1
    assert isinstance(walk.answer(asked.key, *asked.possible_values).run(), Advance)


def test_another_purchase_does_not_leave_a_basket_that_may_have_bought() -> None:
    walk, market = at()
    given_up(walk, market, bought=True)
    lines = tuple(line.model_copy(update={"quantity": 3}) for line in walk.order.lines)
    walk.change(quote=walk.order.quote.model_copy(update={"lines": lines}), stage=Stage.FETCH_CATALOGUE)

    assert "may have bought" in the_question(walk.run_to(Stage.SUBMIT)).text
    assert kinds(market) == ["fill_basket", "place_order"]


def test_the_same_basket_is_used_for_the_next_attempt() -> None:
    walk, market = at()
    given_up(walk, market, bought=False)

    assert isinstance(walk.run_to(Stage.POLL_STATUS), Advance)

    assert kinds(market) == ["fill_basket", "place_order", "place_order"]


def test_a_second_attempt_that_is_refused_may_be_because_the_first_one_bought() -> None:
    walk, market = at()
    given_up(walk, market, bought=True)
    market.answers.append(Answer(AnswerClass.REJECTED, details=("It was placed already.",), status=400))

    asked = the_question(walk.run_to(Stage.POLL_STATUS))

    assert asked.kind is QuestionKind.SUBMIT_UNKNOWN
    assert "It was placed already" in asked.text


def test_a_basket_that_refuses_to_be_thrown_away_is_looked_at_by_a_person() -> None:
    walk, market = at()
    walk.run()
    lines = tuple(line.model_copy(update={"quantity": 3}) for line in walk.order.lines)
    walk.change(quote=walk.order.quote.model_copy(update={"lines": lines}), stage=Stage.FETCH_CATALOGUE)
    market.answers.append(Answer(AnswerClass.REJECTED, details=("It was placed already.",), status=400))

    asked = the_question(walk.run_to(Stage.SUBMIT))

    assert "It was placed already" in asked.text
    assert isinstance(walk.answer(asked.key, *asked.possible_values).run_to(Stage.SUBMIT), Advance)


def test_an_order_of_our_reference_with_other_lines_is_no_proof() -> None:
    walk, market = at()
    walk.run()
    market.answers.append(UNKNOWN)
    walk.run()
    claim = walk.order.open_claim(PlaceOrder)
    assert claim is not None
    made = market.carry_out(claim.write)
    strange = replace(market.placed[str(made.ref)].lines[0], quantity=Decimal(99))
    market.placed[str(made.ref)] = replace(market.placed[str(made.ref)], lines=(strange,))

    outcome = walk.run()
    for _ in range(20):
        outcome = walk.later(seconds(60)).run()
        assert not (isinstance(outcome, Looked) and outcome.adopt)
    assert "other lines" in questions(outcome)[0].text


def test_an_order_that_the_answer_named_is_no_absence() -> None:
    walk, market = at()
    walk.run()
    walk.change(policy=replace(walk.order.policy, resend_when_absent=True))
    said = "Pax8 answered with order X-1, which does not carry our reference."
    market.answers.append(Answer(AnswerClass.UNKNOWN, details=(said,), named=("X-1",)))
    walk.run()

    outcome = walk.run()
    for _ in range(20):
        outcome = walk.later(seconds(60)).run()
        assert not (isinstance(outcome, Looked) and outcome.absent)
    assert "the answer named order X-1" in questions(outcome)[0].text
