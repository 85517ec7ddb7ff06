"""FlexPortal's lists of orders that wait: what a row may answer for, and what has to be looked at."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from pipeline.abilities import ListsWaiting
from pipeline.domain.catalogue import Subscription
from pipeline.ports import Purpose
from pipeline.testing import NOON
from tests.contracts.adapters import in_time
from tests.contracts.flexportal_case import FlexPortalCase
from tests.marketplaces.flexportal.devices import allocating

SECOND = timedelta(seconds=1)
LISTS = "GET /v1/orders"


def bought(case: FlexPortalCase, count: int = 5) -> list[str]:
    return [case.open().send(case.purchase(quantity=number), in_time()).ref or "" for number in range(1, count + 1)]


def lines(case: FlexPortalCase, order: str) -> list[Subscription]:
    return [line.state for line in case.open().order(order).lines if line.state is not None]


def shown(case: FlexPortalCase, orders: Sequence[str]) -> Iterator[list[Subscription]]:
    """What lists show of each order's lines, as one poll after the other asks."""
    for order in orders:
        flexportal = case.open(Purpose.POLL)
        assert isinstance(flexportal, ListsWaiting)
        words = {one.id: one.status_word for one in lines(case, order)}
        yield list(flexportal.waiting(words, NOON - 15 * SECOND, NOON).values())


def test_an_order_that_waits_for_its_devices_is_on_the_list_of_confirmed_ones() -> None:
    case = FlexPortalCase()
    orders = bought(case)
    for order in orders:
        case.simulator.world.confirm(order)

    *_, last = shown(case, orders)

    assert last == lines(case, orders[-1])
    assert {one.status_word.partition(",")[0] for one in last} == {"confirmed"}
    assert case.simulator.traffic.calls[LISTS] == 1


def test_an_order_with_all_its_devices_is_told_by_their_subscriptions() -> None:
    case = FlexPortalCase()
    orders = bought(case)
    for order in orders:
        case.finish(order)

    assert not any(shown(case, orders))
    assert case.simulator.traffic.calls[LISTS] == 0


@pytest.mark.parametrize(("confirmed", "listed"), [(False, 4), (True, 0)], ids=["pending", "confirmed"])
def test_where_devices_are_ours_to_hand_out_a_confirmed_order_is_looked_at(confirmed: bool, listed: int) -> None:
    case = allocating()
    orders = bought(case)
    if confirmed:
        for order in orders:
            case.simulator.world.confirm(order)

    assert sum(bool(one) for one in shown(case, orders)) == listed


def test_a_payment_that_failed_is_told_by_the_list_too() -> None:
    case = FlexPortalCase()
    orders = bought(case)
    for order in orders:
        case.simulator.world.order(order).payment_status = "failed"

    *_, last = shown(case, orders)

    assert {one.status_word for one in last} == {"pending (payment failed)"}
