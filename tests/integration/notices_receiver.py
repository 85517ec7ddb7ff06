"""A real HTTP server on loopback that takes notices, and answers them as a test says."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG, DRIP, CLOSE = "hang", "drip", "close"


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are given in turn, the last one for ever: a status with headers, or HANG, DRIP or CLOSE."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]] | str] = field(default_factory=lambda: [(200, {})])
    received: list[Received] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def take(self, received: Received) -> tuple[int, dict[str, str]] | str:
        self.received.append(received)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        match self.receiver.take(Received(self.path, headers, body)):
            case "hang":
                self.receiver.over.wait()
            case "drip":
                self._drip()
            case (status, more):
                self.send_response(int(status))
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()
            case _:
                self.close_connection = True

    def _drip(self) -> None:
        """A byte of a header at a time: no single read ever waits long."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        while not self.receiver.over.wait(0.02):
            try:
                self.wfile.write(b"a")
            except OSError:
                return

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    state = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": state}))
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: state.names.append(name)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        state.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
