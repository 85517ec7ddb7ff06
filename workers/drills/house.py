"""A whole Quoteway to do harm to: real worker and web processes, embedded servers, the simulated Pax8 over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from events.inbox import inject
from pipeline.marketplaces.pax8.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Pax8Simulator, customers
from pipeline.marketplaces.simulation import ScaledClock, SimulatorServer
from pipeline.store import orders, views
from pipeline.store.cipher import new_key
from workers.bootstrap import LOCAL, Application
from workers.commands.whole import answers, free_port, ours
from workers.database import upgrade
from workers.drills.markets import Others
from workers.embedded import EmbeddedPostgres, EmbeddedValkey, claim
from workers.settings import environment_for, load_settings

Json = dict[str, Any]
BEARER = "shop-secret-for-tests"
SIGNING = "whsec_c2VjcmV0LW9mLXRoZS1zaG9wLWluLXRlc3Rz"
_TEMPLATE = "drill_template"


class NotInTime(Exception):
    """Something that was waited for did not come true."""


def until(condition: Callable[[], Any], seconds: float = 30.0, told: Callable[[], Any] = lambda: "") -> Any:
    """What the condition gives once it is true. Raises NotInTime with what `told` then says."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NotInTime(f"It did not come true within {seconds} s. {told()}")
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Servers:
    """PostgreSQL with a migrated template database, and Valkey."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey

    def database(self, name: str) -> str:
        """The address of a fresh database of this name, with all tables and no rows."""
        with psycopg.connect(self.postgres.url_of("postgres"), autocommit=True) as connection:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
        return self.postgres.url_of(name)


@contextmanager
def servers(folder: Path, *, durable: bool = False) -> Iterator[Servers]:
    """Embedded servers in a data folder of their own below `folder`, which their user must be able to pass through."""
    with ExitStack() as stack:
        data = stack.enter_context(claim(folder / "data"))
        postgres = stack.enter_context(EmbeddedPostgres(data, durable=durable))
        valkey = stack.enter_context(EmbeddedValkey(data, durable=durable))
        with psycopg.connect(postgres.url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
        upgrade(postgres.url_of(_TEMPLATE))
        yield Servers(postgres, valkey)


@contextmanager
def fresh_folder() -> Iterator[Path]:
    """An empty folder with a short path that the servers' user may pass through; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="qw-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class House:
    """Short leases and settling periods, so that what heals by waiting heals within the test."""

    def __init__(
        self, folder: Path, database_url: str, redis_url: str, simulator: Pax8Simulator, base_url: str
    ) -> None:
        self.simulator = simulator
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self._others: Others | None = None
        self.environment = {
            "QUOTEWAY_DATABASE_URL": database_url,
            "QUOTEWAY_REDIS_URL": redis_url,
            "QUOTEWAY_ENCRYPTION_KEYS": new_key(),
            "QUOTEWAY_DATA_DIR": str(folder),
            "QUOTEWAY_MARKETPLACES__PAX8__BASE_URL": f"{base_url}/v1",
            "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_ID": DEMO_CLIENT_ID,
            "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_SECRET": DEMO_CLIENT_SECRET,
            "QUOTEWAY_MARKETPLACES__PAX8__SETTLE_SECONDS": "2",
            "QUOTEWAY_MARKETPLACES__PAX8__TIMEOUT_SECONDS": "2",
            "QUOTEWAY_MARKETPLACES__PAX8__SEND_WITHIN_SECONDS": "2",
            "QUOTEWAY_LEASE_SECONDS": "2",
            "QUOTEWAY_POLL_INTERVALS": "1",
            "QUOTEWAY_SOURCES__SHOP__KIND": "generic",
            "QUOTEWAY_SOURCES__SHOP__SECRETS": f"bearer:{BEARER}",
            "QUOTEWAY_SOURCES__CRM__KIND": "generic",
            "QUOTEWAY_SOURCES__CRM__SECRETS": SIGNING,
        }

    @property
    def others(self) -> Others:
        """Raises LookupError for a house that has Pax8 only."""
        if self._others is None:
            raise LookupError("this house has no marketplace beside Pax8")
        return self._others

    def stand_beside(self, others: Others) -> None:
        """There are marketplaces beside Pax8. Processes buy there that are given `Others.variables`."""
        self._others = others

    @contextmanager
    def application(self) -> Iterator[Application]:
        with Application.open(load_settings(self.environment, None)) as application:
            yield application

    def start_worker(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """A `quoteway worker`. `more` are settings of its own."""
        return self._start("worker", arguments, more)

    def start_web_at(self, port: int, **more: str) -> subprocess.Popen[bytes]:
        """A `quoteway web` on this port, which need not answer yet."""
        return self._start("web", ("--port", str(port)), more)

    def start_web(self, **more: str) -> str:
        """A `quoteway web`; gives its address once it answers."""
        port = free_port()
        process = self.start_web_at(port, **more)
        ready = answers("127.0.0.1", port, "/health/live")
        until(lambda: process.poll() is not None or ready(), told=self.output)
        if process.poll() is not None:
            raise NotInTime(f"The web process has ended. {self.output()}")
        return f"http://127.0.0.1:{port}"

    def _start(self, part: str, arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """A process group of its own; its output goes to a file in the house's folder."""
        output = (self.folder / f"{part}-{len(self.processes)}.log").open("wb")
        process = subprocess.Popen(  # noqa: S603 - a command of ours
            ours(part, *arguments),
            env=dict(environment_for({**self.environment, **more}, alone=True)),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output.close()
        self.processes.append(process)
        return process

    def output(self) -> str:
        """What the processes have written."""
        return "\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def freeze(self, process: subprocess.Popen[bytes]) -> None:
        """Returns when all of its threads stand still: a thread that runs elsewhere may go on for some milliseconds."""
        os.killpg(process.pid, signal.SIGSTOP)
        until(lambda: stands_still(process.pid))

    def thaw(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGCONT)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def customer(self, **more: Any) -> customers.Customer:
        """A company at the simulator that only this test orders for, as the quote names it."""
        name = f"Company {uuid4().hex[:8]}"
        with self.simulator.locked():
            made = self.simulator.world.company(name, external_id=f"X-{name[8:]}", **more)
        return customers.Customer(made.id, name, made.external_id)

    def accept(self, application: Application, quote: Json) -> str:
        """Takes the quote in; gives its id, by which `orders_of` finds its orders."""
        inject(application.database, json.dumps(quote).encode(), application.sources[LOCAL])
        return str(quote["quote"]["id"])

    def orders_of(self, application: Application, quote_id: str) -> list[Json]:
        with application.database.transaction() as connection:
            page = views.order_list(connection, application.database, views.Filters(quote=quote_id))
            found = [orders.find(connection, item["ref"]) for item in page.items]
            return [views.order_view(connection, application.database, one) for one in found if one is not None]

    def wait(
        self, application: Application, quote_id: str, until: Callable[[Json], bool], seconds: float = 30.0
    ) -> Json:
        """The quote's one order, once it is as wanted. Fails with the order as it then stands."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.orders_of(application, quote_id)
            if found and until(found[0]):
                if len(found) != 1:
                    raise NotInTime(f"{quote_id} has {len(found)} orders.")
                return found[0]
            if time.monotonic() > deadline:
                standing = json.dumps(found, indent=1)
                raise NotInTime(f"{quote_id} is not there after {seconds} s: {standing}\n{self.output()}")
            time.sleep(0.05)

    def bought(self, company_id: str | None = None) -> list[Any]:
        """What was bought through the API, as the simulator counts it."""
        with self.simulator.locked():
            return [order for order in self.simulator.world.bought if company_id in (None, order.company_id)]


def stands_still(pid: int) -> bool:
    """Whether each thread of the process is stopped, or gone."""
    states = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):
            states.append((task / "stat").read_text().rpartition(")")[2].split()[0])
    return all(state in "TtZX" for state in states)


@contextmanager
def a_house(folder: Path, database_url: str, redis_url: str, **settings: str) -> Iterator[House]:
    simulator = Pax8Simulator(ScaledClock(1.0))
    with SimulatorServer(simulator) as server:
        house = House(folder, database_url, redis_url, simulator, server.url)
        house.environment.update(settings)
        try:
            yield house
        finally:
            house.close()
