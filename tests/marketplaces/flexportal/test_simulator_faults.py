"""Faults, webhooks and the steering wheel of the simulated FlexPortal."""

import json
from collections import Counter
from typing import Any

import httpx
import pytest
from jsonschema import validate

from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, catalogue, customers, webhook
from pipeline.marketplaces.simulation import Call
from tests.marketplaces.flexportal.sending import allocate, buy, buy_confirmed, code, item, order
from tests.marketplaces.flexportal.shapes import ERROR

SUBMIT, ALLOCATE = ("POST", "/v1/orders"), ("POST", "/v1/subscriptions")


@pytest.mark.parametrize(
    ("kind", "error"),
    [("reset", httpx.ReadError), ("half_body", httpx.RemoteProtocolError), ("hang", httpx.ReadTimeout)],
)
@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_an_answer_is_lost(
    kind: str, error: type[Exception], when: str, orders: int, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind=kind, when=when)

    with pytest.raises(error):
        client.post("/orders", json=order())

    assert len(simulator.world.bought) == orders


@pytest.mark.parametrize(
    ("status", "word"), [(401, "INVALID_TOKEN"), (404, "NOT_FOUND"), (429, "RATE_LIMITED"), (502, "INTERNAL_ERROR")]
)
def test_a_status_comes_in_the_envelope(
    status: int, word: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind=status, when="after")
    answer = client.post("/orders", json=order())

    assert (answer.status_code, code(answer)) == (status, word)
    assert len(simulator.world.bought) == 1
    validate(answer.json(), ERROR)


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_an_answer_without_an_id_has_it_nowhere(
    when: str, orders: int, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind="no_id", when=when)
    answer = client.post("/orders", json=order())

    assert answer.status_code == 201
    assert "orderId" not in answer.json()
    assert "orderId" not in answer.json()["order"]
    assert answer.json()["order"]["customFields"] == {"externalOrderId": "ord-1"}
    assert len(simulator.world.bought) == orders


def test_a_wrong_answer_is_about_another_order(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind="wrong_content", when="after")
    answer = client.post("/orders", json=order()).json()["order"]

    assert answer["items"][0]["quantity"] == 3
    assert answer["customFields"] == {"externalOrderId": "not yours"}
    assert simulator.world.bought[0].devices == 2


def test_a_late_order_is_made_after_its_client_gave_up_and_counts_for_the_natural_key_then(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind="late_commit", seconds=30)
    with pytest.raises(httpx.ReadError):
        client.post("/orders", json=order(reference="ord-1"))
    before = list(simulator.world.bought)
    again = buy(client, reference="ord-2")
    simulator.clock.advance(30)

    assert before == []
    assert [one.id for one in simulator.world.bought] == simulator.world.repeats == [again["orderId"]]


