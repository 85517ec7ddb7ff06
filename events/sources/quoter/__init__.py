"""
Quoter: form posts signed by MD5 with a hash key, quotes re-read with an API key's token.

What its documentation leaves open stands as a constant in `words` and as an option of the connection.
"""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.access import BadAccess, ensure
from events.sources.keyring import KeyRing
from events.sources.quoter.source import Quoter
from pipeline.marketplaces.transport import Connections


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> Quoter:
    """Raises BadAccess: the hash key is optional in Quoter and not here."""
    if not any(connection.secrets):
        raise BadAccess(
            f"{connection.variable('SECRETS')} is missing: set a hash key on Quoter's webhook and put the same here. "
            "Without one anybody could send."
        )
    ensure(connection, ("client_id", "client_secret"))
    return Quoter(connection, connections, keys)
