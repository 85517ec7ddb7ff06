"""A connection's first poll that breaks off: what is accepted until the next one is not of before the connection."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.beginning import Beginning
from events.sources.kaseya_quote_manager import make as make_kaseya
from events.sources.kaseya_quote_manager.simulator import SimulatedKaseya, line
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap, Mishaps
from events.sources.pandadoc.simulator import PandaDocSimulator
from events.sources.pandadoc.source import PandaDoc
from events.sources.quoter.simulator import QuoterSimulator
from events.sources.quoter.source import Quoter
from events.sources.stripe.simulator import StripeSimulator
from events.sources.stripe.source import Stripe
from events.sources.tool import NotAccepted, Polled, ToolFault
from pipeline.domain.customer import Customer
from pipeline.domain.offered import OfferedLine, OfferedQuote
from pipeline.domain.quote import QuoteKey
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.polled import NOON, Turning, nudges

DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass
class Scene:
    """`accept` accepts a quote at an instant that the tool tells."""

    tool: Polled
    clock: Turning
    mishaps: Mishaps
    accept: Callable[[], object]


def kaseya() -> Scene:
    clock = Turning()
    far = SimulatedKaseya(now=clock)
    access = ToolAccess(client_secret=SecretStr("key"))
    connection = SourceConnection("kqm", SourceKind.KASEYA_QUOTE_MANAGER, marketplaces=("pax8",), access=access)
    tool = make_kaseya(connection, Connections(httpx.MockTransport(far)), MemoryKeyRing())
    tool._now = clock
    tool._api._pace._clock = lambda: clock().timestamp()
    return Scene(tool, clock, far.mishaps, lambda: far.accept(far.quote(), [line(far.sell("P-1"))]))


def quoter() -> Scene:
    clock = Turning()
    far = QuoterSimulator(now=lambda: clock().timestamp())
    access = ToolAccess(client_id=far.client_id, client_secret=SecretStr(far.client_secret))
    connection = SourceConnection("quoter", SourceKind.QUOTER, secrets=(far.hash_key,), access=access)
    tool = Quoter(
        connection,
        Connections(httpx.MockTransport(far)),
        MemoryKeyRing(),
        now=lambda: clock().timestamp(),
        clock=lambda: clock().timestamp(),
    )
    lines = [{"name": "Backup", "quantity": "2"}]

    def accept() -> object:
        return far.quote(f"quot_{clock():%d}", lines, status="won", accepted_at=clock().isoformat())

    return Scene(tool, clock, far.mishaps, accept)


def stripe() -> Scene:
    clock = Turning()
    far = StripeSimulator(now=lambda: clock().timestamp())
    access = ToolAccess(client_secret=SecretStr(far.api_key))
    connection = SourceConnection("stripe", SourceKind.STRIPE, access=access)
    connections = Connections(httpx.MockTransport(far))
    tool = Stripe(connection, connections, MemoryKeyRing(), now=lambda: clock().timestamp())

    def accept() -> object:
        far.quote(f"qt_{clock():%d}", [{"quantity": 2}])
        return far.accept(f"qt_{clock():%d}")

    return Scene(tool, clock, far.mishaps, accept)


def pandadoc() -> Scene:
    clock = Turning()
    far = PandaDocSimulator(now=lambda: clock().timestamp())
    access = ToolAccess(client_secret=SecretStr(far.api_key))
    connection = SourceConnection("pandadoc", SourceKind.PANDADOC, access=access)
    connections = Connections(httpx.MockTransport(far))
    tool = PandaDoc(connection, connections, MemoryKeyRing(), now=lambda: clock().timestamp())
    pricing = {"tables": [{"currency": "EUR", "items": [{"id": "i1", "sku": "M365-E3", "qty": "10"}]}]}

    def accept() -> object:
        far.document(f"doc{clock():%d}", pricing)
        return far.complete(f"doc{clock():%d}")

    return Scene(tool, clock, far.mishaps, accept)


@pytest.mark.parametrize("make", [kaseya, quoter, stripe, pandadoc], ids=lambda each: each.__name__)
def test_what_was_accepted_between_a_first_poll_that_broke_off_and_the_next_is_found(make: Callable[[], Scene]) -> None:
    scene = make()
    scene.clock.time = NOON - WEEK
    scene.accept()
    scene.clock.time = NOON
    scene.mishaps.add(Mishap.BROKEN)
    with pytest.raises(ToolFault):
        list(scene.tool.poll(None))
    scene.clock.turn(days=2)
    scene.accept()
    scene.clock.turn(days=5)

    found = [one for nudge in nudges(list(scene.tool.poll(None))) for one in scene.tool.look_up(nudge.content)]

    assert [one.accepted_at for one in found if isinstance(one, OfferedQuote)] == [NOON + timedelta(days=2)]


@pytest.mark.parametrize(
    ("accepted_at", "kind", "asks"),
    [
        pytest.param(NOON, OfferedQuote, False, id="since"),
        pytest.param(None, OfferedQuote, False, id="undated"),
        pytest.param(NOON.replace(hour=0), OfferedQuote, True, id="the day on which it began"),
        pytest.param(
            NOON.replace(hour=0) - timedelta(days=1), OfferedQuote, True, id="a day that ends later elsewhere"
        ),
        pytest.param(NOON.replace(hour=0) - 2 * DAY, NotAccepted, False, id="two days before"),
        pytest.param(NOON - timedelta(hours=2), NotAccepted, False, id="an hour before"),
    ],
)
def test_what_may_be_of_before_is_asked_about_and_what_surely_is_stays_old(
    accepted_at: datetime | None, kind: type, asks: bool
) -> None:
    beginning = Beginning("tool", MemoryKeyRing())
    beginning.mark(NOON - timedelta(hours=1))
    line = OfferedLine(id="1", quantity="1", held="its own reason")
    key = QuoteKey(system="tool", id="1")

    found = beginning.of(OfferedQuote(key=key, customer=Customer(), lines=(line,), accepted_at=accepted_at))

    assert isinstance(found, kind)
    if isinstance(found, OfferedQuote):
        assert ("before this connection began" in found.lines[0].held) is asks
        assert "its own reason" in found.lines[0].held
