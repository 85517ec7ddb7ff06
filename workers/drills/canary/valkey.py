"""Everything that Valkey is told while the drill runs, and everything that it holds meanwhile."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import redis

from workers.embedded import EmbeddedValkey

_EVERY = 0.5
_ESCAPED = re.compile(rb"\\(x[0-9a-f]{2}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
_CONTROL = "canary:control"


@dataclass
class Watched:
    """`stream` is what MONITOR said, and what its escapes stand for; `held` each value of each key, once."""

    stream: bytearray = field(default_factory=bytearray)
    held: set[bytes] = field(default_factory=set)
    looks: int = 0

    @property
    def commands(self) -> int:
        return self.stream.count(b"\n")

    def said(self) -> bytes:
        return bytes(self.stream) + unescaped(bytes(self.stream))


def unescaped(stream: bytes) -> bytes:
    """What was sent, where MONITOR shows it in quotes and with escapes."""
    return _ESCAPED.sub(_meant, stream)


def _meant(escape: re.Match[bytes]) -> bytes:
    letter = escape.group(1)
    return bytes.fromhex(letter[1:].decode()) if len(letter) == 3 else _NAMED.get(letter, letter)


@contextmanager
def watched(server: EmbeddedValkey) -> Iterator[Watched]:
    """From here to the end of the block. Values are kept uncompressed, so that they can be looked through."""
    seen, ending = Watched(), threading.Event()
    with redis.Redis.from_url(server.url) as client:
        client.config_set("rdbcompression", "no")
        with _monitor(server) as connection:
            threads = [
                threading.Thread(target=_listen, args=(connection, seen), daemon=True),
                threading.Thread(target=_look, args=(client, seen, ending), daemon=True),
            ]
            for thread in threads:
                thread.start()
            try:
                yield seen
            finally:
                ending.set()
                threads[1].join()
                connection.shutdown(socket.SHUT_RDWR)
                threads[0].join()


def say(server: EmbeddedValkey, text: str) -> None:
    """Lays something where it must be found: in a command, and in a key."""
    with redis.Redis.from_url(server.url) as client:
        client.set(_CONTROL, text)


def saved(server: EmbeddedValkey, folder: Path) -> bytes:
    """The file that Valkey saves: its dump."""
    with redis.Redis.from_url(server.url) as client:
        client.save()
        name = str(client.config_get("dbfilename")["dbfilename"])
    return (folder / "data" / server.name / name).read_bytes()


@contextmanager
def _monitor(server: EmbeddedValkey) -> Iterator[socket.socket]:
    path = unquote(urlsplit(server.url).path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        connection.sendall(b"MONITOR\r\n")
        yield connection


def _listen(connection: socket.socket, seen: Watched) -> None:
    while received := connection.recv(1 << 16):
        seen.stream += received


def _look(client: redis.Redis, seen: Watched, ending: threading.Event) -> None:
    """Once more after the end, so that what was laid last is seen too."""
    over = False
    while not over:
        over = ending.wait(_EVERY)
        keys = [bytes(key) for key in client.scan_iter(count=1000)]
        with client.pipeline(transaction=False) as dumps:
            for key in keys:
                dumps.dump(key)
            # One that has gone meanwhile has no value any more.
            seen.held.update(key + (value or b"") for key, value in zip(keys, dumps.execute(), strict=True))
        seen.looks += 1
