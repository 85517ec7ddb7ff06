"""Faults and the steering wheel of the simulated Limio, in one process."""

import json
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue
from pipeline.marketplaces.simulation import Call, FaultKind
from tests.marketplaces.limio.requests import CONTOSO, PREVIEW, SUBMIT, order, read, rows, submit


@pytest.mark.parametrize(
    ("kind", "error"),
    [("reset", httpx.ReadError), ("close", httpx.RemoteProtocolError), ("hang", httpx.ReadTimeout)],
)
@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_no_answer_is_the_error_that_httpx_raises_for_it(
    kind: str, error: type[Exception], when: str, orders: int, simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind=kind, when=when)

    with pytest.raises(error):
        client.post("/partner/order", json=order(simulator, client))

    assert len(simulator.world.bought) == orders


@pytest.mark.parametrize("status", [400, 401, 404, 408, 429, 500, 502, 503])
def test_a_status_comes_in_the_envelope(status: int, simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind=status)
    answer = client.post("/partner/order", json=order(simulator, client))

    assert (answer.status_code, list(answer.json())) == (status, ["message"])


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_an_answer_may_lack_its_id(when: str, orders: int, simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind="no_id", when=when)
    answer = client.post("/partner/order", json=order(simulator, client)).json()

    assert "id" not in answer
    assert answer["external_id"] == "QW-1"
    assert len(simulator.world.bought) == orders


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_an_answer_may_be_of_another_order(
    when: str, orders: int, simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind="wrong_content", when=when)
    answer = client.post("/partner/order", json=order(simulator, client)).json()

    assert answer["external_id"] != "QW-1"
    assert client.get(f"/objects/limio/orders/{answer['id']}").status_code == 404
    assert len(simulator.world.bought) == orders


def test_an_order_may_be_made_long_after_its_connection_broke(simulator: LimioSimulator, client: httpx.Client) -> None:
    began = simulator.world.now
    content = order(simulator, client)
    simulator.faults.add(match=SUBMIT, kind="late_commit", seconds=90, then="reset")
    with pytest.raises(httpx.ReadError):
        client.post("/partner/order", json=content)
    seen = []
    for seconds in (89, 1):
        simulator.clock.advance(seconds)
        seen.append(len(rows(client, "orders")))
    simulator.clock.advance(600)

    assert seen == [0, 1]
    assert [(one.created - began).total_seconds() for one in simulator.world.bought] == [90]
    assert client.get(f"/partner/checkout/{content['checkoutId']}").json()["completed"] is True


def test_a_fault_of_the_preview_is_none_of_the_order(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.faults.add(match=PREVIEW, kind=502, times=None)
    content = order(simulator, client)

    assert client.post("/partner/order/preview", json=content).status_code == 502
    assert client.post("/partner/order", json=content).status_code == 200


def test_every_kind_of_fault_leaves_the_simulator_in_service(simulator: LimioSimulator, client: httpx.Client) -> None:
    content = order(simulator, client)
    for kind in FaultKind:
        for match in (SUBMIT, PREVIEW):
            simulator.faults.add(match=match, kind=kind)
            try:
                client.post(match[1].removeprefix("/api"), json=content)
            except httpx.TransportError:
                continue

    assert client.post("/partner/order", json=content).status_code == 200


def test_too_many_calls_in_a_minute_are_put_off(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.calls_per_minute = 1
    client.get("/offers/v2")
    answer = client.get("/offers/v2")

    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (
        429,
        {"message": "Too many requests"},
        "60",
    )


def wheel(simulator: LimioSimulator, target: str, wish: Any = None, method: str = "POST") -> Any:
    body = b"" if wish is None else json.dumps(wish).encode()
    reply = simulator.control(Call.to(method, f"/_sim/{target}", {}, body))
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def test_the_state_lists_what_was_ordered_and_by_whom(simulator: LimioSimulator, client: httpx.Client) -> None:
    answer = submit(simulator, client)
    wheel(simulator, "strangers", {"customerId": CONTOSO.id, "lines": [{"offer_id": catalogue.BACKUP.id}]})
    wheel(simulator, "seed", {"customerId": CONTOSO.id, "offerId": catalogue.BACKUP.id, "orders": 3})
    first, second = wheel(simulator, "state", method="GET")["orders"]

    assert (first["id"], first["origin"], second["origin"]) == (answer["id"], "api", "stranger")
    assert (first["externalId"], first["email"], first["subscriptionStatus"]) == ("QW-1", CONTOSO.email, "initial")
    assert first["lines"] == [
        {"offerId": catalogue.BACKUP.id, "offer": catalogue.BACKUP.name, "quantity": 5},
    ]
    assert len(wheel(simulator, "state?seeded=true", method="GET")["orders"]) == 5


def test_prices_and_courses_can_be_steered(simulator: LimioSimulator, client: httpx.Client) -> None:
    told = wheel(simulator, "price", {"offerId": catalogue.BACKUP.id, "factor": "1.1"})
    plugins = [["billing-account", 1], ["billing-subscription", 1, "fails"]]
    wheel(simulator, "walks", {"next": ["unknown_word", {"plugins": plugins}]})
    wheel(simulator, "walks", {"offerId": catalogue.BACKUP.id, "walk": {"then": [[0, "expired"]]}})
    orders = [submit(simulator, client)["id"] for _ in range(3)]
    simulator.clock.advance(60)

    assert told["price"] == "7.70"
    assert [read(client, "orders", one)["status"] for one in orders] == ["awaiting_allocation", "failed", "complete"]
    stuck = wheel(simulator, "mend", {"id": orders[1]})
    assert (stuck["status"], stuck["subscriptionStatus"]) == ("complete", "active")
    assert [one["subscriptionStatus"] for one in wheel(simulator, "state", method="GET")["orders"]][2] == "expired"


def test_statuses_locks_and_the_partner_can_be_steered(simulator: LimioSimulator, client: httpx.Client) -> None:
    answer = submit(simulator, client)
    made = simulator.world.bought[0].subscription
    assert made is not None
    wheel(simulator, "orders", {"id": answer["id"], "status": "on_hold"})
    wheel(simulator, "subscriptions", {"id": made.id, "status": "cancelled", "locked": 60})
    wheel(simulator, "partner", {"zuoraAccountId": None})

    assert read(client, "orders", answer["id"])["status"] == "on_hold"
    assert read(client, "subscriptions", made.id)["status"] == "cancelled"
    assert made.is_locked(simulator.world.now)
    assert client.post("/partner/order", json=order(simulator, client)).status_code == 400


def test_the_outbox_can_be_looked_at_and_taken(simulator: LimioSimulator, client: httpx.Client) -> None:
    submit(simulator, client)
    looked = wheel(simulator, "outbox", method="GET")
    taken = wheel(simulator, "outbox", method="DELETE")

    assert looked == taken
    assert [one["event"] for one in taken] == ["order_submitted", "subscription_created", "entitlements_updated"]
    assert list(simulator.world.outbox) == []


@pytest.mark.parametrize(
    ("target", "wish"),
    [
        ("walks", {"next": ["no_such_course"]}),
        ("walks", {"next": [{"plugins": [["x", 1, "explodes"]]}]}),
        ("walks", {"next": [{"then": []}]}),
        ("price", {"offerId": "x"}),
        ("mend", {"id": "order-0"}),
    ],
)
def test_a_wish_that_makes_no_sense_is_told(target: str, wish: Any, simulator: LimioSimulator) -> None:
    reply = simulator.control(Call.to("POST", f"/_sim/{target}", {}, json.dumps(wish).encode()))

    assert reply.status == 400
