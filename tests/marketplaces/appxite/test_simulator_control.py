"""The steering wheel of the simulated AppXite, and the whole simulator behind a real socket."""

import json
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, catalogue, customers
from pipeline.marketplaces.simulation import Call, SimulatorServer
from tests.marketplaces.appxite.carts import buy, cart, complaints, item, on_behalf_of, put_in_cart, read

DEFENDER, CONTOSO = catalogue.DEFENDER.id, customers.CONTOSO.id


def turn(simulator: AppXiteSimulator, wheel: str, **wish: Any) -> Any:
    reply = simulator.control(Call.to("POST", f"/_sim/{wheel}", {}, json.dumps(wish).encode()))
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def look(simulator: AppXiteSimulator, target: str = "state") -> Any:
    return json.loads(simulator.control(Call.to("GET", f"/_sim/{target}")).body)


def test_the_state_shows_orders_carts_and_organisations(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    bought, left = buy(client), cart(client)
    state = look(simulator)
    (order,), (waiting,) = state["orders"], state["carts"]

    assert (order["id"], order["organisationId"], order["origin"]) == (bought["OrderId"], CONTOSO, "api")
    assert (order["status"], order["lines"][0]["offerId"], order["lines"][0]["quantity"]) == (
        "provision_started",
        DEFENDER,
        5,
    )
    assert (waiting["id"], waiting["executedAt"], waiting["lines"][0]["status"]) == (left["OrderId"], None, None)
    assert state["organisations"][-1]["name"] == "Wingtip Toys"
    assert len(look(simulator, "state?seeded=true")["orders"]) == 4


def test_a_price_is_changed_by_a_wheel(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    turn(simulator, "price", offerId=DEFENDER, factor="1.5")

    assert "not on sale" in complaints(put_in_cart(client, item()))[1]


def test_ways_of_provisioning_are_set_by_wheels(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    turn(simulator, "walks", offerId=DEFENDER, walk=[[0, "provision_started"], [5, "provision_failed"]])
    turn(simulator, "walks", next=[[[0, "provision_started"]]])
    first, second = buy(client), buy(client)
    turn(simulator, "clock", advance=5)
    before = [read(client, one)["OrderStatus"] for one in (first, second)]
    turn(simulator, "items", id=first["OrderItems"][0]["OrderItemId"], status="provision_finished")

    assert before == ["provision_started", "provision_failed"]
    assert read(client, first)["OrderStatus"] == "provision_finished"


def test_people_act_by_wheels(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    bought = buy(client, item(catalogue.MANAGED_VOICE))
    asked = turn(simulator, "approvals", orderId=bought["OrderId"], approve=True, vendorSubscriptionId="V-1")
    turn(simulator, "organisations", id=customers.NORTHWIND_NEW.id, state="Active")
    made = turn(simulator, "organisations", name="Proseware")
    other = turn(simulator, "strangers", organisationId=made["id"], lines=[{"offer_id": DEFENDER, "quantity": 3}])

    assert asked["items"] == [bought["OrderItems"][0]["OrderItemId"]]
    assert read(client, bought)["OrderStatus"] == "provision_started"
    assert put_in_cart(client, item(), headers=on_behalf_of(customers.NORTHWIND_NEW.id)).status_code == 201
    assert (other["origin"], other["lines"][0]["quantity"]) == ("stranger", 3)


def test_the_past_is_seeded_and_the_outbox_read_by_wheels(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    turn(simulator, "seed", organisationId=CONTOSO, offerId=catalogue.MANAGED_VOICE.id, orders=3)
    turn(simulator, "knobs", hooks=["seller"], order_list_lag=1.5)
    buy(client)

    assert [one["OrderStatus"] for one in client.get("/orders").json()["Items"]] == ["provision_finished"] * 3
    assert [one["body"]["TemplateName"] for one in look(simulator, "outbox")] == ["OrderStatusChanged"]


@pytest.mark.parametrize(
    ("wheel", "wish"),
    [
        ("price", {"offerId": "x"}),
        ("items", {"id": "x", "status": "provision_finished"}),
        ("approvals", {"orderId": "x", "approve": True}),
        ("organisations", {"id": CONTOSO, "state": "Asleep"}),
        ("knobs", {"colour": "blue"}),
    ],
)
def test_a_wish_that_makes_no_sense_is_told_so(wheel: str, wish: dict[str, Any], simulator: AppXiteSimulator) -> None:
    reply = simulator.control(Call.to("POST", f"/_sim/{wheel}", {}, json.dumps(wish).encode()))

    assert reply.status == 400


def test_the_whole_way_goes_over_http(simulator: AppXiteSimulator) -> None:
    with SimulatorServer(simulator) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        client.headers.update(simulator.headers())
        bought = buy(client)
        client.post("/_sim/clock", json={"advance": 2})

        assert read(client, bought)["OrderStatus"] == "provision_finished"
        assert len(simulator.world.bought) == 1
