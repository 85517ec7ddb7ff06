"""The dry run, and the baskets that are bought from: neither buys anything."""

import pytest

from pipeline.abilities import BasketGone, BuysFromBaskets, Passed, PricesAtRehearsal, RefusedPayload, Rehearses
from pipeline.domain.claim import AnswerClass, DropBasket
from pipeline.domain.errors import PortError
from pipeline.domain.money import Money
from tests.contracts.adapters import Case, in_time, over
from tests.contracts.case import WithBaskets, WithRehearsal
from tests.contracts.simulated import filling, ready


def rehearsed(case: Case) -> Passed | RefusedPayload | BasketGone:
    marketplace = case.open()
    assert isinstance(marketplace, Rehearses)
    return marketplace.rehearse(case.purchase())


@over(WithRehearsal)
def test_the_dry_run_buys_nothing_however_often(case: WithRehearsal) -> None:
    marketplace, write = case.open(), case.purchase()
    assert isinstance(marketplace, Rehearses)

    results = [marketplace.rehearse(write) for _ in range(3)]

    assert all(isinstance(result, Passed) for result in results)
    assert case.bought() == 0
    assert marketplace.send(write, in_time()).kind is AnswerClass.ACCEPTED


@over(WithRehearsal, PricesAtRehearsal)
def test_a_total_that_the_dry_run_tells_is_more_than_nothing(case: WithRehearsal) -> None:
    result = rehearsed(case)

    assert isinstance(result, Passed)
    assert isinstance(result.total, Money)
    assert result.total.amount > 0


@over(WithRehearsal)
def test_a_refused_dry_run_names_the_line_and_the_field(case: WithRehearsal) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, Rehearses)

    refusal = marketplace.rehearse(ready(marketplace, case.refused("QW-DRY1")))

    assert isinstance(refusal, RefusedPayload)
    assert refusal.fields == case.refused_fields
    assert refusal.details
    assert case.bought() == 0


@over(WithRehearsal)
@pytest.mark.parametrize("kind", ["reset", "hang", "html", "half_json", "half_body", "empty", "redirect"])
def test_a_dry_run_without_a_whole_answer_has_passed_nothing(case: WithRehearsal, kind: str) -> None:
    marketplace, write = case.open(), case.purchase()
    assert isinstance(marketplace, Rehearses)
    case.fault(kind, "rehearsal")

    with pytest.raises(PortError):
        marketplace.rehearse(write)
    assert case.bought() == 0


@over(WithRehearsal)
@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503])
def test_trouble_of_the_marketplace_is_no_refusal_of_the_purchase(case: WithRehearsal, status: int) -> None:
    marketplace, write = case.open(), case.purchase()
    assert isinstance(marketplace, Rehearses)
    case.fault("status", "rehearsal", status=status, times=None)

    with pytest.raises(PortError):
        marketplace.rehearse(write)


@over(WithBaskets)
def test_a_basket_buys_nothing_and_is_called_for_once(case: WithBaskets) -> None:
    marketplace = case.open()

    answer = marketplace.send(filling(marketplace, case.wanted("QW-BASKET1")), in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    assert answer.ref
    assert (case.calls("basket"), case.bought()) == (1, 0)


@over(WithBaskets)
@pytest.mark.parametrize("kind", ["reset", "hang", "html", "half_json", "empty", "no_id", "wrong_content"])
def test_a_basket_whose_answer_is_lost_is_unknown(case: WithBaskets, kind: str) -> None:
    marketplace = case.open()
    case.fault(kind, "basket", when="after")

    answer = marketplace.send(filling(marketplace, case.wanted("QW-BASKET2")), in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)


@over(WithBaskets)
def test_a_basket_whose_answer_was_lost_is_found_or_nobody_can_tell(case: WithBaskets) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, BuysFromBaskets)
    fill = filling(marketplace, case.wanted("QW-BASKET3"))
    case.fault("reset", "basket", when="after")
    marketplace.send(fill, in_time())

    found = marketplace.find_basket(fill)

    assert (found is not None) == case.finds_baskets
    other = filling(marketplace, case.wanted("QW-BASKET4"))
    assert marketplace.find_basket(other) is None


@over(WithBaskets)
def test_a_basket_is_found_by_its_own_number_only(case: WithBaskets) -> None:
    marketplace = case.open()
    assert isinstance(marketplace, BuysFromBaskets)
    wanted = case.wanted("QW-BASKET5")
    first = marketplace.send(filling(marketplace, wanted, 1), in_time())

    assert marketplace.find_basket(filling(marketplace, wanted, 2)) is None
    assert marketplace.find_basket(filling(marketplace, wanted, 1)) in (None, first.ref)


@over(WithBaskets)
def test_a_basket_can_be_thrown_away_twice_or_else_is_left_alone(case: WithBaskets) -> None:
    marketplace, write = case.open(), case.purchase()
    assert isinstance(marketplace, BuysFromBaskets)
    assert write.filled is not None
    drop = DropBasket(company_id=write.company_id, basket=write.basket, filled=write.filled)

    answers = [marketplace.send(drop, in_time()).kind for _ in range(2)]

    assert answers == [AnswerClass.ACCEPTED if marketplace.drops_baskets else AnswerClass.NOT_SENT] * 2
    assert case.bought() == 0


@over(WithBaskets)
def test_a_purchase_without_a_basket_is_not_sent(case: WithBaskets) -> None:
    write = case.purchase().model_copy(update={"basket": "", "filled": None})

    assert case.open().send(write, in_time()).kind is AnswerClass.NOT_SENT
    assert case.calls("purchase") == 0


@over(without=BuysFromBaskets)
def test_a_basket_is_not_filled_where_there_are_none(case: Case) -> None:
    answer = case.open().send(filling(case.open(), case.wanted("QW-BASKET6")), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert not case.simulator.traffic.calls
