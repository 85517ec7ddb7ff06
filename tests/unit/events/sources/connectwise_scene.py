"""A tenant of a simulated ConnectWise PSA, and the tool that hears of it and reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.connectwise import ConnectWise
from events.sources.connectwise.simulator import ConnectWiseSimulator, Delivery
from events.sources.connectwise.simulator.simulator import CLIENT_ID
from events.sources.keyring import MemoryKeyRing
from events.sources.tool import Found, Nudge
from pipeline.domain.offered import OfferedLine, OfferedQuote
from pipeline.marketplaces.transport import Connections

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOOR = "https://quoteway.example/in/psa"


class Turning:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **units: float) -> None:
        self.time += timedelta(**units)


def access(**changes: Any) -> ToolAccess:
    usual = ToolAccess(
        base_url="https://psa.example",
        tenant="acme",
        client_id=CLIENT_ID,
        username="public",
        password=SecretStr("private"),
        options={"member": "Quoteway"},
    )
    return replace(usual, **changes)


def connection(given: ToolAccess | None = None) -> SourceConnection:
    return SourceConnection("psa", SourceKind.CONNECTWISE, zone=ZoneInfo("America/Denver"), access=given or access())


class Scene:
    """Contoso has an opportunity over ten licences of one product."""

    def __init__(self, given: ToolAccess | None = None, ring: MemoryKeyRing | None = None, **options: str) -> None:
        given = given or access()
        given = replace(given, options={**given.options, **options})
        self.clock = Turning()
        self.psa = ConnectWiseSimulator(clock=self.clock)
        self.keys = ring or MemoryKeyRing()
        connections = Connections(httpx.MockTransport(self.psa))
        self.tool = ConnectWise(connection(given), connections, self.keys, self.clock)
        self.contact = self.psa.contact("Dana", "Reyes", "dana@contoso.example", "+1 555 0100")
        self.company = self.psa.company("Contoso Ltd", addressLine1="1 Main St", city="Denver", zip="80202")
        self.item = self.psa.item("M365-E3", vendorSku="CFQ7", integrationXRef="X-1", manufacturerPartNumber="MS-E3")
        self.opportunity = self.psa.opportunity(self.company, [self.psa.line(self.item, 10)])

    def look_up(self, number: int | None = None) -> Sequence[Found]:
        return self.tool.look_up({"opportunity": str(number or self.opportunity)})

    def won(self, *lines: Mapping[str, Any], **more: Any) -> OfferedQuote:
        """What the tool makes of an opportunity over these lines that was won."""
        number = self.psa.opportunity(self.company, [dict(one) for one in lines], **more)
        self.psa.win(number)
        [found] = self.look_up(number)
        assert isinstance(found, OfferedQuote), found
        return found

    def line(self, **row: Any) -> OfferedLine:
        """What becomes of a product's row; another one is there that can be ordered."""
        other = self.psa.line(self.item, 1)
        lines = self.won({**self.psa.line(self.item, 3), **row}, other).lines
        assert len(lines) == 2
        return lines[0]

    def delivery(self, kind: str = "opportunity", by: str = "Dispatcher") -> Delivery:
        return self.psa.world.delivery(kind, self.opportunity, by=by)

    def poll(self, since: datetime | None) -> tuple[list[Nudge], datetime | None]:
        pages = list(self.tool.poll(since))
        assert all(page.watermark is None for page in pages[:-1])
        return [nudge for page in pages for nudge in page.nudges], pages[-1].watermark
