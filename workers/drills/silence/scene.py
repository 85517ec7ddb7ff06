"""The scene of this drill: a whole Quoteway with nothing in its way but its own work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.marketplaces.pax8.simulator import catalogue
from workers.bootstrap import Application
from workers.drills.house import House, Servers, a_house, servers
from workers.drills.silence.passing import Road

WORKERS = 2
_PAX8 = "QUOTEWAY_MARKETPLACES__PAX8__"
_SETTINGS = {
    # What is bought is looked at again soon, what has waited for long in half an hour: as by default, but sooner first.
    "QUOTEWAY_POLL_INTERVALS": "1,2,4,8,15,30,60,1800",
    # A tenth of the default, so that whatever is not begun in time is published again, and again.
    "QUOTEWAY_LEASE_SECONDS": "6",
    f"{_PAX8}CALLS_PER_MINUTE": "10000000",
    f"{_PAX8}SETTLE_SECONDS": "2",
    f"{_PAX8}TIMEOUT_SECONDS": "10",
    f"{_PAX8}SEND_WITHIN_SECONDS": "10",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """`parts` and `servers` are process ids by name. The drill itself is the marketplace too."""

    house: House
    application: Application
    road: Road
    database_url: str
    redis_url: str
    parts: Mapping[str, Sequence[int]]
    servers: Mapping[str, Sequence[int]]

    @property
    def all_parts(self) -> Mapping[str, Sequence[int]]:
        return {**self.parts, **self.servers}


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Two workers and a web process. The simulated marketplace answers at once, and all is live at the first look."""
    with servers(folder) as running:
        url = running.database("silence")
        with a_house(folder, url, running.valkey.url, **_SETTINGS) as house, house.application() as application:
            house.simulator.knobs.calls_per_minute = None
            house.simulator.world.walks[catalogue.BACKUP.id] = ((0.0, "Active"),)
            workers = [house.start_worker().pid for _ in range(WORKERS)]
            address = house.start_web()
            web = [process.pid for process in house.processes if process.pid not in workers]
            road = Road(house, address, url)
            try:
                parts = {"workers": workers, "web": web}
                yield Scene(house, application, road, url, running.valkey.url, parts, _pids(running))
            finally:
                road.close()


def _pids(running: Servers) -> Mapping[str, Sequence[int]]:
    each = {"PostgreSQL": running.postgres.pid, "Valkey": running.valkey.pid}
    return {name: [pid] for name, pid in each.items() if pid is not None}
