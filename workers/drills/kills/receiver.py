"""Somebody who takes the notices, and remembers what came under each id."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_bm90aWNlcy1vZi1hLWRyaWxsLW9mLWtpbGxz"  # noqa: S105 - signs what a drill sends to itself


@dataclass
class Received:
    """`contents` are the digests of what came under each id; `told` the types by order ref; `forged` bad signatures."""

    url: str = ""
    contents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    told: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counts: Counter[str] = field(default_factory=Counter)
    forged: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def differing(self) -> list[str]:
        with self._lock:
            return [one for one, contents in self.contents.items() if len(contents) > 1]

    def take(self, headers: dict[str, str], body: bytes) -> None:
        with self._lock:
            try:
                message = Webhook(SECRET).verify(body.decode(), headers)
            except WebhookVerificationError:
                self.forged += 1
                return
            self.contents[headers["webhook-id"]].add(hashlib.sha256(body).hexdigest())
            self.counts[headers["webhook-id"]] += 1
            self.told[message["data"].get("ref", "")].add(message["type"])

    @property
    def repeated(self) -> int:
        """Notices that came more than once."""
        return sum(number > 1 for number in self.counts.values())


class _Handler(BaseHTTPRequestHandler):
    received: Received

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.take({name.lower(): value for name, value in self.headers.items()}, body)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """Whoever sends is killed in the middle of it: that is what happens here."""


@contextmanager
def receiver() -> Iterator[Received]:
    received = Received()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"received": received}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="notices")
    thread.start()
    received.url = f"http://127.0.0.1:{server.server_port}/notices"
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
