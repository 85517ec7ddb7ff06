"""Faults of the simulated Pax8 in one process: whom they hit, what the client gets, what was carried out."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.marketplaces.simulation import FaultKind
from tests.contracts.pax8_requests import CONTOSO, buy, company, contact, order

SUBMIT, REHEARSAL = ("POST", "/v1/orders"), ("POST", "/v1/orders?isMock=true")


@pytest.fixture
def simulator() -> Pax8Simulator:
    return Pax8Simulator()


@pytest.fixture
def client(simulator: Pax8Simulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", httpx.ReadError),
        ("close", httpx.RemoteProtocolError),
        ("half_body", httpx.RemoteProtocolError),
        ("hang", httpx.ReadTimeout),
        ("refuse", httpx.ConnectError),
    ],
)
@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_no_answer_is_the_error_that_httpx_raises_for_it(
    kind: str, error: type[Exception], when: str, orders: int, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind=kind, when=when)

    with pytest.raises(error):
        client.post("/orders", json=order())

    assert len(simulator.world.bought) == orders
    assert buy(client)["id"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 500, 502, 503, 504])
@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_a_status_comes_in_the_envelope(
    status: int, when: str, orders: int, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind=status, when=when)
    answer = client.post("/orders", json=order())

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert len(simulator.world.bought) == orders


def test_an_edge_answers_with_a_page(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind=502, html=True)
    answer = client.post("/orders", json=order())

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize("told", [None, 30, "Thu, 15 Jan 2026 09:01:00 GMT"], ids=["silent", "seconds", "a date"])
def test_too_many_calls_may_say_how_long_to_wait(told: Any, simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind=429, retry_after=told)
    answer = client.post("/orders", json=order())

    assert answer.json() == {"message": "Rate limit exceeded", "status": 429}
    assert answer.headers.get("retry-after") == (None if told is None else str(told))
    assert simulator.world.bought == []


@pytest.mark.parametrize("kind", ["html", "half_json", "empty"])
@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_a_body_that_nobody_can_read_comes_with_a_200(
    kind: str, when: str, orders: int, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind=kind, when=when)
    answer = client.post("/orders", json=order())

    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert len(simulator.world.bought) == orders


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_an_answer_may_lack_its_id(when: str, orders: int, simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind="no_id", when=when)
    answer = client.post("/orders", json=order()).json()

    assert "id" not in answer
    assert len(answer["lineItems"]) == 1
    assert len(simulator.world.bought) == orders


@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_an_answer_may_be_of_another_order(
    when: str, orders: int, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind="wrong_content", when=when)
    answer = client.post("/orders", json=order()).json()

    assert answer["lineItems"][0]["quantity"] == 6
    assert [one.lines[0].quantity for one in simulator.world.bought] == [5] * orders


def test_the_wrong_answer_can_be_handed_in(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind="wrong_content", body={"id": "x"})

    assert client.post("/orders", json=order()).json() == {"id": "x"}


def test_a_redirect_leads_elsewhere(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind="redirect", status=307, location="https://elsewhere.example/")
    answer = client.post("/orders", json=order())

    assert (answer.status_code, answer.headers["location"]) == (307, "https://elsewhere.example/")


def test_a_drip_comes_in_single_bytes_and_whole(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind="drip", seconds=1)
    with client.stream("POST", "/orders", json=order()) as answer:
        pieces = list(answer.iter_raw())

    assert {len(piece) for piece in pieces} == {1}
    assert simulator.world.bought[0].id in b"".join(pieces).decode()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delay_beyond_the_clients_patience_is_a_time_out_and_the_order_is_made_all_the_same(
    when: str, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind="delay", seconds=31, when=when, times=2)

    with pytest.raises(httpx.ReadTimeout):
        client.post("/orders", json=order(), timeout=30)
    patient = client.post("/orders", json=order(), timeout=32)

    assert patient.status_code == 200
    assert len(simulator.world.bought) == 2


@pytest.mark.parametrize(("then", "error"), [("reset", httpx.ReadError), ("hang", httpx.ReadTimeout)])
def test_an_order_may_be_made_long_after_its_connection_broke(
    then: str, error: type[Exception], simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=SUBMIT, kind="late_commit", seconds=90, then=then)
    with pytest.raises(error):
        client.post("/orders", json=order())

    seen = [len(simulator.world.bought)]
    for seconds in (89, 1):
        simulator.clock.advance(seconds)
        seen.append(client.get("/orders", params={"companyId": CONTOSO}).json()["page"]["totalElements"])

    assert seen == [0, 0, 1]


def test_a_late_commit_bears_the_time_at_which_it_was_made_however_late_somebody_looks(
    simulator: Pax8Simulator, client: httpx.Client
) -> None:
    began = simulator.world.now
    simulator.faults.add(match=SUBMIT, kind="late_commit", seconds=5, then="status", status=503)
    client.post("/orders", json=order())
    simulator.clock.advance(600)

    assert [made.created - began for made in simulator.world.bought] == [timedelta(seconds=5)]
    assert simulator.world.now - began == timedelta(seconds=600)


def test_a_late_commit_can_be_answered_by_a_status(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind="late_commit", seconds=5, then="status", status=503)
    answer = client.post("/orders", json=order())
    simulator.clock.advance(5)

    assert answer.status_code == 503
    assert len(simulator.world.bought) == 1


def test_other_writes_break_after_their_commit_as_well(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=("POST", "/v1/companies"), kind="reset", when="after")
    simulator.faults.add(match=("POST", "/v1/companies/{companyId}/contacts"), kind=500, when="after")

    with pytest.raises(httpx.ReadError):
        client.post("/companies", json=company())
    made = simulator.world.same_name("Proseware")
    assert made is not None
    assert client.post(f"/companies/{made.id}/contacts", json=contact("Admin")).status_code == 500
    assert simulator.world.primaries(made) == {"Admin"}


def test_a_purchase_and_its_rehearsal_are_matched_apart(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=SUBMIT, kind=500)
    rehearsed = client.post("/orders", params={"isMock": "true"}, json=order()).status_code
    simulator.faults.add(match=REHEARSAL, kind=503)

    assert rehearsed == 200
    assert client.post("/orders", json=order()).status_code == 500
    assert client.post("/orders", params={"isMock": "true"}, json=order()).status_code == 503


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, [500, 200, 200, 200]),
        ({"times": 2}, [500, 500, 200, 200]),
        ({"times": None}, [500, 500, 500, 500]),
        ({"skip": 2}, [200, 200, 500, 200]),
        ({"probability": 0.0, "times": None}, [200, 200, 200, 200]),
        ({"match": ("*", "*")}, [500, 200, 200, 200]),
        ({"match": ("GET", "/v1/orders")}, [200, 200, 200, 200]),
        ({"match": ("POST", "/v1/or*")}, [500, 200, 200, 200]),
        ({"containing": CONTOSO}, [500, 200, 200, 200]),
        ({"containing": "somebody-else"}, [200, 200, 200, 200]),
    ],
    ids=["once", "twice", "always", "later", "by chance", "all", "another method", "a pattern", "of one", "of others"],
)
def test_a_fault_hits(how: dict[str, Any], expected: list[int], simulator: Pax8Simulator, client: httpx.Client) -> None:
    wish: dict[str, Any] = {"match": SUBMIT, "kind": 500} | how
    simulator.faults.add(**wish)

    assert [client.post("/orders", json=order()).status_code for _ in expected] == expected


def test_chance_repeats_with_its_seed() -> None:
    def run(seed: int) -> list[int]:
        simulator = Pax8Simulator(seed=seed)
        simulator.faults.add(match=SUBMIT, kind=500, probability=0.5, times=None)
        with simulator.client() as client:
            return [client.post("/orders", json=order()).status_code for _ in range(20)]

    assert run(7) == run(7) != run(8)


@pytest.mark.parametrize("how", [{"kind": "flood"}, {"kind": "reset", "when": "during"}, {"kind": 500, "often": 3}])
def test_a_fault_that_is_none_is_refused_at_once(how: dict[str, Any], simulator: Pax8Simulator) -> None:
    with pytest.raises((ValueError, TypeError)):
        simulator.faults.add(**how)

    assert list(simulator.faults) == []


def test_a_call_without_a_good_token_uses_up_no_fault(simulator: Pax8Simulator, client: httpx.Client) -> None:
    fault = simulator.faults.add(match=SUBMIT, kind=500)
    simulator.tokens.revoke()

    assert client.post("/orders", json=order()).status_code == 401
    assert fault.hits == 0


def test_every_kind_of_fault_leaves_the_simulator_in_service(simulator: Pax8Simulator, client: httpx.Client) -> None:
    for kind in FaultKind:
        simulator.faults.add(match=("GET", "/v1/orders"), kind=kind)
        try:
            client.get("/orders")
        except httpx.TransportError:
            continue

    assert client.get("/orders").status_code == 200
    assert simulator.traffic.calls["GET /v1/orders"] == len(FaultKind) + 1
