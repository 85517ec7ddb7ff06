"""A Quoteway with connections of several kinds, its web process on a port, and a simulated PSA on another."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select, update

from events.sources.connectwise.simulator import ConnectWiseSimulator
from events.sources.connectwise.simulator.simulator import CLIENT_ID
from events.sources.pax8_quotes.simulator import SimulatedPax8Quotes
from events.sources.serving import served
from pipeline.store.cipher import new_key
from pipeline.store.errands import ErrandKind
from pipeline.store.tables import CONNECTIONS, ERRANDS, EVENTS, SECRETS
from workers.bootstrap import Application
from workers.settings import load_settings
from workers.web.assembly import doors_of
from workers.web.serve import listen, make_server

PATIENCE = 60.0
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()


@dataclass
class SourcesWorld:
    """`public_url` is where the web process listens. `variables` are its settings, and the command line's."""

    application: Application
    psa: ConnectWiseSimulator
    quotes: SimulatedPax8Quotes
    public_url: str
    variables: Mapping[str, str]
    folder: Path

    def source(self, *commands: Sequence[str], **changed: str) -> list[tuple[int, str]]:
        """`quoteway source ...` as it is typed, in one process: the exit code and what it prints, of each."""
        given = {name: text for name, text in {**self.variables, **changed}.items() if text}
        elsewhere = {name: text for name, text in os.environ.items() if not name.startswith("QUOTEWAY_")}
        ran = subprocess.run(
            [sys.executable, "-P", "-c", _TYPED, json.dumps(commands)],
            env={**elsewhere, **given, "COLUMNS": "200"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return [(code, said) for code, said in json.loads(ran.stdout)]

    def run(self, name: str, kind: ErrandKind) -> str:
        """The connection's errand, as a worker runs it."""
        with self.application.database.transaction() as connection:
            errand = connection.execute(
                select(ERRANDS.c.id).where(ERRANDS.c.connection == name, ERRANDS.c.kind == kind)
            ).scalar_one()
        return self.application.errands.run(errand)

    def age_polls(self, by: timedelta) -> None:
        """As if the last poll that went well had been so much earlier."""
        with self.application.database.transaction() as connection:
            connection.execute(
                update(ERRANDS).where(ERRANDS.c.kind == ErrandKind.POLL).values(done_at=ERRANDS.c.done_at - by)
            )

    def health(self) -> dict[str, Any]:
        told: dict[str, Any] = httpx.get(f"{self.public_url}/api/health", timeout=PATIENCE).raise_for_status().json()
        return told

    def told(self, name: str) -> dict[str, Any]:
        return next(source for source in self.health()["sources"] if source["name"] == name)

    def metrics(self) -> str:
        return httpx.get(f"{self.public_url}/metrics", timeout=PATIENCE).raise_for_status().text

    def kept(self) -> int:
        """Rows of all that a message, a refusal or the beginning of a poll would leave."""
        with self.application.database.transaction() as connection:
            return sum(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (EVENTS, CONNECTIONS, SECRETS)
            )

    def callbacks(self) -> dict[int, dict[str, Any]]:
        return self.psa.world.table("callbacks")

    def switch_off(self) -> None:
        """As the PSA does after three days of errors."""
        for number in self.callbacks():
            self.psa.world.change("callbacks", number, {"inactiveFlag": True})


_TYPED = """
import contextlib, io, json, sys
from workers.cli import main
ran = []
for command in json.loads(sys.argv[1]):
    sys.argv = ["quoteway", "source", *command]
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    ran.append((code, said.getvalue()))
print(json.dumps(ran))
"""


@contextmanager
def sources_world(database_url: str, redis_url: str, folder: Path) -> Iterator[SourcesWorld]:
    psa, quotes = ConnectWiseSimulator(), SimulatedPax8Quotes()
    with served(psa) as psa_url, served(quotes) as quotes_url, listen("127.0.0.1", 0) as listener:
        psa.world.address = psa_url
        public_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        variables = {
            "QUOTEWAY_DATABASE_URL": database_url,
            "QUOTEWAY_REDIS_URL": redis_url,
            "QUOTEWAY_ENCRYPTION_KEYS": new_key(),
            "QUOTEWAY_PUBLIC_URL": public_url,
            **_sources(psa_url, quotes_url),
        }
        with Application.open(load_settings(variables, None)) as application:
            application.errands.begin()
            server = make_server(doors_of(application))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield SourcesWorld(application, psa, quotes, public_url, variables, folder)
            finally:
                server.should_exit = True
                thread.join()


def _sources(psa_url: str, quotes_url: str) -> dict[str, str]:
    fields = {
        "PSA": {
            "KIND": "connectwise",
            "BASE_URL": psa_url,
            "TENANT": "acme",
            "CLIENT_ID": CLIENT_ID,
            "USERNAME": "public",
            "PASSWORD": "private",
        },
        "QUOTES": {"KIND": "pax8_quotes", "BASE_URL": quotes_url, "CLIENT_ID": "id", "CLIENT_SECRET": "secret"},
        "SHOP": {"KIND": "generic", "SECRETS": f"{SECRET},bearer:let-me-in"},
    }
    return {f"QUOTEWAY_SOURCES__{name}__{field}": text for name, of in fields.items() for field, text in of.items()}
