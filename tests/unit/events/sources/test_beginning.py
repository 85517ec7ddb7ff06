"""A connection's first poll that breaks off: what is accepted until the next one is not of before the connection."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.kaseya_quote_manager import make as make_kaseya
from events.sources.kaseya_quote_manager.simulator import SimulatedKaseya, line
from events.sources.keyring import MemoryKeyRing
from events.sources.mishaps import Mishap, Mishaps
from events.sources.quoter.simulator import QuoterSimulator
from events.sources.quoter.source import Quoter
from events.sources.tool import Polled, ToolFault
from pipeline.domain.offered import OfferedQuote
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.polled import NOON, Turning, nudges

WEEK = timedelta(days=7)


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


@pytest.mark.parametrize("make", [kaseya, quoter], ids=lambda each: each.__name__)
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
