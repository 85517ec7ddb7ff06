"""Autotask: ticket events by webhook, their charges or the quote behind them, a poll below, and notes on tickets."""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.access import ensure
from events.sources.autotask.session import Session
from events.sources.autotask.tool import Autotask
from events.sources.keyring import KeyRing
from pipeline.marketplaces.transport import Connections

__all__ = ["Autotask", "make"]


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> Autotask:
    """
    Needs the zone's address, the integration code (client id), the API user and its secret. Raises BadAccess.

    `secrets` are the SecretKeys of the webhook, all live at once; without any, every webhook is refused. `accepted` are
    the ticket statuses, by name or number, that say that a quote was accepted; without any, nothing ever was.
    """
    ensure(connection, ("base_url", "client_id", "username", "password"))
    return Autotask(connection, Session(connection, connections), keys)
