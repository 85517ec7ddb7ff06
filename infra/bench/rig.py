"""
The test rig: durable embedded servers, the simulated marketplace and real processes of ours, each a process of its own.

A `Run` has a database and a broker that are empty, so that no measurement meets what another one left.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
from processes import tree
from psycopg import sql

from pipeline.marketplaces.pax8.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
from pipeline.store.cipher import new_key
from workers.bootstrap import Application
from workers.database import upgrade
from workers.embedded import EmbeddedPostgres, EmbeddedValkey, claim
from workers.settings import load_settings

HERE = Path(__file__).parent
COMPANIES = 8000
SIGNING = "whsec_c2VjcmV0LW9mLXRoZS1zaG9wLWluLXRlc3Rz"
_TEMPLATE = "bench_template"


def until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """What the condition gives once it is true. Raises TimeoutError with `what`."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(0.05)
    return found


class Marketplace:
    """The simulator's process."""

    def __init__(self, companies: int = COMPANIES) -> None:
        command = [sys.executable, str(HERE / "marketplace.py"), str(companies)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        if not self.url:
            raise RuntimeError("the simulated marketplace did not start")
        self._next = 0

    def companies(self, count: int) -> range:
        """Numbers of companies that nobody has ordered for. One company serialises its orders, so each has its own."""
        first, self._next = self._next, self._next + count
        if self._next > COMPANIES:
            raise RuntimeError(f"more than {COMPANIES} companies are wanted")
        return range(first, self._next)

    def latency(self, seconds: float) -> None:
        self._ask("knobs", {"latency": seconds})

    def count(self) -> dict[str, Any]:
        """`calls` by route, and `last`: CLOCK_MONOTONIC of the last one's end."""
        return dict(self._ask("count"))

    def waiting(self, count: int) -> list[tuple[str, str, str]]:
        """Makes so many orders that wait for a person there: their ids, subscriptions and companies."""
        return list(self._ask("waiting", {"count": count, "companies": COMPANIES})["placed"])

    def _ask(self, path: str, wish: Mapping[str, Any] | None = None) -> Any:
        body = None if wish is None else json.dumps(wish).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_sim/{path}", data=body)) as answer:
            return json.load(answer)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


class Tools:
    """The process of the quote tools and PSAs. `settings` are those of their connections, as environment variables."""

    def __init__(self) -> None:
        command = [sys.executable, str(HERE / "tools.py")]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
        self.settings: dict[str, str] = self._told()

    def deliveries(self, count: int) -> list[dict[str, Any]]:
        """`path`, `body`, `headers` of webhooks as the tools would send them now: they are good for minutes."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        made: list[dict[str, Any]] = self._told()
        return made

    def _told(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the simulated tools did not start")
        return json.loads(line)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


@dataclass
class Run:
    """One measurement's own database, broker and processes."""

    rig: Rig
    database_url: str
    folder: Path
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @contextmanager
    def application(self) -> Iterator[Application]:
        with Application.open(load_settings(self.environment, None)) as application:
            yield application

    def worker(self, count: int, **more: str) -> list[int]:
        """`quoteway worker` processes, ready."""
        pids = [self.start(f"worker-{n}", ["-m", "workers.cli", "worker"], more) for n in range(count)]
        self.alive(count)
        return pids

    def alive(self, count: int) -> None:
        """Returns once so many workers have given a sign of life."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            told = "SELECT count(*) FROM workers"
            until(lambda: (connection.execute(told).fetchone() or (0,))[0] >= count, 60, f"{count} living workers")

    def web(self) -> tuple[int, int]:
        """A `quoteway web`, ready: its process id and its port."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        pid = self.start("web", ["-m", "workers.cli", "web", "--port", str(port)], {})
        until(lambda: _answers(f"http://127.0.0.1:{port}/health/live"), 60, "an answer of the web process")
        return pid, port

    def start(self, name: str, arguments: Sequence[str], more: Mapping[str, str]) -> int:
        base = {key: value for key, value in os.environ.items() if not key.startswith("QUOTEWAY_")}
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**base, **self.environment, **more},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process.pid

    def stop(self) -> None:
        """Kills all that was started. Forked children make groups of their own, so each is named."""
        for process in self.processes:
            for pid in tree(process.pid) if process.poll() is None else ():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()


class Rig:
    """Servers as in earnest: fsync and synchronous_commit on, the append-only file written each second."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres, valkey: EmbeddedValkey, market: Marketplace) -> None:
        self.postgres, self.valkey, self.market = postgres, valkey, market
        self._folder = folder
        self._runs = 0
        self._do("CREATE DATABASE {}", _TEMPLATE)
        upgrade(postgres.url_of(_TEMPLATE))

    @property
    def servers(self) -> list[int]:
        return [pid for pid in (self.postgres.pid, self.valkey.pid) if pid is not None]

    @contextmanager
    def run(self, **settings: str) -> Iterator[Run]:
        """A fresh database and an emptied broker; afterwards all that was started is gone."""
        self._runs += 1
        name = f"bench_{self._runs}"
        self._do(f"CREATE DATABASE {{}} TEMPLATE {_TEMPLATE}", name)
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()
        folder = self._folder / name
        folder.mkdir()
        environment = {**self._environment(self.postgres.url_of(name), folder), **settings}
        run = Run(self, self.postgres.url_of(name), folder, environment)
        try:
            yield run
        finally:
            run.stop()
            self.market.latency(0)
            self._do("DROP DATABASE {} WITH (FORCE)", name)

    def _environment(self, database_url: str, folder: Path) -> dict[str, str]:
        pax8 = "QUOTEWAY_MARKETPLACES__PAX8__"
        return {
            "QUOTEWAY_DATABASE_URL": database_url,
            "QUOTEWAY_REDIS_URL": self.valkey.url,
            "QUOTEWAY_ENCRYPTION_KEYS": new_key(),
            "QUOTEWAY_DATA_DIR": str(folder),
            f"{pax8}BASE_URL": f"{self.market.url}/v1",
            f"{pax8}CLIENT_ID": DEMO_CLIENT_ID,
            f"{pax8}CLIENT_SECRET": DEMO_CLIENT_SECRET,
            f"{pax8}CALLS_PER_MINUTE": "10000000",
            "QUOTEWAY_SOURCES__SHOP__KIND": "generic",
            "QUOTEWAY_SOURCES__SHOP__SECRETS": SIGNING,
        }

    def _do(self, statement: str, name: str) -> None:
        with psycopg.connect(self.postgres.url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def rigged() -> Iterator[Rig]:
    """The rig, in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="qw-bench-"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        data = stack.enter_context(claim(folder / "data"))
        postgres = stack.enter_context(EmbeddedPostgres(data, durable=True))
        valkey = stack.enter_context(EmbeddedValkey(data, durable=True))
        market = Marketplace()
        stack.callback(market.close)
        yield Rig(folder, postgres, valkey, market)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
