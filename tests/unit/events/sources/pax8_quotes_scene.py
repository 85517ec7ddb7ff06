"""A partner's quotes at a simulated Pax8, and the tool that reads them."""

from typing import Any

import httpx
from pydantic import SecretStr

from events.connections import SourceConnection, SourceKind, ToolAccess
from events.sources.keyring import MemoryKeyRing
from events.sources.pax8_quotes import make
from events.sources.pax8_quotes.simulator import SimulatedPax8Quotes, line
from events.sources.tool import Found
from pipeline.domain.offered import OfferedLine, OfferedQuote
from pipeline.marketplaces.transport import Connections
from tests.unit.events.sources.polled import Turning

PRODUCT = "1c5f0bb6-6f0c-4d0e-8a56-2a1cb0f5b7a1"


class Scene:
    def __init__(self, access: ToolAccess | None = None) -> None:
        self.clock = Turning()
        self.pax8 = SimulatedPax8Quotes(now=self.clock)
        self.connection = connection(access)
        self.tool = make(self.connection, Connections(httpx.MockTransport(self.pax8)), MemoryKeyRing())
        self.tool._now = self.clock

    def accepted(self, *lines: dict[str, Any], **fields: Any) -> str:
        quote_id = self.pax8.send(list(lines) or [line(1, PRODUCT)], **fields)
        self.pax8.accept(quote_id)
        return quote_id

    def found(self, quote_id: str) -> Found:
        (found,) = self.tool.look_up({"quote": quote_id})
        return found

    def offered(self, *lines: dict[str, Any], **fields: Any) -> OfferedQuote:
        found = self.found(self.accepted(*lines, **fields))
        assert isinstance(found, OfferedQuote)
        return found


def connection(access: ToolAccess | None = None) -> SourceConnection:
    given_access = access or ToolAccess(client_id="id", client_secret=SecretStr("secret"))
    return SourceConnection("quotes", SourceKind.PAX8_QUOTES, marketplaces=("pax8",), access=given_access)


def access(**fields: Any) -> ToolAccess:
    return ToolAccess(client_id="id", client_secret=SecretStr("secret"), **fields)


def only_line(quote: OfferedQuote) -> OfferedLine:
    (found,) = quote.lines
    return found
