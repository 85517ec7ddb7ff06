"""Of every tool that is polled: a row dated ahead of our clock does not take the watermark with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.autotask.simulator import AutotaskSimulator
from events.sources.connectwise.simulator import ConnectWiseSimulator
from events.sources.connectwise.simulator.simulator import CLIENT_ID
from events.sources.connectwise_cpq.simulator import SimulatedCpq
from events.sources.connectwise_cpq.simulator import item as cpq_item
from events.sources.halopsa.simulator import HaloSimulator
from events.sources.kaseya_quote_manager.simulator import SimulatedKaseya
from events.sources.keyring import MemoryKeyRing
from events.sources.pandadoc.simulator import PandaDocSimulator
from events.sources.pax8_quotes.simulator import SimulatedPax8Quotes
from events.sources.quoter.simulator import QuoterSimulator
from events.sources.stripe.simulator import StripeSimulator
from events.sources.tool import Polled
from events.tools import maker
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.polled import NOON, Turning

AHEAD = NOON + timedelta(days=400)
Far = Callable[[httpx.Request], httpx.Response]
SECRET = SecretStr("secret")


def connectwise(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = ConnectWiseSimulator(clock=clock)
    far.win(far.opportunity(far.company("Contoso Ltd"), []))
    access = {"base_url": "https://psa.example", "tenant": "acme", "client_id": CLIENT_ID, "username": "public"}
    return far, {**access, "password": SecretStr("private"), "options": {"member": "Quoteway"}}


def halopsa(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = HaloSimulator(now=clock)
    far.accept(far.quotation(far.ticket(), []))
    return far, {
        "base_url": "https://halo.example",
        "client_id": far.client_id,
        "client_secret": SecretStr(far.client_secret),
    }


def autotask(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = AutotaskSimulator(now=clock)
    far.ticket()
    access = {"base_url": "https://autotask.example", "client_id": far.integration_code, "username": far.username}
    return far, {**access, "password": SecretStr(far.secret), "accepted": ("Order",)}


def quoter(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = QuoterSimulator(now=lambda: clock().timestamp())
    far.quote("quot_1", status="won")
    return far, {"client_id": far.client_id, "client_secret": SecretStr(far.client_secret)}


def pandadoc(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = PandaDocSimulator(now=lambda: clock().timestamp())
    far.document("doc1")
    far.complete("doc1")
    return far, {"client_secret": SecretStr(far.api_key)}


def stripe(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = StripeSimulator(now=lambda: clock().timestamp())
    far.quote("qt_1")
    far.accept("qt_1")
    return far, {"client_secret": SecretStr(far.api_key)}


def pax8_quotes(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = SimulatedPax8Quotes(now=clock)
    far.accept(far.send([]))
    return far, {"client_id": "id", "client_secret": SECRET}


def connectwise_cpq(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = SimulatedCpq(now=clock)
    far.accept(far.write([cpq_item(1, "P-1")]))
    return far, {"tenant": "acme", "username": "public", "password": SecretStr("private")}


def kaseya_quote_manager(clock: Turning) -> tuple[Far, dict[str, Any]]:
    far = SimulatedKaseya(now=clock)
    far.accept(far.quote(), [])
    return far, {"client_secret": SecretStr("key")}


TOOLS = [
    connectwise,
    halopsa,
    autotask,
    quoter,
    pandadoc,
    stripe,
    pax8_quotes,
    connectwise_cpq,
    kaseya_quote_manager,
]


def test_all_tools_are_tried() -> None:
    assert {each.__name__ for each in TOOLS} == set(SourceKind) - {SourceKind.GENERIC}


@pytest.mark.parametrize("make", TOOLS, ids=lambda each: each.__name__)
def test_a_row_dated_ahead_of_our_clock_does_not_take_the_watermark_with_it(
    make: Callable[[Turning], tuple[Far, dict[str, Any]]],
) -> None:
    clock = Turning()
    clock.time = AHEAD
    far, access = make(clock)
    clock.time = NOON
    kind = SourceKind(make.__name__)
    connection = SourceConnection("tool", kind, secrets=("bearer:hook",), access=ToolAccess(**access))
    tool = maker(kind)(connection, Connections(httpx.MockTransport(far)), MemoryKeyRing())
    epoch = kind in (SourceKind.QUOTER, SourceKind.PANDADOC, SourceKind.STRIPE)
    object.__setattr__(tool, "_now", (lambda: clock().timestamp()) if epoch else clock)
    assert isinstance(tool, Polled)

    pages = list(tool.poll(NOON - timedelta(hours=1)))

    marks = [page.watermark for page in pages if page.watermark is not None]
    assert marks
    assert max(marks) <= NOON
