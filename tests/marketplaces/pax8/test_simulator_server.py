"""The simulated Pax8 over real sockets: what a fault does to a connection, and the steering wheel."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipeline.marketplaces.pax8.simulator import Pax8Simulator, catalogue
from pipeline.marketplaces.simulation import ScaledClock, SimulatedClock, SimulatorServer
from tests.contracts.pax8_requests import CONTOSO, buy, credentials, order

SUBMIT = ("POST", "/v1/orders")


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Pax8Simulator, SimulatorServer]]:
    simulator = Pax8Simulator()
    with SimulatorServer(simulator) as server:
        yield simulator, server


@pytest.fixture
def simulator(served: tuple[Pax8Simulator, SimulatorServer]) -> Pax8Simulator:
    served[0].faults.clear()
    return served[0]


@pytest.fixture(scope="module")
def pool() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def client(simulator: Pax8Simulator, served: tuple[Pax8Simulator, SimulatorServer], pool: httpx.Client) -> httpx.Client:
    pool.base_url = httpx.URL(f"{served[1].url}/v1")
    pool.headers["authorization"] = f"Bearer {simulator.tokens.issue()}"
    return pool


def control(client: httpx.Client, wheel: str, **wish: object) -> httpx.Response:
    return client.post(client.base_url.join("/_sim/" + wheel), json=wish)


def test_the_whole_way_goes_over_one_connection(simulator: Pax8Simulator, client: httpx.Client) -> None:
    before = len(simulator.world.bought)
    token = client.post("/token", json=credentials(simulator)).json()["access_token"]
    client.headers["authorization"] = f"Bearer {token}"
    rehearsed = client.post("/orders", params={"isMock": "true"}, json=order())
    bought = buy(client)

    assert rehearsed.status_code == 200
    assert client.get(f"/orders/{bought['id']}").json() == bought
    assert len(simulator.world.bought) == before + 1


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", httpx.ReadError),
        ("refuse", httpx.ReadError),
        ("close", httpx.RemoteProtocolError),
        ("half_body", httpx.RemoteProtocolError),
        ("hang", httpx.ReadTimeout),
    ],
)
@pytest.mark.parametrize(("when", "orders"), [("before", 0), ("after", 1)])
def test_a_connection_breaks_before_or_after_the_order_is_made(
    kind: str, error: type[Exception], when: str, orders: int, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    before = len(simulator.world.bought)
    simulator.faults.add(match=SUBMIT, kind=kind, when=when)

    with pytest.raises(error):
        client.post("/orders", json=order(), timeout=0.05 if kind == "hang" else 5)

    assert len(simulator.world.bought) == before + orders
    assert client.get("/orders").status_code == 200


def test_a_drip_outlasts_a_time_out_for_each_read(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.faults.add(match=("GET", "/v1/orders/{orderId}"), kind="drip", seconds=0.0005)
    answer = client.get("/orders/nowhere", timeout=0.1)

    assert answer.status_code == 404
    assert answer.elapsed > timedelta(seconds=0.1)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_order_goes_through_although_its_client_has_gone(
    when: str, simulator: Pax8Simulator, client: httpx.Client
) -> None:
    before = len(simulator.world.bought)
    simulator.faults.add(match=SUBMIT, kind="delay", seconds=0.06, when=when)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/orders", json=order(), timeout=0.02)
    simulator.faults.add(match=("GET", "/v1/orders"), kind="delay", seconds=0.1)
    client.get("/orders")

    assert len(simulator.world.bought) == before + 1


def test_latency_is_waited_for_outside_of_the_lock(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.knobs.latency_by_route["GET /v1/orders"] = 0.05
    threads = [threading.Thread(target=client.get, args=("/orders",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    simulator.knobs.latency_by_route.clear()

    assert simulator.traffic.max_concurrent_by_route["GET /v1/orders"] >= 2


def test_a_request_that_is_no_http_is_a_400(served: tuple[Pax8Simulator, SimulatorServer]) -> None:
    import socket

    host, port = served[1].url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=2) as raw:
        raw.sendall(b"nonsense\r\n\r\n")

        assert raw.recv(100).startswith(b"HTTP/1.1 400")


def test_the_steering_wheel_turns_clock_price_faults_and_knobs(simulator: Pax8Simulator, client: httpx.Client) -> None:
    begun = simulator.world.now
    control(client, "clock", advance=90)
    control(client, "price", productId=catalogue.BACKUP.id, cost="5.25")
    control(client, "faults", kind="429", match=["GET", "/v1/orders"], retry_after=3)
    control(client, "knobs", order_list_lag=5)
    control(client, "walks", next=[[[0, "PendingManual"]]])
    stranger = control(
        client,
        "strangers",
        companyId=CONTOSO,
        lines=[{"product_id": catalogue.BACKUP.id, "quantity": 1, "billing_term": "Monthly"}],
    ).json()
    control(client, "subscriptions", id=stranger["lines"][0]["subscriptionId"], status="Cancelled")
    state = client.get(client.base_url.join("/_sim/state")).json()

    assert simulator.world.now - begun == timedelta(seconds=90)
    assert client.get("/orders").headers["retry-after"] == "3"
    assert simulator.knobs.order_list_lag == timedelta(seconds=5)
    assert state["orders"][-1]["origin"] == "stranger"
    assert state["orders"][-1]["lines"][0]["status"] == "Cancelled"
    assert state["calls"]["POST /v1/orders"] == simulator.traffic.calls["POST /v1/orders"]
    simulator.knobs.order_list_lag = timedelta()


@pytest.mark.parametrize(
    ("wheel", "wish", "status"),
    [
        ("faults", {"kind": "flood"}, 400),
        ("clock", {"advance": -1}, 400),
        ("clock", {}, 400),
        ("price", {"productId": "nothing"}, 400),
        ("knobs", {"volume": 11}, 400),
        ("nothing", {}, 404),
    ],
)
def test_a_wish_that_cannot_be_met_says_why(
    wheel: str, wish: dict[str, object], status: int, client: httpx.Client
) -> None:
    answer = control(client, wheel, **wish)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_a_taken_address_is_an_error_at_once(served: tuple[Pax8Simulator, SimulatorServer]) -> None:
    port = int(served[1].url.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        SimulatorServer(served[0], port=port).start()


def test_a_clock_runs_as_fast_as_told_and_never_backwards() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    fast, still = ScaledClock(speed=1e9, start=start), SimulatedClock(start)

    assert fast.now() > start + timedelta(seconds=1)
    assert still.now() == start
    assert still.advance(2.5) == start + timedelta(seconds=2.5)
    with pytest.raises(ValueError, match="forwards"):
        still.advance(-1)
    with pytest.raises(ValueError, match="above 0"):
        ScaledClock(speed=0)
