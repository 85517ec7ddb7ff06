"""New orders are complete by count, in few calls, whatever the list does meanwhile."""

import random

import httpx
import pytest

from pipeline.domain.errors import IncompleteScan, NotFound, Unreadable
from tests.contracts.adapters import Pax8Case
from tests.contracts.fakes import MemoryKnownOrders
from tests.marketplaces.pax8.listing import COMPANY, Listing, order, orders


def new(listing: Listing, known: MemoryKnownOrders) -> set[str]:
    found = Pax8Case(httpx.MockTransport(listing)).open().new_orders(COMPANY, known)
    ids = [one.id for one in found]
    assert len(ids) == len(set(ids))
    return set(ids)


def ids(first: int, after: int) -> set[str]:
    return {f"o-{n:05d}" for n in range(first, after)}


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 400, 5000])
def test_where_nothing_is_new_one_call_says_so(count: int) -> None:
    listing = Listing(orders(0, count))

    assert not new(listing, MemoryKnownOrders(ids(0, count)))
    assert len(listing.pages) == 1


@pytest.mark.parametrize(
    ("known", "total", "calls"),
    [
        (0, 1, 1),
        (0, 200, 1),
        (0, 201, 2),
        (0, 5000, 25),
        (199, 201, 2),
        (200, 201, 2),
        (4999, 5000, 1),
        (4000, 5000, 6),
    ],
)
def test_new_ones_at_the_end_are_read_back_from_there(known: int, total: int, calls: int) -> None:
    listing = Listing(orders(0, total))

    assert new(listing, MemoryKnownOrders(ids(0, known))) == ids(known, total)
    assert len(listing.pages) == calls


@pytest.mark.parametrize("seed", range(5))
def test_a_list_in_no_order_is_read_until_it_adds_up(seed: int) -> None:
    items = orders(0, 5000)
    random.Random(seed).shuffle(items)

    assert new(Listing(items), MemoryKnownOrders(ids(0, 4990))) == ids(4990, 5000)


def test_a_list_with_the_newest_first_is_complete_too() -> None:
    listing = Listing(orders(0, 5000)[::-1])

    assert new(listing, MemoryKnownOrders(ids(0, 4998))) == ids(4998, 5000)


def test_an_order_that_comes_while_reading_is_found() -> None:
    def grow(listing: Listing) -> None:
        if len(listing.pages) == 2:
            listing.items.append(order("o-00450"))

    listing = Listing(orders(0, 450), grow)

    assert new(listing, MemoryKnownOrders(ids(0, 100))) == ids(100, 451)
    assert listing.pages == [0, 2, 1, 2]


def test_an_order_that_shifts_all_pages_while_reading_hides_none() -> None:
    def push_in_front(listing: Listing) -> None:
        if len(listing.pages) < 4:
            listing.items.insert(0, order(f"front-{len(listing.pages)}"))

    listing = Listing(orders(0, 1000), push_in_front)

    assert new(listing, MemoryKnownOrders(ids(0, 10))) == ids(10, 1000) | {"front-1", "front-2", "front-3"}


def test_known_orders_that_the_list_does_not_show_yet_hide_no_new_one() -> None:
    listing = Listing(orders(0, 300))

    assert new(listing, MemoryKnownOrders({*ids(0, 290), "lagging"})) == ids(290, 300)
    assert len(listing.pages) == 2


def test_a_list_that_never_stops_changing_is_incomplete() -> None:
    def grow(listing: Listing) -> None:
        listing.items.insert(0, order(f"front-{len(listing.pages)}"))

    with pytest.raises(IncompleteScan):
        new(Listing(orders(0, 1000), grow), MemoryKnownOrders())


def test_a_far_side_that_takes_smaller_pages_is_read_to_its_end() -> None:
    listing = Listing(orders(0, 950), largest=100)

    assert new(listing, MemoryKnownOrders(ids(0, 900))) == ids(900, 950)


@pytest.mark.parametrize(
    "counters",
    [
        lambda block: block,
        lambda block: {"pageInfo": {"totalRecords": block["totalElements"], "totalPages": block["totalPages"]}},
        lambda block: {"page": {name: str(value) for name, value in block.items()}},
        lambda block: {"page": {"totalElements": block["totalElements"], "size": block["size"]}},
        lambda _: {},
        lambda _: {"page": None},
    ],
    ids=["flat", "pageInfo", "as texts", "no pages", "none", "null"],
)
def test_counters_are_understood_in_other_forms(counters: object) -> None:
    listing = Listing(orders(0, 450), counters=counters)  # type: ignore[arg-type]

    assert new(listing, MemoryKnownOrders(ids(0, 440))) == ids(440, 450)


@pytest.mark.parametrize(("counters", "readable"), [({"totalElements": 0}, True), ({}, False)], ids=str)
def test_a_list_that_is_left_out_is_empty_only_where_none_are_counted(counters: object, readable: bool) -> None:
    answer = {"access_token": "t", "expires_in": 86400, "page": counters}
    case = Pax8Case(httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))

    if readable:
        assert case.open().new_orders(COMPANY, MemoryKnownOrders()) == []
    else:
        with pytest.raises(Unreadable, match="holds no list"):
            case.open().new_orders(COMPANY, MemoryKnownOrders())


def test_a_list_that_is_not_found_is_empty_only_while_no_order_is_known() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 86400})
        return httpx.Response(404, json={"type": "NOT_FOUND", "message": "Order not found", "status": 404})

    pax8 = Pax8Case(httpx.MockTransport(handler)).open()

    assert pax8.new_orders(COMPANY, MemoryKnownOrders()) == ()
    with pytest.raises(NotFound):
        pax8.new_orders(COMPANY, MemoryKnownOrders(ids(0, 1)))


def test_an_order_of_another_company_spoils_the_list() -> None:
    with pytest.raises(Unreadable):
        new(Listing([*orders(0, 3), order("o-9", company_id="another")]), MemoryKnownOrders())


def test_an_order_without_its_quantity_spoils_the_list_rather_than_look_absent() -> None:
    broken = order("o-9")
    del broken["lineItems"][0]["quantity"]

    with pytest.raises(Unreadable, match="quantity"):
        new(Listing([*orders(0, 3), broken]), MemoryKnownOrders())


def test_a_list_that_shifts_once_is_read_once_more() -> None:
    def push_in_front(listing: Listing) -> None:
        if len(listing.pages) == 1:
            listing.items.insert(0, {"id": "c-new", "name": "New"})

    listing = Listing([{"id": f"c-{n}", "name": "Contoso"} for n in range(450)], push_in_front)

    assert len(Pax8Case(httpx.MockTransport(listing)).open().companies()) == 451
    assert listing.pages == [0, 1, 2, 0, 1, 2]
