"""A purchase whose answer was lost, found by our reference: completely, or an error that says that it was not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from pipeline.domain.claim import PlaceOrder
from pipeline.domain.errors import IncompleteScan, Refused, Unavailable
from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers
from tests.contracts.fakes import MemoryKnownOrders
from tests.marketplaces.limio.buying import ADA, LIST, READ, REFERENCE, Shop, in_time

BACKUP = {"offer_id": catalogue.BACKUP.id, "quantity": 5}


def found(shop: Shop, wanted: PlaceOrder) -> list[str]:
    return [one.id for one in shop.open().find_orders(wanted)]


def lost(shop: Shop, kind: str = "reset", **how: Any) -> PlaceOrder:
    """A purchase that went through and whose answer did not come."""
    wanted = shop.ready(**how.pop("changed", {}))
    shop.fault(kind, when="after", **how)
    assert shop.open().send(wanted, in_time()).ref is None
    return wanted


def crowd(simulator: LimioSimulator, count: int) -> None:
    """So many orders of as many strangers."""
    for nth in range(count):
        simulator.world.stranger_order(simulator.world.customer(f"stranger{nth}@crowd.example"), [BACKUP])


@pytest.mark.parametrize("kind", ["reset", "502", "hang", "close"])
def test_an_order_whose_answer_was_lost_is_found_by_our_reference(simulator: LimioSimulator, kind: str) -> None:
    shop = Shop(simulator)
    wanted = lost(shop, kind)

    assert found(shop, wanted) == [simulator.world.bought[0].id]


def test_what_never_arrived_is_found_nowhere(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    simulator.world.stranger_order(customers.CONTOSO.id, [BACKUP])
    shop.fault("reset")
    shop.open().send(wanted, in_time())

    assert found(shop, wanted) == []


def test_an_equal_order_of_somebody_else_is_not_ours(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = lost(shop)
    for _ in range(3):
        simulator.world.stranger_order(customers.CONTOSO.id, [BACKUP])
    other = lost(shop, changed={"reference": "QW-OTHER"})

    assert found(shop, wanted) == [simulator.world.bought[0].id]
    assert found(shop, other) == [simulator.world.bought[1].id]


def test_two_orders_of_one_reference_are_both_told(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = lost(shop)
    shop.open().send(wanted, in_time())

    assert sorted(found(shop, wanted)) == sorted(one.id for one in simulator.world.bought)
    assert len(simulator.world.bought) == 2


def test_an_order_committed_late_is_found_once_it_is_there(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault("late_commit", seconds=30)
    shop.open().send(wanted, in_time())

    assert found(shop, wanted) == []
    simulator.clock.advance(31)
    assert found(shop, wanted) == [simulator.world.bought[0].id]


def test_a_customer_whom_the_order_has_made_is_no_reason_not_to_find_it(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    buyer = ADA.model_copy(update={"email": customers.NORTHWIND_EMAIL})
    wanted = lost(shop, changed={"buyer": buyer})

    assert found(shop, wanted) == [simulator.world.bought[0].id]


def test_orders_of_others_are_read_only_where_nobody_knows_whose_they_are(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = lost(shop)
    tailspin = simulator.world.customers[customers.TAILSPIN_ONE_PARENT.id]
    for _ in range(40):
        simulator.world.stranger_order(tailspin, [BACKUP])
    before = shop.calls(READ)

    assert found(shop, wanted) == [simulator.world.bought[0].id]
    assert shop.calls(READ) - before == 3  # our customer, Tailspin, our order


def test_what_was_made_before_the_session_is_not_looked_at(simulator: LimioSimulator) -> None:
    contoso = simulator.world.customers[customers.CONTOSO.id]
    simulator.world.seed_orders(contoso, 450, simulator.world.item(catalogue.BACKUP.id))
    shop = Shop(simulator)
    wanted = lost(shop)
    lists, reads = shop.calls(LIST), shop.calls(READ)

    assert found(shop, wanted) == [simulator.world.bought[0].id]
    assert (shop.calls(LIST) - lists, shop.calls(READ) - reads) == (2, 2)


def test_what_was_made_long_before_the_first_attempt_is_not_looked_at(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    crowd(simulator, 3)
    simulator.clock.advance(10 * 86400)
    wanted = wanted.model_copy(update={"since": simulator.clock.now()})
    shop.open().companies()  # with which the token is renewed
    shop.fault("reset", when="after")
    shop.open().send(wanted, in_time())
    before = shop.calls(READ)

    assert found(shop, wanted) == [simulator.world.bought[-1].id]
    assert shop.calls(READ) - before <= 2, "the order, and whose it is"


def test_a_list_that_is_not_newest_first_is_read_to_its_end(simulator: LimioSimulator) -> None:
    contoso = simulator.world.customers[customers.CONTOSO.id]
    simulator.world.seed_orders(contoso, 250, simulator.world.item(catalogue.BACKUP.id))
    simulator.knobs.newest_first = False
    shop = Shop(simulator)
    wanted = lost(shop)

    assert found(shop, wanted) == [simulator.world.bought[0].id]


def test_a_list_that_shifts_while_it_is_read_tells_nothing_twice(simulator: LimioSimulator) -> None:
    """Each page pushes what was on it onto the next one."""
    pages: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        response = simulator(request)
        if request.url.path.endswith("/orders") and request.method == "GET" and len(pages) < 2:
            pages.append(response.text)
            crowd(simulator, 60)
        return response

    contoso = simulator.world.customers[customers.CONTOSO.id]
    simulator.world.seed_orders(contoso, 100, simulator.world.item(catalogue.BACKUP.id), timedelta(minutes=1))
    shop = Shop(simulator, transport=httpx.MockTransport(handler))
    wanted = lost(shop)
    crowd(simulator, 60)
    ours = simulator.world.bought[0].id

    assert found(shop, wanted) == [ours]
    assert [ours in page for page in pages] == [True, True]


def test_a_session_that_does_not_say_when_it_was_opened_is_looked_for_some_days_back(
    simulator: LimioSimulator,
) -> None:
    contoso = simulator.world.customers[customers.CONTOSO.id]
    simulator.world.seed_orders(contoso, 300, simulator.world.item(catalogue.BACKUP.id), timedelta(hours=12))
    shop = Shop(simulator, {"look_back_days": "2"})
    wanted = lost(shop)
    simulator.world.baskets.clear()
    lists, reads = shop.calls(LIST), shop.calls(READ)

    assert found(shop, wanted) == [simulator.world.bought[0].id]
    assert (shop.calls(LIST) - lists, shop.calls(READ) - reads) == (3, 6)  # 4 old orders, ours, their one customer


def test_summaries_that_show_the_reference_save_reading_the_others(simulator: LimioSimulator) -> None:
    simulator.knobs.list_shows_external_id = True
    shop = Shop(simulator)
    wanted = lost(shop)
    for nth in range(5):
        shop.buy(reference=f"QW-OTHER-{nth}")
    before = shop.calls(READ)

    assert found(shop, wanted) == [simulator.world.bought[0].id]
    assert shop.calls(READ) - before == 1


def test_a_session_that_was_bought_from_without_an_order_on_the_list_is_no_absence(simulator: LimioSimulator) -> None:
    simulator.knobs.order_list_lag = timedelta(minutes=2)
    shop = Shop(simulator)
    wanted = lost(shop)

    with pytest.raises(IncompleteScan, match="is completed, so something was bought from it"):
        found(shop, wanted)
    simulator.clock.advance(121)
    assert found(shop, wanted) == [simulator.world.bought[0].id]


def test_a_list_and_a_session_that_both_lag_show_nothing_yet(simulator: LimioSimulator) -> None:
    simulator.knobs.order_list_lag = simulator.knobs.basket_lag = timedelta(minutes=2)
    shop = Shop(simulator)
    wanted = lost(shop)

    assert found(shop, wanted) == []
    simulator.clock.advance(121)
    assert found(shop, wanted) == [simulator.world.bought[0].id]


def test_an_order_that_is_listed_and_cannot_be_read_may_be_ours(simulator: LimioSimulator) -> None:
    simulator.knobs.order_read_lag = timedelta(minutes=2)
    shop = Shop(simulator)
    wanted = lost(shop)

    with pytest.raises(IncompleteScan, match="cannot be read yet"):
        found(shop, wanted)


def test_an_order_without_any_reference_is_ours_if_it_was_bought_from_our_session(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = lost(shop)
    simulator.world.bought[0].external_id = None

    assert found(shop, wanted) == [simulator.world.bought[0].id]
    simulator.world.bought[0].checkout_id = "basket-of-somebody-else"
    with pytest.raises(IncompleteScan):
        found(shop, wanted)


def test_more_reads_than_are_allowed_are_no_absence(simulator: LimioSimulator) -> None:
    shop = Shop(simulator, {"most_reads": "10"})
    wanted = lost(shop)
    crowd(simulator, 30)

    with pytest.raises(IncompleteScan, match="the option most_reads"):
        found(shop, wanted)


def expire(simulator: LimioSimulator) -> None:
    simulator.knobs.query_more_lifetime = timedelta(seconds=-1)


def break_off(simulator: LimioSimulator) -> None:
    simulator.faults.add(match=LIST, kind="502", skip=1)


BROKEN: dict[str, tuple[Callable[[LimioSimulator], None], type[Exception]]] = {
    "the token expired": (expire, IncompleteScan),
    "the second page failed": (break_off, Unavailable),
}


@pytest.mark.parametrize(("harm", "error"), BROKEN.values(), ids=BROKEN.keys())
def test_a_scan_that_breaks_off_is_an_error_and_no_absence(
    simulator: LimioSimulator, harm: Callable[[LimioSimulator], None], error: type[Exception]
) -> None:
    shop = Shop(simulator)
    wanted = lost(shop)
    crowd(simulator, 120)
    harm(simulator)

    with pytest.raises(error):
        found(shop, wanted)


def test_a_list_that_never_ends_is_an_error(simulator: LimioSimulator) -> None:
    pages: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/orders"):
            pages.append(request)
            return httpx.Response(200, json={"items": [], "queryMore": "again"})
        return simulator(request)

    shop = Shop(simulator, transport=httpx.MockTransport(handler))
    wanted = shop.ready()

    with pytest.raises(IncompleteScan, match="has no end"):
        found(shop, wanted)
    assert len(pages) == 2


def test_a_list_that_is_refused_from_the_start_is_refused(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    wanted = shop.ready()
    shop.fault("400", LIST)

    with pytest.raises(Refused):
        found(shop, wanted)


def test_orders_that_are_not_known_are_found_in_the_whole_list(simulator: LimioSimulator) -> None:
    shop = Shop(simulator)
    crowd(simulator, 110)
    old = simulator.world.stranger_order(customers.CONTOSO.id, [BACKUP])
    ours = shop.buy()

    reads = shop.calls(READ)
    new = shop.open().new_orders(customers.CONTOSO.id, MemoryKnownOrders([old.id]))
    assert shop.calls(READ) - reads == 1
    assert [one.id for one in new] == [ours]
    assert new[0].company_id == customers.CONTOSO.id


def test_an_order_with_our_reference_for_another_customer_is_told_with_its_customer(simulator: LimioSimulator) -> None:
    """Somebody has used our reference: the order is found where its customer can't be ruled out."""
    shop = Shop(simulator)
    wanted = shop.ready()
    twin = simulator.world.customer(ADA.email, "Contoso Twin")
    made = simulator.world.stranger_order(twin, [BACKUP])
    made.external_id = REFERENCE

    assert [(one.id, one.company_id) for one in shop.open().find_orders(wanted)] == [(made.id, made.customer.id)]
