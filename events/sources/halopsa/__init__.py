"""HaloPSA: quotations and sales orders, ticket events by webhook, a poll below them, and notes on tickets."""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.access import ensure
from events.sources.halopsa.session import Session
from events.sources.halopsa.tool import HaloPsa
from events.sources.keyring import KeyRing
from pipeline.marketplaces.transport import Connections

__all__ = ["HaloPsa", "make"]


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> HaloPsa:
    """
    Needs the address, client id and client secret. Raises BadAccess.

    `secrets` are `bearer:TOKEN` or `basic:USER:PASSWORD`, all live at once; without any, every webhook is refused.
    """
    ensure(connection, ("base_url", "client_id", "client_secret"))
    return HaloPsa(connection, Session(connection, connections), keys)
