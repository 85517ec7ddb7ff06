"""Finding at AppXite what a write has made, and the names that a file puts right."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from pipeline.abilities import BasketGone
from pipeline.domain.catalogue import Verdict
from pipeline.domain.errors import NotFound, Unreadable
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.assumed import Assumed
from pipeline.marketplaces.appxite.carts import Standing, standing
from pipeline.marketplaces.appxite.codec import Codec
from pipeline.marketplaces.appxite.lists import ListReader
from pipeline.marketplaces.appxite.simulator import catalogue
from pipeline.marketplaces.reply import Reply
from tests.contracts.simulated import in_time
from tests.marketplaces.appxite.buying import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def names(folder: Path, **content: Any) -> dict[str, str]:
    file = folder / "names.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return {"assumed": str(file)}


def test_what_is_assumed_is_put_right_by_a_file(tmp_path: Path) -> None:
    """The simulator keeps its names, so another name finds nothing: that is how it shows that the file is used."""
    bench = Bench(options=names(tmp_path, order={"status": "State"}, item={"status": "State"}))
    bench.knobs.status_reads_as = {"provision_finished": "Parked"}

    shop = bench.shop()
    write = bench.in_cart()
    shop.send(write, in_time())
    bench.case.pass_time(30)

    assert [line.state.status_word for line in shop.order(write.basket).lines if line.state] == [""]


def test_a_word_of_which_we_have_learnt_is_read_by_a_file(tmp_path: Path) -> None:
    bench = Bench(options=names(tmp_path, statuses={"provision_suspended": "waits for the marketplace"}))
    ref = bench.bought()
    bench.case.say(ref, "Provision-Suspended")

    (line,) = bench.shop().order(ref).lines
    assert line.state is not None
    assert (line.state.status_word, line.state.verdict) == ("Provision-Suspended", Verdict.WAITS_FOR_MARKETPLACE)


def test_another_path_is_asked_where_a_file_names_it(tmp_path: Path) -> None:
    bench = Bench(options=names(tmp_path, paths={"customers": "/elsewhere"}))

    with pytest.raises(NotFound, match="GET /elsewhere"):
        bench.shop().companies()


def test_without_a_list_of_orders_a_purchase_is_found_by_its_cart(tmp_path: Path) -> None:
    bench = Bench(options=names(tmp_path, paths={"orders": ""}))
    write = bench.in_cart()
    bench.shop().send(write, in_time())

    assert [order.id for order in bench.shop().find_orders(write)] == [write.basket]
    assert bench.simulator.traffic.calls["GET /orders"] == 0


def test_a_purchase_that_was_carried_out_twice_is_found_twice(bench: Bench) -> None:
    write = bench.in_cart()
    for _ in range(2):
        bench.shop().send(write, in_time())

    found = [order.id for order in bench.shop().find_orders(write)]

    assert sorted(found) == sorted(order.ref for order in bench.case.orders())
    assert len(found) == 2


def test_a_cart_is_no_purchase_whatever_lists_show(bench: Bench) -> None:
    bench.knobs.list_shows_carts = True
    write = bench.in_cart()

    assert bench.shop().find_orders(write) == []


def test_an_order_that_tells_neither_a_status_nor_operations_proves_nothing(tmp_path: Path) -> None:
    unheard = {"status": "State", "operations": "Deeds"}
    bench = Bench(options=names(tmp_path, order={"status": "State"}, item=unheard))
    write = bench.in_cart()

    for look in (lambda: bench.shop().find_orders(write), lambda: bench.shop().order(write.basket)):
        with pytest.raises(Unreadable, match="does not tell whether"):
            look()


@pytest.mark.parametrize(
    ("status", "operations", "meaning"),
    [
        pytest.param(None, ["place_order", "delete"], Standing.IN_CART, id="to be placed"),
        pytest.param(None, ["delete", "update"], Standing.IN_CART, id="not to be placed just now"),
        pytest.param(None, ["update"], Standing.UNTOLD, id="what may be done with carts and orders"),
        pytest.param(None, [], Standing.PLACED, id="nothing left to do"),
        pytest.param(None, None, Standing.UNTOLD, id="nothing said"),
        pytest.param("provision_started", ["delete"], Standing.PLACED, id="a status decides"),
    ],
)
def test_whether_an_item_is_in_a_cart_is_told_by_what_may_be_done_with_it(
    status: str | None, operations: list[str] | None, meaning: Standing
) -> None:
    item = shapes.ItemShape(id="item", status=status, operations=operations)

    assert standing(shapes.OrderShape(id="order", items=[item]), item, Assumed()) is meaning


def test_a_purchase_that_lags_is_none_until_it_shows(bench: Bench) -> None:
    bench.knobs.order_read_lag = bench.knobs.order_list_lag = timedelta(seconds=60)
    write = bench.in_cart()
    bench.shop().send(write, in_time())

    assert bench.shop().find_orders(write) == []
    bench.case.pass_time(61)
    assert [order.id for order in bench.shop().find_orders(write)] == [write.basket]


def test_what_an_earlier_cart_of_the_order_bought_is_found_by_a_later_attempt(bench: Bench) -> None:
    first = bench.in_cart(number=1)
    bench.shop().send(first, in_time())
    second = bench.in_cart(number=2)

    assert [order.id for order in bench.shop().find_orders(second)] == [first.basket]


def test_a_cart_in_which_somebody_changed_something_is_no_longer_ours_to_place(bench: Bench) -> None:
    write = bench.in_cart()
    (cart,) = bench.world.carts
    cart.items[0].form["quantityBox1"] = 50

    assert bench.shop().rehearse(write) == BasketGone()


def test_a_cart_into_which_somebody_put_something_is_no_longer_ours_to_place(bench: Bench) -> None:
    write = bench.in_cart()
    (cart,) = bench.world.carts
    cart.items.append(bench.world.line(catalogue.MANAGED_VOICE.id))

    assert bench.shop().rehearse(write) == BasketGone()


@pytest.mark.parametrize("counted", [True, False])
def test_pages_that_overlap_give_each_thing_once(counted: bool) -> None:
    pages = [["a", "b"], ["b", "c"], ["c"]]

    def fetch(target: str) -> Reply:
        number = int(dict(parse_qsl(target.partition("?")[2]))["pageNumber"])
        items = [{"Id": one} for one in (pages[number - 1] if number <= len(pages) else [])]
        content = {"Items": items} | ({"TotalCount": 3} if counted else {})
        return Reply(200, httpx.Headers(), json.dumps(content).encode())

    found = ListReader(Codec(Assumed()).customer, fetch, Assumed().paging).all("/customers")

    assert [one.id for one in found] == ["a", "b", "c"]
