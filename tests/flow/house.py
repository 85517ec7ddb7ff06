"""A whole Quoteway for a test: real worker processes on the embedded servers, and the simulated Pax8 over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from events.inbox import inject
from pipeline.marketplaces.pax8.simulator import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    Pax8Simulator,
    catalogue,
    customers,
)
from pipeline.marketplaces.simulation import ScaledClock, SimulatorServer
from pipeline.store import orders, views
from pipeline.store.cipher import new_key
from workers.bootstrap import LOCAL, Application
from workers.settings import load_settings

Json = dict[str, Any]
ENDED = {"done", "partly_done", "failed", "cancelled"}
BEARER = "shop-secret-for-tests"
SIGNING = "whsec_c2VjcmV0LW9mLXRoZS1zaG9wLWluLXRlc3Rz"


def until(condition: Callable[[], Any], seconds: float = 30.0, told: Callable[[], Any] = lambda: "") -> Any:
    """What the condition gives once it is true. Fails with what `told` then says."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"It did not come true within {seconds} s. {told()}")
        time.sleep(0.05)


class House:
    """Short leases and settling periods, so that what heals by waiting heals within the test."""

    def __init__(
        self, folder: Path, database_url: str, redis_url: str, simulator: Pax8Simulator, base_url: str
    ) -> None:
        self.simulator = simulator
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
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

    @contextmanager
    def application(self) -> Iterator[Application]:
        with Application.open(load_settings(self.environment, None)) as application:
            yield application

    def start_worker(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        """A `quoteway worker`. `more` are settings of its own."""
        return self._start("worker", arguments, more)

    def start_web(self, **more: str) -> str:
        """A `quoteway web`; gives its address once it answers."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        process = self._start("web", ("--port", str(port)), more)
        url = f"http://127.0.0.1:{port}"
        until(lambda: process.poll() is not None or _answers(url), told=self.output)
        assert process.poll() is None, self.output()
        return url

    def _start(self, part: str, arguments: Sequence[str], more: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """A process group of its own; its output goes to a file in the house's folder."""
        output = (self.folder / f"{part}-{len(self.processes)}.log").open("wb")
        base = {name: value for name, value in os.environ.items() if not name.startswith("QUOTEWAY_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.cli", part, *arguments],
            env={**base, **self.environment, **more},
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
        os.killpg(process.pid, signal.SIGSTOP)

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
                assert len(found) == 1
                return found[0]
            if time.monotonic() > deadline:
                standing = json.dumps(found, indent=1)
                raise AssertionError(f"{quote_id} is not there after {seconds} s: {standing}\n{self.output()}")
            time.sleep(0.05)

    def bought(self, company_id: str | None = None) -> list[Any]:
        """What was bought through the API, as the simulator counts it."""
        with self.simulator.locked():
            return [order for order in self.simulator.world.bought if company_id in (None, order.company_id)]


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2).is_success
    except httpx.TransportError:
        return False


def ended(order: Json) -> bool:
    return order["state"] in ENDED


def done(order: Json) -> bool:
    return bool(order["state"] == "done")


def asking(order: Json) -> bool:
    return bool(order["state"] == "asking")


def rests(order: Json) -> bool:
    """It has ended, or only a person can go on."""
    return ended(order) or asking(order)


def questions(order: Json) -> str:
    """What a person is asked now, all of it."""
    return " ".join(one["text"] for one in order["questions"] if not one["answered_at"] and not one["withdrawn_at"])


def line(number: int = 1, product: Any = catalogue.BACKUP, **more: Any) -> Json:
    """A line of the simplest product, bought monthly, or of another."""
    return {"id": str(number), "product_id": product.id, "quantity": 2, "billing_term": "Monthly", **more}


def quote(lines: Sequence[Mapping[str, Any]] | None = None, customer: Any = customers.CONTOSO, **more: Any) -> Json:
    """What a customer accepted: one line, if nothing else is said."""
    number = f"Q-{uuid4().hex[:10]}"
    return {
        "quote": {"id": number, "system": "tests", "accepted_at": "2026-11-21T09:00:00Z", **more.pop("quote", {})},
        "customer": {
            "ref": customer.external_id or customer.name,
            "name": customer.name,
            "external_id": customer.external_id,
            "address": {"country": customer.country},
        },
        "lines": list(lines or [line()]),
        **more,
    }


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
