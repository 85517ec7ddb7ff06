"""Kaseya Quote Manager (once Datto Commerce): polled sales orders, which join to Autotask by quote and opportunity."""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.access import BadAccess, ensure
from events.sources.before import Before
from events.sources.beginning import Beginning
from events.sources.client import ToolClient
from events.sources.kaseya_quote_manager.api import KaseyaApi
from events.sources.kaseya_quote_manager.orders import OrdersOfQuotes
from events.sources.kaseya_quote_manager.pace import CALLS_A_MINUTE, MOST_A_MINUTE, Pace
from events.sources.kaseya_quote_manager.tool import KaseyaQuoteManager
from events.sources.keyring import KeyRing
from pipeline.marketplaces.transport import Connections

__all__ = ["KaseyaQuoteManager", "make"]

BASE_URL = "https://api.kaseyaquotemanager.com"
TITLE = "Kaseya Quote Manager"


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> KaseyaQuoteManager:
    """
    Needs the API key in `client_secret`. Options: `calls_per_minute`, and `recurring_type_N`, `recurring_unit`,
    `currency` (see `lines`). Raises BadAccess.
    """
    ensure(connection, ("client_secret",))
    access = connection.access
    client = ToolClient(
        TITLE,
        access.base_url.strip().rstrip("/").removesuffix("/v1") or BASE_URL,
        connections,
        settings=connection.variable("CLIENT_SECRET"),
    )
    api = KaseyaApi(client, access, Pace(TITLE, _calls_a_minute(connection)))
    beginning = Beginning(connection.name, keys)
    before, orders = Before(connection.name, keys, beginning), OrdersOfQuotes(connection.name, keys, api)
    return KaseyaQuoteManager(connection, api, beginning, before, orders)


def _calls_a_minute(connection: SourceConnection) -> int:
    told = connection.access.options.get("calls_per_minute", "").strip()
    if not told:
        return CALLS_A_MINUTE
    if not told.isascii() or not told.isdecimal() or not 1 <= int(told[:4]) <= MOST_A_MINUTE:
        raise BadAccess(
            f"The option calls_per_minute of {connection.name} must be a whole number from 1 to {MOST_A_MINUTE}."
        )
    return int(told)
