"""A relay between processes and a server on Unix sockets, which lets somebody meddle with what passes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

_CHUNK = 65536


class Cut(Exception):
    """Both sides of the connection are to be closed, without a word."""


class Meddler(Protocol):
    """
    One for each connection: gives what is to be passed on of what came. May raise Cut. It runs in the relay's thread.
    """

    def from_client(self, data: bytes) -> bytes: ...

    def from_server(self, data: bytes) -> bytes: ...


class Relay:
    """Listens at `socket` while the `with` block lasts. A client whose server is away is turned away."""

    def __init__(self, socket: Path, server: Path, meddle: Callable[[], Meddler]) -> None:
        self._socket, self._server, self._meddle = socket, server, meddle
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._socket.unlink(missing_ok=True)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        listener = await asyncio.start_unix_server(self._connected, self._socket)
        self._listening.set()
        await self._stop.wait()
        listener.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self._server)
        except OSError:
            writer.close()
            return
        meddler = self._meddle()
        ways = {
            asyncio.create_task(_pass_on(reader, far_writer, meddler.from_client)),
            asyncio.create_task(_pass_on(far_reader, writer, meddler.from_server)),
        }
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for side in (writer, far_writer):
            side.transport.abort()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, meddle: Callable[[bytes], bytes]
) -> None:
    with suppress(Cut, OSError):
        while data := await reader.read(_CHUNK):
            writer.write(meddle(data))
            await writer.drain()
