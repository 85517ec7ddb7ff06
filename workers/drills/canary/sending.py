"""How the world speaks to the house: signed events, operators' calls, and a receiver of its notices."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import httpx
from standardwebhooks import Webhook

from workers.drills.canary.plants import Secrets
from workers.drills.quotes import Json

_PATIENCE, _PAUSE = 20, 0.1


@dataclass
class World:
    """`web` gives the address that takes requests now. `troubled` are deliveries that were not taken, with why."""

    web: Callable[[], str]
    secrets: Secrets
    client: httpx.Client
    troubled: list[str] = field(default_factory=list)
    sent: int = 0

    def accept(self, quote: Json) -> None:
        """An accepted quote, signed."""
        body = json.dumps({"type": "quote.accepted", "timestamp": _stamp(), "data": quote}).encode()
        self.sent += 1
        try:
            answer = self.client.post(f"{self.web()}/in/crm", content=body, headers=signed(self.secrets.signing, body))
        except httpx.HTTPError as error:
            self.troubled.append(type(error).__name__)
            return
        if answer.status_code != 202:
            self.troubled.append(f"{answer.status_code} {answer.text[:200]}")

    def genuine(self, body: bytes) -> httpx.Response:
        """Anything, over the connection that has a static secret."""
        return self.client.post(f"{self.web()}/in/shop", content=body, headers=_bearer(self.secrets.bearer))

    def get(self, path: str) -> Any:
        return self._whole(self.client.get(f"{self.web()}{path}", headers=_bearer(self.secrets.viewer)))

    def act(self, ref: str, name: str, **body: Any) -> Any:
        """An act upon the order as it is now; looked at again, as a person does, when it has moved meanwhile."""
        tries = 0
        while (answer := self._try(ref, name, body)).status_code == 409 and tries < _PATIENCE:
            tries += 1
            time.sleep(_PAUSE)
        return self._whole(answer)

    def link(self, ref: str, **wanted: Any) -> str:
        """The address of a link for a customer's contact."""
        headers = _bearer(self.secrets.operator)
        answer = self.client.post(f"{self.web()}/api/orders/{ref}/links", json=wanted, headers=headers)
        return str(self._whole(answer)["url"])

    def fill(self, url: str, given: Mapping[str, str]) -> None:
        """Sends the form behind a link."""
        answer = self.client.post(f"{self.web()}{httpx.URL(url).path}", data=dict(given))
        if answer.status_code != 303:
            raise ValueError(f"POST of a link: {answer.status_code} {answer.text[:500]}")

    def _try(self, ref: str, name: str, body: Json) -> httpx.Response:
        whole = {"version": self.get(f"/api/orders/{ref}")["version"], **body}
        headers = _bearer(self.secrets.approver)
        return self.client.post(f"{self.web()}/api/orders/{ref}/{name}", json=whole, headers=headers)

    def orders(self, quote: Json) -> list[Json]:
        items: list[Json] = self.get(f"/api/orders?quote={quote['quote']['id']}")["items"]
        return items

    def _whole(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            raise ValueError(f"{answer.request.method} {answer.request.url.path}: {answer.text[:500]}")
        return answer.json()


def signed(secret: str, body: bytes, key: str | None = None) -> dict[str, str]:
    """The headers of a Standard Webhook."""
    key, now = key or f"msg_{uuid4().hex}", datetime.now(UTC)
    return {
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(key, now, body.decode()),
    }


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _stamp() -> str:
    return datetime.now(UTC).isoformat()


class _Hook(BaseHTTPRequestHandler):
    """Takes notices, every third one only when it comes again."""

    taken = 0
    lock = threading.Lock()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        with self.lock:
            type(self).taken += 1
            refused = self.taken % 3 == 0
        self.send_response(503 if refused else 204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: the house's logs are what is looked through."""


@contextmanager
def receiver() -> Iterator[str]:
    """Where notices go to; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    thread = threading.Thread(target=server.serve_forever, name="notices", daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
