"""Any simulator behind HTTP/1.1 with keep-alive, and with the socket behaviour that its faults ask for."""

import asyncio
import signal
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from typing import Self, cast

import httptools

from pipeline.marketplaces.simulation.exchange import Call, Exchange, Reply, Simulator, Wire

CONTROL = "/_sim/"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_NO_BODY = frozenset({204, 304})


def encoded(reply: Reply) -> tuple[bytes, bytes]:
    """Head and body as they go over the wire."""
    lines = [f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Unknown')}", f"date: {formatdate(usegmt=True)}"]
    if reply.status not in _NO_BODY:
        lines += [f"content-type: {reply.content_type}", f"content-length: {len(reply.body)}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), reply.body if reply.status not in _NO_BODY else b""


class _Connection(asyncio.Protocol):
    """One client. Calls on it are carried out one after the other, as they came; a client that goes stops nothing."""

    def __init__(self, simulator: Simulator, open_connections: "set[_Connection]") -> None:
        self._simulator = simulator
        self._open = open_connections
        self._waiting: deque[tuple[Call, bool]] = deque()
        self._busy: asyncio.Task[None] | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._gone = asyncio.Event()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # what a listening TCP socket gives
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._gone.set()
        self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._send(Reply(400), keep=False)

    def abort(self) -> None:
        self._transport.abort()

    def on_message_begin(self) -> None:
        self._target, self._body = b"", b""
        self._headers: dict[str, str] = {}

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method, target = self._parser.get_method().decode(), self._target.decode("latin-1")
        call = Call.to(method, target, self._headers, self._body)
        self._waiting.append((call, self._parser.should_keep_alive()))
        if self._busy is None:
            self._work()

    def _work(self) -> None:
        while self._waiting and self._busy is None:
            call, keep = self._waiting.popleft()
            if call.path.startswith(CONTROL):
                self._send(self._simulator.control(call), keep)
                continue
            exchange = self._simulator.arrive(call)
            if exchange.wait <= 0 and self._at_once(exchange, keep):
                continue
            if self._busy is None:
                self._busy = asyncio.ensure_future(self._later(exchange, None, keep))

    def _at_once(self, exchange: Exchange, keep: bool) -> bool:
        reply = self._simulator.carry_out(exchange)
        if reply.wire is Wire.WHOLE and reply.wait <= 0:
            self._send(reply, keep)
            self._simulator.leave(exchange)
            return True
        self._busy = asyncio.ensure_future(self._later(exchange, reply, keep))
        return False

    async def _later(self, exchange: Exchange, reply: Reply | None, keep: bool) -> None:
        try:
            if reply is None:
                await asyncio.sleep(exchange.wait)
                reply = self._simulator.carry_out(exchange)
            await asyncio.sleep(reply.wait if reply.wire is not Wire.HANG else 0)
            await self._deliver(reply, keep)
        finally:
            self._simulator.leave(exchange)
            self._busy = None
        self._work()

    async def _deliver(self, reply: Reply, keep: bool) -> None:
        match reply.wire:
            case Wire.WHOLE:
                self._send(reply, keep)
            case Wire.HANG:
                await self._hang(reply.wait)
            case Wire.DRIP:
                await self._drip(reply, keep)
            case Wire.HALF:
                head, body = encoded(reply)
                self._write(head + body[: len(body) // 2], keep=False)
            case Wire.CLOSE:
                self._transport.close()
            case Wire.RESET | Wire.REFUSE:
                self._reset()

    async def _hang(self, seconds: float) -> None:
        """Silence until the client goes, or for `seconds` if there are any; then the connection breaks."""
        try:
            await asyncio.wait_for(self._gone.wait(), seconds or None)
        except TimeoutError:
            self._reset()

    async def _drip(self, reply: Reply, keep: bool) -> None:
        head, body = encoded(reply)
        for at in range(len(everything := head + body)):
            if self._gone.is_set():
                return
            self._transport.write(everything[at : at + 1])
            await asyncio.sleep(reply.pause)
        if not keep:
            self._transport.close()

    def _reset(self) -> None:
        raw: socket.socket = self._transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def _send(self, reply: Reply, keep: bool) -> None:
        head, body = encoded(reply)
        self._write(head + body, keep)

    def _write(self, data: bytes, keep: bool) -> None:
        if self._gone.is_set():
            return
        self._transport.write(data)
        if not keep:
            self._transport.close()


async def _serve(simulator: Simulator, host: str, port: int, stop: asyncio.Event, ready: Callable[[str], None]) -> None:
    connections: set[_Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(simulator, connections), host, port, backlog=512)
    bound = server.sockets[0].getsockname()
    ready(f"http://{bound[0] if ':' not in bound[0] else f'[{bound[0]}]'}:{bound[1]}")
    await stop.wait()
    server.close()
    for connection in list(connections):
        connection.abort()
    await asyncio.sleep(0)
    busy = asyncio.all_tasks() - {asyncio.current_task()}
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)


def serve(simulator: Simulator, host: str = "127.0.0.1", port: int = 0, ready: Callable[[str], None] = print) -> None:
    """Serve until SIGINT or SIGTERM, in the main thread; `ready` is told the address once it accepts connections.

    Raises `OSError` where the address is taken.
    """

    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await _serve(simulator, host, port, stop, ready)

    asyncio.run(until_told())


class SimulatorServer:
    """The same in a thread of its own, for tests: a context manager, or `start` and `stop`.

    `url` has no path: a client's base address is that and the marketplace's prefix (`/v1` for Pax8).
    """

    def __init__(self, simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> None:
        self.url = ""
        self._simulator, self._host, self._port = simulator, host, port
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        async def until_told() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            await _serve(self._simulator, self._host, self._port, self._stop, self._is_ready)

        try:
            asyncio.run(until_told())
        except OSError as failure:
            self._failure = failure
        finally:
            self._ready.set()

    def _is_ready(self, url: str) -> None:
        self.url = url
        self._ready.set()
