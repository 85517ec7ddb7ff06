"""What every adapter promises of its reads."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from pipeline.abilities import PricesAtRehearsal
from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.claim import AnswerClass
from pipeline.domain.errors import IncompleteScan, NotFound, PortError, Unavailable, Unreadable
from pipeline.ports import Marketplace
from tests.contracts.adapters import Case, in_time, over

NOT_IDS = ["", "..", "a/b?c=d", "  ", "%2e%2e"]


def states(marketplace: Marketplace, ref: str) -> list[Subscription]:
    """How far each line of the order is, as polls read it."""
    lines = marketplace.order(ref).lines
    return [line.state or marketplace.subscription(line.subscription_id or "") for line in lines]


def placed(case: Case) -> str:
    answer = case.open().send(case.purchase(), in_time())
    assert answer.kind is AnswerClass.ACCEPTED, answer
    return answer.ref or ""


@over()
def test_opening_an_account_calls_nobody(case: Case) -> None:
    marketplace = case.open()

    assert (marketplace.name, marketplace.title) == (case.account.name, case.account.title)
    assert not case.simulator.traffic.calls
    assert not case.exchanges


@over()
@pytest.mark.parametrize("nothing", ["unknown", *NOT_IDS])
@pytest.mark.parametrize("what", ["company", "product", "order", "subscription"])
def test_what_does_not_exist_is_not_found(case: Case, what: str, nothing: str) -> None:
    read = getattr(case.open(), what)

    with pytest.raises(NotFound):
        read(case.unknown_id if nothing == "unknown" else nothing)


@over()
@pytest.mark.parametrize("tail", ["?a=b", "#b", "/..", "%20"])
def test_an_id_is_never_read_as_a_part_of_an_address(case: Case, tail: str) -> None:
    with pytest.raises(NotFound):
        case.open().product(case.product_id + tail)
    with pytest.raises(NotFound):
        case.open().order(placed(case) + tail)


@over()
def test_a_product_is_found_by_its_sku_and_by_no_part_of_it(case: Case) -> None:
    marketplace = case.open()

    assert [product.id for product in marketplace.products_by_sku(case.sku)] == [case.product_id]
    assert not marketplace.products_by_sku(case.sku[:-1])
    assert not marketplace.products_by_sku("")


@over()
def test_a_product_is_for_sale_and_says_what_it_needs(case: Case) -> None:
    marketplace = case.open()
    product = marketplace.product(case.product_id)

    assert (product.id, product.withdrawn) == (case.product_id, "")
    assert product.name
    assert marketplace.dependencies(case.product_id).commitments or not product.requires_commitment
    keys = [field.key for field in marketplace.fields(case.product_id)]
    wanted = next(line for line in case.wanted("QW-READ1").lines if line.product_id == case.product_id)
    assert {key for key, _ in wanted.provisioning} <= set(keys)
    assert len(keys) == len(set(keys))


@over(without=PricesAtRehearsal)
def test_a_product_has_prices_for_the_buyer(case: Case) -> None:
    prices = case.open().prices(case.product_id, case.wanted("QW-READ2").company_id)

    assert prices
    assert all(rate.cost > 0 for price in prices for rate in price.rates)
    assert any(price.billing_term is case.wanted("QW-READ2").lines[0].billing_term for price in prices)


@over()
def test_the_same_lines_compose_to_the_same_bytes_in_any_order_and_in_any_process(case: Case) -> None:
    wanted = case.wanted("QW-READ3")
    turned = wanted.model_copy(update={"lines": wanted.lines[::-1]})
    first, again = case.open(), case.open()

    assert first.compose(wanted) == first.compose(turned) == again.compose(wanted)
    assert not case.exchanges


@over()
def test_another_quantity_is_another_payload(case: Case) -> None:
    marketplace = case.open()
    one, other = (marketplace.compose(case.wanted("QW-READ4", 0, quantity)) for quantity in (5, 6))

    assert one.hash != other.hash
    assert one.body != other.body


@over()
def test_a_purchase_reads_back_as_what_was_bought(case: Case) -> None:
    marketplace, write = case.open(), case.purchase()
    answer = marketplace.send(write, in_time())

    order = marketplace.order(answer.ref or "")

    assert order.id == answer.ref
    assert Counter((line.product_id, line.quantity) for line in order.lines) == Counter(
        (line.product_id, Decimal(line.quantity)) for line in write.lines
    )


@over()
def test_a_purchase_is_live_when_all_is_done_that_has_to_be_done(case: Case) -> None:
    marketplace, ref = case.open(), placed(case)

    case.finish(ref)

    assert {state.verdict for state in states(marketplace, ref)} == {Verdict.LIVE}


@over()
@pytest.mark.parametrize("word", ["Hibernating", "ACTIVE?", "lîve"])
def test_a_word_that_the_contract_does_not_list_means_nothing_and_is_told_as_it_is(case: Case, word: str) -> None:
    marketplace, ref = case.open(), placed(case)
    case.finish(ref)

    case.say(ref, word)

    for state in states(marketplace, ref):
        assert (state.verdict, state.status_word) == (Verdict.UNKNOWN, word)


@over()
def test_fields_that_the_contract_does_not_name_change_nothing(case: Case) -> None:
    marketplace = case.open()
    ref = placed(case)
    case.finish(ref)
    knobs = case.simulator._common
    assert knobs.unknown_fields
    seen = [marketplace.product(case.product_id), states(marketplace, ref), marketplace.order(ref)]

    knobs.unknown_fields = False

    assert [marketplace.product(case.product_id), states(marketplace, ref), marketplace.order(ref)] == seen


@over()
@pytest.mark.parametrize("content", [{}, [], [[]], {"id": None}, {"id": 7}, "ok", 5], ids=str)
@pytest.mark.parametrize("what", ["read", "order"])
def test_an_answer_that_lacks_what_matters_is_never_filled_in(case: Case, what: str, content: Any) -> None:
    marketplace, ref = case.open(), placed(case)
    case.fault("wrong_content", what, body=content)

    with pytest.raises(PortError) as failure:
        case.read(marketplace) if what == "read" else marketplace.order(ref)

    assert isinstance(failure.value, Unreadable | NotFound | IncompleteScan)


@over()
@pytest.mark.parametrize("content", [{}, {"items": None}, {"content": 3}, "ok", 5], ids=str)
def test_a_list_that_lacks_its_items_is_never_an_empty_one(case: Case, content: Any) -> None:
    case.fault("wrong_content", "list", body=content)

    with pytest.raises((Unreadable, IncompleteScan)):
        case.listed(case.open())


@over()
def test_a_page_that_lacks_any_of_its_fields_is_an_error_or_no_harm(case: Case) -> None:
    case.crowd(2 * case.page + 1)
    pages: list[Any] = []
    case.between(lambda: pages.append(case.answered()))
    whole = set(case.listed(case.open()))

    for field in list(pages[0]) if isinstance(pages[0], dict) else []:
        case.fault("wrong_content", "list", body={name: kept for name, kept in pages[0].items() if name != field})
        try:
            found = case.listed(case.open())
        except PortError:
            found = list(whole)
        assert set(found) == whole, field
        case.simulator.faults.clear()


@over()
@pytest.mark.parametrize("kind", ["html", "half_json", "empty", "half_body"])
def test_a_broken_list_is_never_a_short_one(case: Case, kind: str) -> None:
    case.fault(kind, "list")

    with pytest.raises((Unreadable, Unavailable)):
        case.listed(case.open())


@over()
def test_a_list_of_many_pages_is_read_to_its_end_each_thing_once(case: Case) -> None:
    before = case.listed(case.open())
    case.crowd(2 * case.page + 1)

    found = case.listed(case.open())

    assert before
    assert set(before) <= set(found)
    assert len(found) == len(set(found))
    assert case.calls("list") > 2


@over()
@pytest.mark.parametrize("kind", ["status", "reset", "half_json"])
def test_a_page_that_fails_fails_the_whole_list(case: Case, kind: str) -> None:
    case.crowd(2 * case.page + 1)
    case.fault(kind, "list", skip=1)

    with pytest.raises(PortError):
        case.listed(case.open())


@over()
def test_a_list_that_changes_while_it_is_read_is_complete_or_an_error(case: Case) -> None:
    case.crowd(2 * case.page + 1)
    before = case.listed(case.open())
    case.between(lambda: case.crowd(1))

    try:
        found = case.listed(case.open())
    except IncompleteScan:
        return

    assert set(before) <= set(found)
    assert len(found) == len(set(found))


@over()
def test_a_purchase_that_reads_lag_behind_is_not_found_and_later_found(case: Case) -> None:
    case.lag(90)
    ref = placed(case)
    case.pass_time(100)

    assert case.open().order(ref).id == ref


@over()
def test_subscriptions_are_those_of_the_buyer(case: Case) -> None:
    marketplace, write = case.open(), case.purchase()
    mine, other = write.company_id, case.wanted("QW-OTHER", 1).company_id
    before = {one.id for one in marketplace.subscriptions(other)}
    ref = marketplace.send(write, in_time()).ref or ""
    case.finish(ref)

    assert {one.id for one in marketplace.subscriptions(other)} == before
    assert marketplace.subscriptions(mine)
    assert all(one.verdict is not Verdict.UNKNOWN for one in marketplace.subscriptions(mine))
    assert {one.product_id for one in marketplace.subscriptions(mine, case.product_id)} == {case.product_id}
