"""What the worlds of one process of the drill are played on: a database, its clock, and connections that are kept."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from pipeline.marketplaces.appxite.simulator.templates import write_templates
from pipeline.store.cipher import new_key
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.checks import Watcher
from workers.drills.worlds.plan import PROCESSES
from workers.drills.worlds.processes import Process

_CLEAN = "; ".join(
    f"DELETE FROM {table}"  # noqa: S608 - names of ours
    for table in (
        *("notices", "questions", "journal", "purchased_lines", "claims", "orders", "events", "revisions", "quotes"),
        *("known_orders", "company_links", "tokens", "breakers", "workers", "connections", "errands"),
    )
)
# What was deleted is cleared away from time to time, or each world would be slower than the one before.
_VACUUM_AFTER = 100


class Premises:
    """One database of virtual time and the processes over it, and a folder for what AppXite is asked with."""

    def __init__(self, url: str) -> None:
        key = new_key()
        self.clock = VirtualClock()
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("SET search_path = public, pg_catalog")
        self.watcher = Watcher(self.connection)
        self._templates = TemporaryDirectory(prefix="qw-templates-")
        folder = Path(self._templates.name)
        write_templates(folder)
        self.processes = tuple(Process(number, url, key, self.clock, folder) for number in range(PROCESSES))
        for process in self.processes:
            process.get_ready()
        self._worlds = 0

    def clean(self) -> None:
        """Nothing of the last world is left."""
        self.connection.execute(_CLEAN)
        self._worlds += 1
        if self._worlds % _VACUUM_AFTER == 0:
            self.connection.execute("VACUUM")

    def close(self) -> None:
        for process in self.processes:
            process.end()
        self.connection.close()
        self._templates.cleanup()
