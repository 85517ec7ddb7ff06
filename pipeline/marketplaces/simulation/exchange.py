"""One call and its reply, free of any HTTP library, and how both look to httpx in the same process."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

import httpx

JSON_TYPE = "application/json"


class Wire(StrEnum):
    """What the connection does with a reply. Only `WHOLE` and `DRIP` let all of it arrive."""

    WHOLE = "whole"
    DRIP = "drip"  # one byte at a time, `Reply.pause` seconds between two
    HALF = "half"  # the full length announced, half of the body sent, closed
    CLOSE = "close"  # closed in good order without a byte
    RESET = "reset"
    HANG = "hang"
    REFUSE = "refuse"  # in process: no connection; a server that is already connected resets


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `path` decoded and without its query; names of `headers` in small letters."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def to(cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> "Call":
        path, _, query = target.partition("?")
        pairs = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        return cls(method, unquote(path) if "%" in path else path, pairs, headers or {}, body)

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")


@dataclass(frozen=True, slots=True)
class Reply:
    """`wait` is seconds between the reply being made and its first byte; `pause` those between two dripped bytes."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    wire: Wire = Wire.WHOLE
    wait: float = 0.0
    pause: float = 0.0

    @classmethod
    def json(cls, status: int, content: Any) -> "Reply":
        return cls(status, b"" if content is None else json.dumps(content, separators=(",", ":")).encode())

    def content(self) -> dict[str, Any]:
        """The body's object; an empty one where the body is none."""
        content = json.loads(self.body) if self.body else {}
        return content if isinstance(content, dict) else {}

    def with_json(self, content: Any) -> "Reply":
        return replace(self, body=json.dumps(content, separators=(",", ":")).encode())


@dataclass(slots=True)
class Exchange:
    """A call that has arrived and not been carried out yet; `wait` is for how many seconds."""

    call: Call
    wait: float
    plan: Any


class Simulator(Protocol):
    """What the server and the in-process transport need. Every method may be called from any thread.

    The wait between `arrive` and `carry_out`, and `Reply.wait`, are the caller's to sleep, outside of any lock.
    `leave` is called exactly once per exchange, when its client has its answer or has gone.
    """

    def arrive(self, call: Call) -> Exchange: ...

    def carry_out(self, exchange: Exchange) -> Reply: ...

    def leave(self, exchange: Exchange) -> None: ...

    def control(self, call: Call) -> Reply:
        """The steering wheel, served under `/_sim/`: no part of the marketplace's contract."""
        ...


class _Bytewise(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return (self._body[at : at + 1] for at in range(len(self._body)))

    async def __aiter__(self) -> Any:
        for piece in self:
            yield piece


def answer_in_process(simulator: Simulator, request: httpx.Request) -> httpx.Response:
    """Answer without a socket and without sleeping: waits longer than the client's read time-out become that time-out.

    Raises the `httpx` error that the client would see where there is no answer: `ReadTimeout`, `ReadError`,
    `RemoteProtocolError`, `ConnectError`.
    """
    target = request.url.raw_path.decode("ascii")
    call = Call.to(request.method, target, dict(request.headers), request.content)
    exchange = simulator.arrive(call)
    try:
        reply = simulator.carry_out(exchange)
    finally:
        simulator.leave(exchange)
    allowed = request.extensions.get("timeout", {}).get("read")
    if allowed is not None and exchange.wait + reply.wait > allowed:
        raise httpx.ReadTimeout("The read operation timed out", request=request)
    return _received(reply, request)


def _received(reply: Reply, request: httpx.Request) -> httpx.Response:
    headers = [("content-type", reply.content_type), ("content-length", str(len(reply.body))), *reply.headers]
    match reply.wire:
        case Wire.WHOLE:
            return httpx.Response(reply.status, headers=headers, content=reply.body, request=request)
        case Wire.DRIP:
            return httpx.Response(reply.status, headers=headers, stream=_Bytewise(reply.body), request=request)
        case Wire.HALF:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        case Wire.CLOSE:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        case Wire.RESET:
            raise httpx.ReadError("[Errno 104] Connection reset by peer")
        case Wire.HANG:
            raise httpx.ReadTimeout("The read operation timed out")
        case Wire.REFUSE:
            raise httpx.ConnectError("[Errno 111] Connection refused")
