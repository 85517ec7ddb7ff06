"""Pax8's lists of subscriptions that wait, as they are and as they might be."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest

from pipeline.abilities import ListsWaiting
from pipeline.domain.catalogue import Subscription
from pipeline.marketplaces.pax8.simulator import Pax8Simulator, catalogue, customers
from pipeline.ports import Purpose
from pipeline.testing import NOON
from tests.contracts.adapters import Pax8Case

SECOND = timedelta(seconds=1)
LISTS = "GET /v1/subscriptions"


def subscribed(pax8: Pax8Simulator, count: int, status: str) -> list[str]:
    """So many subscriptions that are said to be in this status."""
    made = []
    for _ in range(count):
        one = pax8.world.subscribe(customers.CONTOSO.id, pax8.world.products[catalogue.BACKUP.id], 5, "Monthly")
        pax8.world.set_status(one.id, status)
        made.append(one.id)
    return made


def look(case: Pax8Case, subscription: str, word: str) -> Subscription | None:
    pax8 = case.open(Purpose.POLL)
    assert isinstance(pax8, ListsWaiting)
    return pax8.waiting({subscription: word}, NOON - 15 * SECOND, NOON).get(subscription)


def look_at_each(case: Pax8Case, ids: list[str], word: str = "PendingManual") -> Iterator[Subscription | None]:
    return (look(case, one, word) for one in ids)


def changed(pax8: Pax8Simulator, change: Callable[[httpx.URL], httpx.URL]) -> httpx.MockTransport:
    """What is asked of its lists of subscriptions is changed on the way."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/subscriptions"):
            request = httpx.Request(request.method, change(request.url), headers=request.headers)
        return pax8(request)

    return httpx.MockTransport(answer)


def test_a_page_holds_two_hundred_and_the_list_is_read_on_from_there() -> None:
    case = Pax8Case()
    ids = subscribed(case.simulator, 450, "PendingManual")

    found = list(look_at_each(case, ids))

    assert found.count(None) == 2, "the first two wait alone, as far as anybody knows"
    assert case.simulator.traffic.calls[LISTS] == 3


@pytest.mark.parametrize("word", ["PendingAutomated", "PendingManual", "WaitingForDetails", "PendingActivation"])
def test_each_status_has_a_list_of_its_own(word: str) -> None:
    case = Pax8Case()
    subscribed(case.simulator, 10, "Active")
    ids = subscribed(case.simulator, 10, word)

    found = list(look_at_each(case, ids, word))

    assert [one.status_word for one in found if one is not None] == [word] * 8
    assert case.simulator.traffic.calls[LISTS] == 1


@pytest.mark.parametrize("word", ["Active", "Cancelled", "Frozen", ""])
def test_what_does_not_wait_is_looked_for_in_no_list(word: str) -> None:
    case = Pax8Case()
    ids = subscribed(case.simulator, 10, "Active")

    assert set(look_at_each(case, ids, word)) == {None}
    assert case.simulator.traffic.calls[LISTS] == 0


def test_a_list_that_takes_no_notice_of_the_status_tells_each_by_its_own() -> None:
    pax8 = Pax8Simulator()
    case = Pax8Case(changed(pax8, lambda url: url.copy_remove_param("status")), simulator=pax8)
    live, ids = subscribed(pax8, 5, "Active"), subscribed(pax8, 5, "PendingManual")

    list(look_at_each(case, ids))

    assert [one.status_word for one in look_at_each(case, ids) if one is not None] == ["PendingManual"] * 5
    assert [one.status_word for one in look_at_each(case, live) if one is not None] == ["Active"] * 5


def test_a_subscription_on_a_list_is_all_that_it_is_by_itself() -> None:
    case = Pax8Case()
    ids = subscribed(case.simulator, 5, "PendingManual")

    *_, found = look_at_each(case, ids)

    assert found == case.open().subscription(ids[-1])
