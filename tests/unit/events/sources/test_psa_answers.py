"""Whatever a PSA puts into any field of any answer: it is read, or it is a fault in words. Nothing else is raised."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.autotask import Autotask
from events.sources.autotask.session import Session as AutotaskSession
from events.sources.autotask.simulator import AutotaskSimulator
from events.sources.document import Unreadable
from events.sources.halopsa import HaloPsa
from events.sources.halopsa.session import Session as HaloSession
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import ToolFault
from pipeline.domain.offered import OfferedQuote
from pipeline.marketplaces.transport import Connections

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://quoteway.example/in/psa"
STRANGE: list[Any] = [
    None,
    True,
    0,
    -1,
    1e400,
    float("nan"),
    2.5,
    10**30,
    "",
    "\0\ud800",
    "../x",
    "9999-12-31T23:59:59-14:00",
    [],
    [[]],
    {},
    "<p" * 50,
    [None],
    {"id": {}},
]


def halopsa() -> tuple[HaloSimulator, Callable[[Connections], HaloPsa]]:
    halo = HaloSimulator(now=lambda: NOON)
    halo.put("Item", {"id": 88, "name": "M365 E3", "supplierpartcode": "CFQ7TTC0LF8R", "suppliers": [{"sku": "x"}]})
    halo.put("Client", {"id": 1, "name": "Contoso Ltd"})
    halo.accept(halo.quotation(halo.ticket(), [{"item_id": 88, "quantity": 10, "unitprice": 36.0}]))
    halo.write(1, "approve")
    secret = SecretStr("halo-secret")
    access = ToolAccess(base_url="https://halo.example", client_id="halo-client", client_secret=secret)
    connection = SourceConnection("psa", SourceKind.HALOPSA, ("bearer:hook",), access=access)
    return halo, lambda connections: HaloPsa(
        connection, HaloSession(connection, connections), MemoryKeyRing(), lambda: NOON
    )


def autotask() -> tuple[AutotaskSimulator, Callable[[Connections], Autotask]]:
    simulator = AutotaskSimulator(now=lambda: NOON)
    simulator.put("Companies", companyName="Contoso Ltd", countryID=1, currencyID=1)
    simulator.put("Currencies", name="USD")
    simulator.put("Products", name="M365 E3", sku="E3-Y", periodType=5)
    simulator.put("Opportunities", status=3)
    simulator.put("Quotes", opportunityID=1, isActive=True)
    simulator.put("QuoteItems", quoteID=1, productID=1, quantity=2, unitPrice=36.0)
    simulator.write(simulator.ticket(status=20, opportunityID=1), "approve")
    secret = SecretStr("autotask-secret")
    access = ToolAccess(
        "https://webservices6.autotask.net",
        client_id="CODE",
        username="api@msp.example",
        password=secret,
        accepted=("20",),
    )
    connection = SourceConnection("psa", SourceKind.AUTOTASK, ("hook",), access=access)
    return simulator, lambda connections: Autotask(
        connection, AutotaskSession(connection, connections), MemoryKeyRing(), lambda: NOON, lambda _: None
    )


def altered(answer: Any, random: Random) -> Any:
    """The answer with one of its parts, anywhere in it, put in another's place."""
    ways: list[tuple[Any, Any]] = []
    waiting = [answer]
    while waiting:
        part = waiting.pop()
        inner = (
            list(part.items()) if isinstance(part, dict) else list(enumerate(part)) if isinstance(part, list) else []
        )
        ways += [(part, key) for key, _ in inner]
        waiting += [value for _, value in inner]
    if not ways or random.random() < 0.1:
        return random.choice(STRANGE)
    part, key = random.choice(ways)
    part[key] = random.choice(STRANGE)
    return answer


def strained(simulator: Callable[[httpx.Request], httpx.Response], random: Random) -> Connections:
    """Alters about one answer of eight, but not the token's."""

    def answer(request: httpx.Request) -> httpx.Response:
        given = simulator(request)
        if request.url.path == "/auth/token" or not given.content or random.random() > 0.125:
            return given
        return httpx.Response(given.status_code, content=json.dumps(altered(given.json(), random)))

    return Connections(httpx.MockTransport(answer))


def attempt(tool: HaloPsa | Autotask) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: tool.look_up({"ticket": "1"}),
        lambda: list(tool.poll(NOON)),
        lambda: tool.register(URL),
        lambda: tool.check(URL),
        lambda: tool.write_note("1", "[order-ref: QW-1 state: asking]", None),
        lambda: tool.find_note("1", "[order-ref: QW-1 state: asking]"),
        lambda: tool.set_status("1", "Ordered"),
    ]
    for act in acts:
        try:
            found = act()
        except (ToolFault, Unreadable):
            continue
        for each in found if isinstance(found, list) else []:
            if isinstance(each, OfferedQuote):
                each.model_dump_json().encode()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_any_field_of_halopsas_answers_may_be_anything(seed: int) -> None:
    random = Random(seed)
    simulator, make = halopsa()

    attempt(make(strained(simulator, random)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_any_field_of_autotasks_answers_may_be_anything(seed: int) -> None:
    random = Random(seed)
    simulator, make = autotask()

    attempt(make(strained(simulator, random)))
