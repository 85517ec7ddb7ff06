"""The web process's doors over real HTTP, and a sender who signs."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from standardwebhooks import Webhook

from events.connections import SourceConnection
from events.reading import Reader
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from workers.web.app import create_app
from workers.web.intake import Bounds
from workers.web.serve import listen, make_server

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
BEARER = "let-me-in"
CONNECTIONS: Mapping[str, SourceConnection] = {
    "crm": SourceConnection("crm", secrets=(SECRET,), marketplaces=("pax8",), owner="dana"),
    "shop": SourceConnection("shop", secrets=(f"bearer:{BEARER}",), marketplaces=("pax8",), owner="dana"),
}
ANNOUNCING: Mapping[str, str] = {"pax8": "pax8 calling"}


@contextmanager
def a_database(url: str) -> Iterator[Database]:
    database = Database(make_engine(url), Cipher([new_key()]))
    try:
        yield database
    finally:
        database.close()


@contextmanager
def served(
    database: Database, bounds: Bounds | None = None, secrets: Mapping[str, str] = ANNOUNCING
) -> Iterator[httpx.Client]:
    """A client of the doors, on a free port of the loopback address."""
    app = create_app(database, CONNECTIONS, bounds=bounds, marketplace_secrets=secrets)
    with listen("127.0.0.1", 0) as listener:
        server = make_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        limits = httpx.Limits(max_connections=64)
        try:
            with httpx.Client(base_url=address, timeout=30, limits=limits, trust_env=False) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


def body(quote_id: str = "Q-1", **changes: Any) -> bytes:
    """An acceptance. `changes` are of the quote's head, but for `type`, `customer`, `lines`, `quantity`."""
    line = {"id": "1", "sku": "SEAT", "quantity": changes.pop("quantity", 1)}
    kind = changes.pop("type", "quote.accepted")
    lines = changes.pop("lines", [line])
    customer = changes.pop("customer", {"name": "Contoso", "contacts": [{"email": "dana@contoso.example"}]})
    head = {"id": quote_id, "revision": "1", "accepted_at": "2026-11-20T10:00:00Z", **changes}
    return json.dumps({"type": kind, "data": {"quote": head, "customer": customer, "lines": lines}}).encode()


def signed(
    content: bytes, delivery: str = "m-1", *, secret: str = SECRET, age: timedelta = timedelta()
) -> dict[str, str]:
    moment = datetime.now(UTC) - age
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery, moment, content.decode()),
    }


def send(client: httpx.Client, content: bytes, delivery: str = "m-1") -> httpx.Response:
    return client.post("/in/crm", content=content, headers=signed(content, delivery))


def reader(database: Database) -> Reader:
    return Reader(database, CONNECTIONS)
