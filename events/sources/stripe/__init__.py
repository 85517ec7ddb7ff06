"""
Stripe: events signed with a time, quotes re-read with a secret or restricted key.

`whsec_` means another key here than in Standard Webhooks: the whole text, prefix and all, is the key.
"""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.access import ensure
from events.sources.keyring import KeyRing
from events.sources.stripe.source import Stripe
from pipeline.marketplaces.transport import Connections


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> Stripe:
    """
    The API key is the client secret. Without the endpoint's signing secret in the secrets, which registration tells
    once, nothing that is pushed is genuine. Raises BadAccess.
    """
    ensure(connection, ("client_secret",))
    return Stripe(connection, connections, keys)
