"""The parts of a whole Quoteway, in the order in which they start: what `quoteway up` and the demo run."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from workers.database import upgrade
from workers.embedded.server import EmbeddedServer
from workers.settings import PREFIX
from workers.supervision import HostError, Part

WORKER_GRACE = timedelta(seconds=60)
"""A write that was claimed is ended, not cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """
    What to run, and where it listens.

    `servers` are the embedded ones that are needed. `environment` is all that our own processes are started with: it
    holds every setting of theirs, and is never logged. Ports None: that part is not run. `folder` is their working
    folder; None is ours.
    """

    servers: Sequence[EmbeddedServer] = ()
    environment: Mapping[str, str] = field(repr=False)
    database_url: str = field(repr=False)
    host: str
    port: int
    flower_port: int | None = None
    simulator_port: int | None = None
    workers: int = 2
    folder: Path | None = None

    @property
    def web_address(self) -> str:
        return address(self.host, self.port)

    def parts(self) -> list[Part]:
        servers = [server.part() for server in self.servers]
        needed = tuple(part.name for part in servers)
        prepared = _Prepared(self.database_url)
        return [
            *servers,
            *self._simulator(),
            self._web(prepared, needed),
            *(self._worker(number, prepared, needed) for number in range(1, self.workers + 1)),
            *self._flower(needed),
        ]

    def _simulator(self) -> list[Part]:
        if self.simulator_port is None:
            return []
        command = ours("simulator", "pax8", "--host", "127.0.0.1", "--port", str(self.simulator_port))
        at = address("127.0.0.1", self.simulator_port)
        part = self._part("simulator", command, at, answers("127.0.0.1", self.simulator_port, "/_sim/state"))
        # It needs no setting of ours, and would refuse to run beside the database that the others are told of.
        untold = {name: text for name, text in self.environment.items() if not name.upper().startswith(PREFIX)}
        return [replace(part, env=untold)]

    def _web(self, prepared: _Prepared, after: tuple[str, ...]) -> Part:
        command = ours("web", "--host", self.host, "--port", str(self.port))
        ready = answers(self.host, self.port, "/health/ready")
        return replace(self._part("web", prepared.then(command), self.web_address, ready), after=after)

    def _worker(self, number: int, prepared: _Prepared, after: tuple[str, ...]) -> Part:
        part = self._part(f"worker-{number}", prepared.then(ours("worker")), None, None)
        return replace(part, after=after, stop_grace=WORKER_GRACE)

    def _flower(self, after: tuple[str, ...]) -> list[Part]:
        if self.flower_port is None:
            return []
        at = address(self.host, self.flower_port)
        part = self._part("flower", ours("flower"), at, answers(self.host, self.flower_port, "/healthcheck"))
        return [replace(part, after=after)]

    def _part(
        self,
        name: str,
        command: Sequence[str] | Callable[[], Sequence[str]],
        at: str | None,
        ready: Callable[[], bool] | None,
    ) -> Part:
        return Part(name=name, command=command, env=self.environment, address=at, ready=ready, folder=self.folder)


class _Prepared:
    """Brings the database up to date before the first part that needs it starts: once, as soon as it answers."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._done = False

    def then(self, command: Sequence[str]) -> Callable[[], Sequence[str]]:
        def prepared() -> Sequence[str]:
            if not self._done:
                prepare(self._url)
                self._done = True
            return command

        return prepared


def prepare(database_url: str) -> None:
    """`quoteway db upgrade`. Raises HostError with the database's own words."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        upgrade(database_url)
    except SQLAlchemyError as error:
        words = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
        raise HostError("database.not_prepared", f"The database cannot be prepared: {words[0]}.") from error


def ours(*arguments: str) -> list[str]:
    """A command of ours in a process of its own. -P: a folder `workers` in the working folder is not meant."""
    return [sys.executable, "-P", "-m", "workers.cli", *arguments]


def address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - where to reach it, not to bind
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def answers(host: str, port: int, path: str) -> Callable[[], bool]:
    """Asks over HTTP whether a part is ready; false while it does not answer 200 within a second."""
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - as above

    def ask() -> bool:
        connection = HTTPConnection(reachable, port, timeout=1)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    return ask


def check_free(host: str, port: int, how_to_change: str) -> None:
    """Raises HostError where somebody listens already, naming what to set."""
    try:
        with _bound(host, port):
            return
    except OSError as error:
        raise HostError(
            "up.port_taken",
            f"Port {port} on {host} cannot be used ({error.strerror}): choose another one with {how_to_change}.",
        ) from error


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on at this moment."""
    with _bound(host, 0) as found:
        number: int = found.getsockname()[1]
        return number


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError:
        found.close()
        raise
    return found
