"""Quotes of Pax8 itself: polled, and the only ones that name the marketplace's products."""

from __future__ import annotations

import re

from events.connections import SourceConnection
from events.sources.access import BadAccess, ensure
from events.sources.beginning import Beginning
from events.sources.client import ToolClient
from events.sources.keyring import KeyRing
from events.sources.pax8_quotes.changed import OPTION, Meaning, meaning
from events.sources.pax8_quotes.login import Login
from events.sources.pax8_quotes.tool import TITLE, Pax8Quotes
from pipeline.marketplaces.transport import Connections

__all__ = ["Pax8Quotes", "make"]

BASE_URL = "https://api.pax8.com"
AUDIENCE = "https://api.pax8.com"
_VERSION = re.compile(r"/v\d+/?$")


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> Pax8Quotes:
    """
    Options: `audience` and `token_url` of the login, `one_year_term` (see `terms`), `change_quantity` (see `changed`).
    A base address is taken with or without its version. Raises BadAccess.
    """
    ensure(connection, ("client_id", "client_secret"))
    access = connection.access
    _ensure_meaning(connection)
    base_url = _VERSION.sub("", access.base_url.strip() or BASE_URL).rstrip("/")
    settings = f"{connection.variable('CLIENT_ID')} and {connection.variable('CLIENT_SECRET')}"
    token_url = access.options.get("token_url", "").strip() or f"{base_url}/v1/token"
    audience = access.options.get("audience", "").strip() or AUDIENCE
    login = Login(ToolClient(TITLE, token_url, connections, settings=settings), access, audience)
    return Pax8Quotes(
        connection, ToolClient(TITLE, base_url, connections, settings=settings), login, Beginning(connection.name, keys)
    )


def _ensure_meaning(connection: SourceConnection) -> None:
    try:
        meaning(connection.access.options)
    except ValueError:
        words = " or ".join(Meaning)
        raise BadAccess(f"{connection.variable('OPTIONS')} has no such {OPTION}: it is {words}.") from None