@pytest.mark.parametrize(
    ("kind", "when", "made"), [("reset", "before", 0), ("reset", "after", 1), ("late_commit", "before", 1)]
)
def test_a_device_may_be_handed_out_without_an_answer(
    kind: str, when: str, made: int, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    confirmed = buy_confirmed(simulator, client)
    simulator.faults.add(match=ALLOCATE, kind=kind, when=when, seconds=5)
    with pytest.raises(httpx.ReadError):
        allocate(simulator, client, confirmed)
    simulator.clock.advance(5)

    assert len(simulator.world.allocated) == made


@pytest.mark.parametrize(("kind", "missing"), [("no_id", "rentalId"), ("wrong_content", "")])
def test_the_answer_about_a_device_may_be_worthless(
    kind: str, missing: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    confirmed = buy_confirmed(simulator, client)
    simulator.faults.add(match=ALLOCATE, kind=kind)
    answer = allocate(simulator, client, confirmed).json()

    assert missing not in answer
    assert kind != "wrong_content" or answer["rental"]["assetSerialNumber"] == "SN-NOT-YOURS"
    assert simulator.world.allocated == []


def test_webhooks_tell_of_all_but_the_confirmation(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    posted: list[dict[str, Any]] = []
    simulator.world.post = posted.append
    confirmed = buy_confirmed(simulator, client, item(quantity=1))
    allocate(simulator, client, confirmed)
    simulator.world.pay(confirmed, "failed")

    assert [one["event"] for one in posted] == [
        "order.created",
        "subscription.created",
        "asset.assigned",
        "payment.scheduled",
        "order.fulfilled",
        "payment.failed",
    ]
    assert posted == simulator.world.outbox
    assert posted[1]["data"] == {
        "subscriptionId": confirmed.rental_ids[0],
        "customerId": customers.CONTOSO.id,
        "orderId": confirmed.id,
        "serialNumber": simulator.world.allocated[0].serial_number,
    }
    assert set(posted[0]) == {"event", "timestamp", "data"}


def test_there_is_no_webhook_of_a_confirmation(simulator: FlexPortalSimulator) -> None:
    with pytest.raises(KeyError):
        webhook("order.confirmed", simulator.world.now, {})


def steer(simulator: FlexPortalSimulator, method: str, wheel: str, **wish: Any) -> dict[str, Any]:
    reply = simulator.control(Call(method, f"/_sim/{wheel}", body=json.dumps(wish).encode() if wish else b""))
    assert reply.status == 200, reply.body
    return reply.content()


def test_people_are_played_by_the_wheel(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    bought = buy(client, item(catalogue.MONITOR, 2))["orderId"]
    steer(simulator, "POST", "confirm", orderId=bought)
    steer(simulator, "POST", "payment", orderId=bought, status="paid")
    (shipped,) = steer(simulator, "POST", "ship", orderId=bought, devices=1)["subscriptions"]
    steer(simulator, "POST", "subscriptions", id=shipped["id"], status="ended_early_return")
    steer(simulator, "POST", "strangers", customer=customers.CONTOSO.email, items=[{"sku": catalogue.MONITOR}])
    mine, other = steer(simulator, "GET", "state")["orders"]

    assert (mine["status"], mine["paymentStatus"], mine["lines"][0]["status"]) == ("partial", "paid", "partial")
    assert (mine["origin"], other["origin"], other["customFields"]) == ("api", "stranger", None)
    assert client.get(f"/subscriptions/{shipped['id']}").json()["status"] == "ended_early_return"
    assert steer(simulator, "GET", "outbox")["webhooks"][-1]["event"] == "order.created"


def test_the_catalogue_is_changed_by_the_wheel(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    steer(simulator, "POST", "price", sku=catalogue.PHONE, factor="1.10", contractLength=12)
    steer(simulator, "POST", "variants", sku=catalogue.MONITOR, contractLengths=[36])
    steer(simulator, "POST", "variants", sku=catalogue.LAPTOP_14, status="inactive")
    (more,) = steer(simulator, "POST", "stock", sku=catalogue.TABLET_SCARCE, devices=1)["serialNumbers"]
    steer(simulator, "POST", "stock", serialNumber=more, status="unavailable")

    assert buy(client)["items"][0]["unitPrice"] == 31.9
    assert code(client.post("/orders", json=order(item(catalogue.MONITOR)))) == "INVALID_CONTRACT_LENGTH"
    assert code(client.post("/orders", json=order(item(catalogue.LAPTOP_14)))) == "VARIANT_INACTIVE"
    assert client.get(f"/assets/{more}").json()["status"] == "unavailable"


def test_walks_customers_and_knobs_are_set_by_the_wheel(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    steer(simulator, "POST", "walks", walk=[[1, "confirmed"]])
    steer(simulator, "POST", "walks", sku=catalogue.PHONE, walk=[[1, "cancelled"]], next=[[[1, "on_review"]]])
    made = steer(simulator, "POST", "customers", email="x@example.com", company="X", status="inactive")
    steer(
        simulator, "POST", "knobs", natural_key_window=0, permissions=["orders:write", "customers:read"], tax_rate=0.2
    )
    bought = [buy(client, item(sku))["orderId"] for sku in (catalogue.PHONE, catalogue.PHONE, catalogue.LAPTOP_14)]
    steer(simulator, "POST", "clock", advance=1)

    statuses = Counter(simulator.world.order(one).status for one in bought)
    assert statuses == Counter(["on_review", "cancelled", "confirmed"])
    assert client.get(f"/customers/{made['id']}").json()["status"] == "inactive"
    assert client.get("/orders").status_code == 403


def test_a_wish_that_makes_no_sense_is_refused(simulator: FlexPortalSimulator) -> None:
    replies = [
        simulator.control(Call("POST", f"/_sim/{wheel}", body=json.dumps(wish).encode()))
        for wheel, wish in {
            "confirm": {"orderId": "ord_0"},
            "price": {"sku": "X", "monthly": 1},
            "stock": {"serialNumber": "SN-LAPTOP-14-0001", "status": "lost"},
            "strangers": {"customer": "x@example.com", "items": [{"sku": catalogue.PHONE, "contract_length": 7}]},
        }.items()
    ]

    assert [reply.status for reply in replies] == [400] * 4
