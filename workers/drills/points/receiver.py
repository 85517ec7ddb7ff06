"""Somebody who is told: takes the notices of all runs and keeps what came, by id."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Told:
    """One notice's id: what it told of which order, and each content that came with it."""

    kind: str
    ref: str
    contents: set[bytes] = field(default_factory=set)
    times: int = 0


class Receiver:
    """Thread-safe. A notice may come more often than once, with the same content each time."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._told: dict[str, Told] = {}
        self._refused: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def take(self, notice_id: str, content: bytes) -> int:
        """The status to answer with."""
        body = json.loads(content)
        # What is told of a source connection names no order.
        kind, ref, quote = str(body["type"]), *(str(body["data"].get(name, "")) for name in ("ref", "quote_id"))
        with self._lock:
            if self._refused[quote] > 0:
                self._refused[quote] -= 1
                return 500
            told = self._told.setdefault(notice_id, Told(kind, ref))
            told.contents.add(content)
            told.times += 1
        return 204

    def refuse(self, quote_id: str, times: int) -> None:
        """The next notices of this quote's orders are answered 500."""
        with self._lock:
            self._refused[quote_id] = times

    def of(self, refs: set[str]) -> dict[str, Told]:
        """What was told of these orders, by notice id."""
        with self._lock:
            return {each: told for each, told in self._told.items() if told.ref in refs}


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver behind HTTP, on a port of its own."""
    made: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(made[0].take(self.headers["webhook-id"], content))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing: what came is what is looked at."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    made.append(Receiver(f"http://127.0.0.1:{server.server_address[1]}/"))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made[0]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
