"""The whole web application on a port, a simulated marketplace, and simulated tools where nothing was accepted."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import func, select
from structlog.testing import capture_logs

from events.connections import SourceKind
from events.reading import ReadResult
from pipeline.marketplaces.pax8.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Pax8Simulator
from pipeline.marketplaces.simulation import SimulatorServer
from pipeline.store.cipher import new_key
from pipeline.store.events import EventStatus
from pipeline.store.tables import EVENTS, ORDERS, QUOTES
from tests.integration.fuzzed_messages import Sender, senders
from tests.integration.links_world import Asking, asking
from tests.integration.operators_world import World
from workers.bootstrap import Application
from workers.demo.all_sources.stage import new_secret, staged
from workers.settings import load_settings
from workers.web.assembly import doors_of
from workers.web.serve import listen, make_server

TOKEN = "token-of-an-admin-of-the-tests"
SECONDS = 5.0
"""What the least patient tool waits for an answer."""
_HIDDEN = ("SECRET", "SECRETS", "PASSWORD", "KEYS", "TOKENS", "DATABASE_URL", "REDIS_URL")
_A_WORD = 12
"""As long as a simulated tool's secret may be, such as `secret`, that any sentence may hold."""
_STACK = ("Traceback", 'File "', "site-packages", "psycopg", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class FuzzedWorld:
    """`asked` is an order that was there before, and asks what a customer has to tell. `logs` grow."""

    application: Application
    url: str
    senders: Mapping[SourceKind, Sender]
    asked: Asking
    pax8: Pax8Simulator
    logs: Sequence[MutableMapping[str, Any]]
    hidden: Sequence[str]

    def kept(self) -> tuple[int, int, int]:
        """How many quotes and orders there are, and how many purchases at the marketplace."""
        with self.application.database.transaction() as connection:
            quotes, orders = (
                connection.execute(select(func.count()).select_from(table)).scalar_one() for table in (QUOTES, ORDERS)
            )
        return quotes, orders, len(self.pax8.world.bought)

    def read_all(self) -> list[ReadResult]:
        """Each event that waits for it, once, as workers read them."""
        waiting = select(EVENTS.c.id).where(EVENTS.c.status.in_((EventStatus.RECEIVED, EventStatus.UNVERIFIED)))
        with self.application.database.transaction() as connection:
            found = connection.execute(waiting).scalars().all()
        return [self.application.reader.read(each) for each in found]

    def event_id(self) -> str:
        """Of an event that could not be read."""
        sent = self.senders[SourceKind.GENERIC].sign(b"{}")
        answer = httpx.post(f"{self.url}/in/generic", content=sent.body, headers=dict(sent.headers), trust_env=False)
        return str(answer.json()["event_id"])

    def faults(self) -> list[MutableMapping[str, Any]]:
        """What was logged as a bug of ours. A sender is told some of them as 429, so that the status says nothing."""
        return [entry for entry in self.logs if entry["log_level"] in {"error", "critical"}]

    def blabbed(self, answer: str) -> list[str]:
        """What no answer may hold, of what this one holds."""
        return [word for word in (*self.hidden, *_STACK) if word in answer]


@contextmanager
def fuzzed_world(database_url: str, redis_url: str) -> Iterator[FuzzedWorld]:
    secret, pax8 = new_secret(), Pax8Simulator()
    with ExitStack() as stack:
        stage = stack.enter_context(staged(secret))
        marketplace = stack.enter_context(SimulatorServer(pax8))
        listener = stack.enter_context(listen("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        variables = {
            **stage.variables,
            "QUOTEWAY_DATABASE_URL": database_url,
            "QUOTEWAY_REDIS_URL": redis_url,
            "QUOTEWAY_ENCRYPTION_KEYS": new_key(),
            "QUOTEWAY_PUBLIC_URL": url,
            "QUOTEWAY_API_TOKENS": f"fuzz:admin:{TOKEN}",
            "QUOTEWAY_MARKETPLACES__PAX8__BASE_URL": f"{marketplace.url}/v1",
            "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_ID": DEMO_CLIENT_ID,
            "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_SECRET": DEMO_CLIENT_SECRET,
        }
        logs = stack.enter_context(capture_logs())
        application = stack.enter_context(Application.open(load_settings(variables, None)))
        stack.enter_context(_serving(application, listener))
        asked = asking(World(application.database))
        hidden = [TOKEN, *(text for name, text in variables.items() if name.endswith(_HIDDEN) and len(text) > _A_WORD)]
        yield FuzzedWorld(application, url, senders(stage, secret), asked, pax8, logs, hidden)


@contextmanager
def _serving(application: Application, listener: socket.socket) -> Iterator[None]:
    server = make_server(doors_of(application))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
