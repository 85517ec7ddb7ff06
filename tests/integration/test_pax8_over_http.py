"""The adapter over real sockets: one deadline, one fresh connection for a write, and proof of what was sent."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from queue import Queue

import pytest

from pipeline.abilities import Rehearses
from pipeline.domain.claim import AnswerClass
from pipeline.domain.errors import Unavailable
from pipeline.marketplaces import Timeouts
from pipeline.marketplaces.deadline import boottime
from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.marketplaces.simulation import SimulatorServer
from pipeline.marketplaces.transport import Connections
from pipeline.ports import Token
from tests.contracts.adapters import Pax8Case, in_time, purchase
from tests.contracts.fakes import MemoryKnownOrders
from tests.integration.wire import Serve, answer, request, reset, serving

SHORT = timedelta(seconds=0.6)
QUICK = Timeouts(read=SHORT, orders=SHORT, rehearse=SHORT, write=SHORT)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def simulated(stack: ExitStack) -> Pax8Case:
    simulator = Pax8Simulator()
    server = stack.enter_context(SimulatorServer(simulator))
    return closing(stack, Pax8Case(base_url=server.url, simulator=simulator, timeouts=QUICK))


def closing(stack: ExitStack, case: Pax8Case) -> Pax8Case:
    stack.callback(case.account.close)  # type: ignore[attr-defined]
    return case


def against(
    stack: ExitStack,
    serve: Serve,
    clock: Callable[[], float] = boottime,
    scheme: str = "http",
    timeouts: Timeouts = QUICK,
) -> Pax8Case:
    """A case whose token is there already and whose server is `serve`."""
    url = stack.enter_context(serving(serve)).replace("http", scheme, 1)
    case = Pax8Case(base_url=url, clock=clock, timeouts=timeouts)
    case.tokens.refresh("pax8-main", None, lambda: ("token", timedelta(days=1)))
    return closing(stack, case)


def test_reads_and_a_purchase_work_over_http(simulated: Pax8Case) -> None:
    marketplace = simulated.open()
    companies = marketplace.companies()

    assert len(companies) > 10
    assert marketplace.send(simulated.purchase(), in_time()).kind is AnswerClass.ACCEPTED
    assert simulated.bought() == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "close", "hang", "half_body"])
def test_a_purchase_whose_answer_is_lost_is_unknown_and_not_sent_again(
    simulated: Pax8Case, kind: str, when: str
) -> None:
    simulated.fault(kind, "purchase", when=when)

    found = simulated.open().send(simulated.purchase(), in_time())

    assert found.kind is AnswerClass.UNKNOWN
    assert simulated.calls("purchase") == 1


def test_a_dripping_answer_is_cut_off_at_the_deadline_of_the_whole(simulated: Pax8Case) -> None:
    simulated.fault("drip", "purchase", seconds=0.1)
    simulated.fault("drip", "company", seconds=0.1)
    marketplace = simulated.open()
    marketplace.ready_to_send()

    began = time.monotonic()
    found = marketplace.send(simulated.purchase(), in_time())
    wrote = time.monotonic()
    with pytest.raises(Unavailable):
        marketplace.company(simulated.company_id)

    assert found.kind is AnswerClass.UNKNOWN
    assert wrote - began < 2
    assert time.monotonic() - wrote < 2


def test_time_that_one_read_took_is_not_there_for_the_next(stack: ExitStack) -> None:
    over = threading.Event()

    def serve(connection: socket.socket, _: int) -> None:
        request(connection)
        over.wait(0.4)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        over.wait(30)

    case = against(stack, serve)
    stack.callback(over.set)
    began = time.monotonic()
    found = case.open().send(case.purchase(), in_time())

    assert found.kind is AnswerClass.UNKNOWN
    assert time.monotonic() - began < 0.9


def test_a_slow_list_of_orders_has_a_longer_time(stack: ExitStack) -> None:
    simulator = Pax8Simulator()
    server = stack.enter_context(SimulatorServer(simulator))
    patient = Timeouts(read=timedelta(seconds=0.2), orders=timedelta(seconds=20))
    case = closing(stack, Pax8Case(base_url=server.url, simulator=simulator, timeouts=patient))
    case.fault("delay", "orders", seconds=0.5)
    case.fault("delay", "company", seconds=0.5)
    assert not case.open().new_orders(case.company_id, MemoryKnownOrders())
    with pytest.raises(Unavailable):
        case.open().company(case.company_id)


def test_past_its_time_a_write_connects_and_sends_not_one_byte(stack: ExitStack) -> None:
    seen: Queue[bytes] = Queue()
    case = against(stack, lambda connection, _: seen.put(connection.recv(65536)))

    found = case.open().send(case.purchase(), boottime() - 0.001)

    assert found.kind is AnswerClass.NOT_SENT
    assert seen.get(timeout=20) == b""


def test_the_time_is_looked_at_after_connecting(stack: ExitStack) -> None:
    accepted = threading.Event()
    seen: list[bytes] = []

    def serve(connection: socket.socket, _: int) -> None:
        accepted.set()
        seen.append(connection.recv(65536))

    def clock() -> float:
        return boottime() + (100 if accepted.wait(0.3) else 0)

    case = against(stack, serve, clock, timeouts=Timeouts(write=timedelta(seconds=1000)))
    found = case.open().send(case.purchase(), boottime() + 50)

    stack.close()
    assert found.kind is AnswerClass.NOT_SENT
    assert seen == [b""]


def test_each_write_has_a_connection_of_its_own(stack: ExitStack) -> None:
    connections: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        while request(connection):
            connections.append(number)
            connection.sendall(answer())

    case = against(stack, serve)
    marketplace = case.open()
    for _ in range(3):
        marketplace.company("c")
    marketplace.send(case.purchase(), in_time())
    marketplace.send(case.purchase(), in_time())
    marketplace.company("c")

    assert connections == [0, 0, 0, 1, 2, 0]


def test_a_connection_that_broke_while_idle_costs_a_read_nothing(stack: ExitStack) -> None:
    answered: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        answered.append(number)
        connection.sendall(answer())
        if number == 0:
            request(connection)  # and gone without an answer

    case = against(stack, serve)
    marketplace = case.open()

    assert [marketplace.company("c").id for _ in range(2)] == ["c", "c"]
    assert answered == [0, 1]


def test_a_dry_run_on_a_connection_that_broke_while_idle_is_left_to_the_runner(stack: ExitStack) -> None:
    asked: list[bytes] = []

    def serve(connection: socket.socket, _: int) -> None:
        request(connection)
        connection.sendall(answer())
        asked.append(request(connection))

    marketplace = against(stack, serve).open()
    assert isinstance(marketplace, Rehearses)
    marketplace.company("c")

    with pytest.raises(Unavailable):
        marketplace.rehearse(purchase(marketplace, "c", ()))
    assert len(asked) == 1


def test_a_read_on_a_fresh_connection_is_not_asked_again(stack: ExitStack) -> None:
    asked: list[bytes] = []
    case = against(stack, lambda connection, _: asked.append(request(connection)))

    with pytest.raises(Unavailable):
        case.open().company("c")

    assert len(asked) == 1


def test_a_write_is_not_repeated_whatever_happens(stack: ExitStack) -> None:
    asked: list[bytes] = []

    def serve(connection: socket.socket, _: int) -> None:
        asked.append(request(connection))
        reset(connection)

    case = against(stack, serve)
    found = case.open().send(case.purchase(), in_time())

    assert found.kind is AnswerClass.UNKNOWN
    assert len(asked) == 1


def test_a_failed_write_may_have_arrived(stack: ExitStack) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        connection.recv(1)
        reset(connection)

    case = against(stack, serve)

    assert case.open().send(case.purchase(), in_time()).kind is AnswerClass.UNKNOWN


def test_no_connection_means_that_nothing_was_sent(stack: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", "http://no-such-host.invalid"):
        case = closing(stack, Pax8Case(base_url=url, timeouts=QUICK))
        case.tokens.refresh("pax8-main", None, lambda: ("token", timedelta(days=1)))

        assert case.open().send(case.purchase(), in_time()).kind is AnswerClass.NOT_SENT
        with pytest.raises(Unavailable):
            case.open().company("c")


def test_a_handshake_that_fails_or_hangs_sends_nothing(stack: ExitStack) -> None:
    over = threading.Event()

    def mute(*_: object) -> None:
        over.wait(30)

    plain = against(stack, lambda connection, _: connection.sendall(b"I speak no TLS"), scheme="https")
    hanging = against(stack, mute, scheme="https")
    stack.callback(over.set)

    assert plain.open().send(plain.purchase(), in_time()).kind is AnswerClass.NOT_SENT
    assert hanging.open().send(hanging.purchase(), in_time()).kind is AnswerClass.NOT_SENT


def test_an_answer_in_pieces_is_read_whole(stack: ExitStack) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        request(connection)
        for byte in answer():
            connection.sendall(bytes([byte]))

    assert against(stack, serve).open().company("c").name == "Contoso"


def test_threads_share_the_pool(stack: ExitStack) -> None:
    connections: set[int] = set()

    def serve(connection: socket.socket, number: int) -> None:
        while request(connection):
            connections.add(number)
            connection.sendall(answer())

    case = against(stack, serve, timeouts=Timeouts())
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(case.open().company("c").id for _ in range(20))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["c"] * 160
    assert len(connections) <= 8


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_child_process_uses_no_connection_of_its_parent(stack: ExitStack) -> None:
    connections: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        while request(connection):
            connections.append(number)
            connection.sendall(answer())

    case = against(stack, serve)
    case.open().company("c")
    child = os.fork()
    if child == 0:
        try:
            case.open().company("c")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    case.open().company("c")

    assert connections == [0, 1, 0]


def test_a_token_endpoint_that_is_down_is_an_outage_and_not_a_wrong_secret(stack: ExitStack) -> None:
    case = against(stack, lambda *_: None)
    case.tokens.kept = {"pax8-main": Token("old", datetime(2020, 1, 1, tzinfo=UTC), 1)}

    with pytest.raises(Unavailable, match="token"):
        case.open().company("c")


def test_certificates_are_checked(stack: ExitStack) -> None:
    connections = Connections()
    connections.pooled()
    stack.callback(connections.close)

    assert connections._trusted is not None
    assert connections._trusted.verify_mode is ssl.CERT_REQUIRED
