"""Finding a purchase whose answer was lost: by our reference, or among the orders that were not known before."""

from pipeline.abilities import FindsByReference
from pipeline.domain.claim import AnswerClass, PlaceOrder
from pipeline.domain.errors import IncompleteScan
from pipeline.ports import Marketplace
from tests.contracts.adapters import Case, in_time, over
from tests.contracts.case import WithFilters
from tests.contracts.fakes import MemoryKnownOrders


def lost(case: Case, when: str = "after") -> PlaceOrder:
    """A purchase whose answer never came."""
    write = case.purchase()
    case.fault("reset", "purchase", when=when)
    assert case.open().send(write, in_time()).kind is AnswerClass.UNKNOWN
    return write


def found(marketplace: Marketplace, write: PlaceOrder) -> list[str]:
    assert isinstance(marketplace, FindsByReference)
    return [order.id for order in marketplace.find_orders(write)]


@over(FindsByReference)
def test_a_lost_purchase_is_found_by_its_reference(case: Case) -> None:
    write = lost(case)

    assert found(case.open(), write) == [order.ref for order in case.orders()]
    assert case.bought() == 1


@over(FindsByReference)
def test_what_is_found_is_what_would_have_been_answered(case: Case) -> None:
    write = case.purchase()
    answer = case.open().send(write, in_time())

    assert found(case.open(), write) == [answer.ref]


@over(FindsByReference)
def test_a_purchase_that_was_never_made_is_not_found_whatever_others_bought(case: Case) -> None:
    case.stranger_buys(3)
    write = lost(case, when="before")

    assert found(case.open(), write) == []
    assert case.bought() == 0


@over(FindsByReference)
def test_nothing_of_another_order_of_ours_is_found(case: Case) -> None:
    case.open().send(case.purchase(), in_time())
    case.pass_time(120)
    write = lost(case, when="before")

    assert found(case.open(), write) == []


@over(FindsByReference)
def test_a_purchase_that_lists_do_not_show_yet_is_found_later(case: Case) -> None:
    case.lag(90)
    write = lost(case)
    try:
        early = found(case.open(), write)
    except IncompleteScan:
        early = []
    case.pass_time(100)

    assert early in ([], [order.ref for order in case.orders()])
    assert found(case.open(), write) == [order.ref for order in case.orders()]


@over(FindsByReference)
def test_a_purchase_that_was_carried_out_after_its_client_had_gone_is_found(case: Case) -> None:
    write = case.purchase()
    case.fault("late_commit", "purchase", seconds=20)
    assert case.open().send(write, in_time()).kind is AnswerClass.UNKNOWN
    assert found(case.open(), write) == []

    case.pass_time(30)

    assert found(case.open(), write) == [order.ref for order in case.orders()]
    assert case.bought() == 1


@over(FindsByReference)
def test_two_attempts_of_one_order_are_both_found(case: Case) -> None:
    first = lost(case)
    case.pass_time(120)
    again = case.purchase(first.reference)
    case.open().send(again, in_time())

    assert sorted(found(case.open(), again)) == sorted(order.ref for order in case.orders())
    assert case.bought() >= 1


@over(FindsByReference)
def test_a_purchase_is_found_among_many_of_others(case: Case) -> None:
    write = lost(case)
    case.stranger_buys(120)

    assert found(case.open(), write) == [order.ref for order in case.orders()]


@over(WithFilters)
def test_a_filter_that_is_not_minded_finds_nothing_of_others(case: WithFilters) -> None:
    case.stranger_buys(2)
    case.open().send(case.purchase(), in_time())
    case.pass_time(120)
    write = lost(case)
    case.ignore_filters()

    assert found(case.open(), write) == [case.orders()[-1].ref]


@over(FindsByReference)
def test_others_who_buy_while_we_look_hide_nothing(case: Case) -> None:
    case.stranger_buys(120)
    write = lost(case)
    case.between(lambda: case.stranger_buys(2))

    try:
        ids = found(case.open(), write)
    except IncompleteScan:
        return

    assert ids == [order.ref for order in case.orders()]


@over(without=FindsByReference)
def test_a_lost_purchase_is_the_order_that_was_not_known_before(case: Case) -> None:
    case.stranger_buys(3)
    known = MemoryKnownOrders()
    company_id = case.wanted("QW-FIND1").company_id
    known.learn(case.open().new_orders(company_id, known))
    lost(case)

    fresh = case.open().new_orders(company_id, known)

    assert [order.id for order in fresh] == [order.ref for order in case.orders()]


@over(without=FindsByReference)
def test_a_new_order_that_lists_do_not_show_yet_is_there_later(case: Case) -> None:
    company_id = case.wanted("QW-FIND2").company_id
    case.lag(90)
    lost(case)

    early = case.open().new_orders(company_id, MemoryKnownOrders())
    case.pass_time(100)
    late = case.open().new_orders(company_id, MemoryKnownOrders())

    assert not early
    assert [order.id for order in late] == [order.ref for order in case.orders()]


@over()
def test_new_orders_are_all_that_are_not_known_and_nothing_is_learnt(case: Case) -> None:
    known, marketplace = MemoryKnownOrders(), case.open()
    company_id = case.wanted("QW-FIND3").company_id
    known.learn(marketplace.new_orders(company_id, known))
    there = known.count()
    case.stranger_buys(3)
    first = marketplace.new_orders(company_id, known)
    known.learn(first)
    case.stranger_buys()

    assert len(first) == 3
    assert len(marketplace.new_orders(company_id, known)) == 1
    assert known.count() == there + 3


@over()
def test_new_orders_are_those_of_one_company(case: Case) -> None:
    other, marketplace = case.wanted("QW-FIND4", 1).company_id, case.open()
    before = {order.id for order in marketplace.new_orders(other, MemoryKnownOrders())}
    case.stranger_buys(2)

    assert {order.id for order in marketplace.new_orders(other, MemoryKnownOrders())} == before


@over(without=FindsByReference)
def test_orders_that_come_while_the_list_is_read_are_complete_or_an_error(case: Case) -> None:
    known, company_id = MemoryKnownOrders(), case.wanted("QW-FIND5").company_id
    case.stranger_buys(450)
    case.between(lambda: case.stranger_buys(3))

    try:
        first = case.open().new_orders(company_id, known)
    except IncompleteScan:
        return

    assert len({order.id for order in first}) == len(first) >= 450
