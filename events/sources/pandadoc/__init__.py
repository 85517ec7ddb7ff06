"""
PandaDoc: arrays of events, signed in the query; documents re-read with an API key.

A document that was completed is accepted, also once it was paid. Where a plan takes payments and an order shall wait
for it, `accepted` of the connection is `document.paid` alone.
"""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.access import ensure
from events.sources.keyring import KeyRing
from events.sources.pandadoc.source import PandaDoc
from pipeline.marketplaces.transport import Connections


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> PandaDoc:
    """
    The API key is the client secret. Without a shared key in the secrets, which the first registration gives, nothing
    that is pushed is genuine. Raises BadAccess.
    """
    ensure(connection, ("client_secret",))
    return PandaDoc(connection, connections, keys)
