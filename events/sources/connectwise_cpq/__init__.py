"""ConnectWise CPQ (once Sell): polled quotes, which join to the PSA by their opportunity."""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.access import ensure
from events.sources.before import Before, Standing
from events.sources.beginning import Beginning
from events.sources.client import ToolClient
from events.sources.connectwise_cpq.api import CpqApi
from events.sources.connectwise_cpq.tool import ConnectWiseCpq
from events.sources.keyring import KeyRing
from pipeline.marketplaces.transport import Connections

__all__ = ["ConnectWiseCpq", "make"]

BASE_URL = "https://sellapi.quosalsell.com"


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> ConnectWiseCpq:
    """
    Needs the access key in `tenant`, the public and the private key in `username` and `password`. Options: `crm`,
    `optional_tabs`, `undated` (see `reading` and `lines`). Raises BadAccess.
    """
    ensure(connection, ("tenant", "username", "password"))
    names = [connection.variable(each) for each in ("TENANT", "USERNAME", "PASSWORD")]
    settings = f"{names[0]}, {names[1]} and {names[2]}"
    client = ToolClient(
        "ConnectWise CPQ", connection.access.base_url.strip() or BASE_URL, connections, settings=settings
    )
    beginning = Beginning(connection.name, keys)
    # Its lists leave out what is archived and all but a quote's newest version.
    before = Before(connection.name, keys, beginning, complete=False)
    standing = Standing(connection.name, keys)
    return ConnectWiseCpq(connection, CpqApi(client, connection.access), beginning, before, standing)
