"""Faults at the simulated AppXite's two steps: what the client gets, and what was carried out."""

from typing import Any

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator
from pipeline.marketplaces.simulation import FaultKind
from tests.marketplaces.appxite.carts import buy, cart, item, operate, put_in_cart, read

CART, PLACE = ("POST", "/orders/"), ("POST", "/orders/operation")
ODD = [FaultKind.NO_ID, FaultKind.WRONG, FaultKind.HTML, FaultKind.HALF_JSON, FaultKind.EMPTY]


@pytest.mark.parametrize("kind", [*ODD, 500, 502, 504, 408, 409])
@pytest.mark.parametrize(("when", "purchases"), [("before", 0), ("after", 1)])
def test_an_answer_says_nothing_about_the_purchase(
    kind: Any, when: str, purchases: int, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    made = cart(client)
    simulator.faults.add(match=PLACE, kind=kind, when=when)
    answer = operate(client, made)

    assert answer.status_code == (kind if isinstance(kind, int) else 200)
    assert len(simulator.world.bought) == purchases
    assert ("OrderStatus" in read(client, made)) is bool(purchases)


@pytest.mark.parametrize(("when", "purchases"), [("before", 0), ("after", 1)])
def test_no_answer_leaves_the_order_to_be_read(
    when: str, purchases: int, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    made = cart(client)
    simulator.faults.add(match=PLACE, containing="place_order", kind="reset", when=when)

    with pytest.raises(httpx.ReadError):
        operate(client, made)

    offered = read(client, made)["OrderItems"][0]["Operations"]
    assert len(simulator.world.bought) == purchases
    assert ("place_order" in offered) is not bool(purchases)


@pytest.mark.parametrize(("when", "carts"), [("before", 0), ("after", 1)])
def test_a_cart_may_be_made_without_telling_its_id(
    when: str, carts: int, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    asked = item()
    simulator.faults.add(match=CART, kind="no_id", when=when)
    answer = put_in_cart(client, asked).json()

    assert "OrderId" not in answer
    assert answer["OrderItems"][0]["OrderItemId"] == asked["OrderItemId"]
    assert len(simulator.world.carts) == carts


def test_the_answer_may_be_of_another_order(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    asked = item(quantity=5)
    simulator.faults.add(match=CART, kind="wrong_content", when="after")
    (told,) = put_in_cart(client, asked).json()["OrderItems"]

    assert told["OrderItemId"] != asked["OrderItemId"]
    assert told["FormData"]["quantityBox1"] == 6
    assert simulator.world.carts[0].items[0].quantity == 5


def test_a_purchase_may_come_late(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    made = cart(client)
    simulator.faults.add(match=PLACE, kind="late_commit", seconds=30)
    with pytest.raises(httpx.ReadError):
        operate(client, made)

    before = len(simulator.world.bought)
    simulator.clock.advance(40)

    assert (before, len(simulator.world.bought)) == (0, 1)
    assert (simulator.world.now - simulator.world.bought[0].lines[0].steps[0][0]).total_seconds() == 10
    assert read(client, made)["OrderStatus"] == "provision_finished"


def test_an_imagined_answer_to_what_is_refused_is_the_refusal(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=CART, kind="html")

    assert put_in_cart(client, item(OfferId="x")).status_code == 400


def test_every_kind_of_fault_leaves_the_simulator_in_service(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    for kind in FaultKind:
        simulator.faults.add(kind=kind)
        try:
            client.get("/orders")
        except httpx.TransportError:
            continue

    assert buy(client)["OrderStatus"] == "provision_started"
