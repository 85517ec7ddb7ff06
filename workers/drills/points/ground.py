"""What all runs stand on: the servers, the simulated marketplace, the receiver of notices, and lanes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import redis

from pipeline.marketplaces.pax8.simulator import Pax8Simulator, catalogue
from pipeline.marketplaces.simulation import ScaledClock, SimulatorServer
from pipeline.store.cipher import new_key
from workers.drills.house import House, Servers, servers
from workers.drills.points.forks import Forks, forks
from workers.drills.points.lane import Lane
from workers.drills.points.receiver import Receiver, receiver
from workers.embedded import EmbeddedValkey, claim

# As many databases as a Valkey has, unless it is told otherwise.
_EACH = 16
# All that heals by waiting heals within seconds. Absence is followed by sending again, so that all ends are the same.
_SHORT = {
    "QUOTEWAY_LEASE_SECONDS": "1",
    "QUOTEWAY_POLL_INTERVALS": "1",
    "QUOTEWAY_MARKETPLACES__PAX8__SETTLE_SECONDS": "1",
    "QUOTEWAY_MARKETPLACES__PAX8__TIMEOUT_SECONDS": "2.5",
    "QUOTEWAY_MARKETPLACES__PAX8__SEND_WITHIN_SECONDS": "1",
    "QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT": "true",
    "QUOTEWAY_MARKETPLACES__PAX8__CALLS_PER_MINUTE": "100000",
    "QUOTEWAY_MARKETPLACES__PAX8__WEBHOOK_SECRET": "announced",
    "QUOTEWAY_NOTICES__DESK__KIND": "webhook",
    "QUOTEWAY_NOTICES__DESK__SECRET": "whsec_c2VjcmV0LW9mLXRoZS1yZWNlaXZlci1vZi1ub3RpY2Vz",
    "QUOTEWAY_NOTICES__DESK__ALLOW_PRIVATE": "true",
}


@dataclass(frozen=True, slots=True)
class Ground:
    folder: Path
    servers: Servers
    valkeys: tuple[EmbeddedValkey, ...]
    simulator: Pax8Simulator
    url: str
    receiver: Receiver
    forks: Forks
    _numbers: Iterator[int] = field(default_factory=count)

    def lane(self, slot: int) -> Lane:
        """A lane on a fresh database; its Valkey is the slot's, emptied."""
        redis_url = self.valkeys[slot // _EACH].url.replace("db=0", f"db={slot % _EACH}")
        with redis.Redis.from_url(redis_url) as client:
            client.flushdb()
        database_url = self.servers.database(f"lane_{next(self._numbers)}")
        house = House(self.folder, database_url, redis_url, self.simulator, self.url)
        house.environment.update(_SHORT, QUOTEWAY_NOTICES__DESK__URL=self.receiver.url)
        house.environment["QUOTEWAY_ENCRYPTION_KEYS"] += f",{new_key()}"
        return Lane(house, self.forks, self.receiver)


@contextmanager
def ground(folder: Path, lanes: int) -> Iterator[Ground]:
    simulator = Pax8Simulator(ScaledClock(1.0))
    simulator.knobs.calls_per_minute = None
    simulator.world.walks[catalogue.BACKUP.id] = ((0, "Active"),)
    simulator.world.walks[catalogue.FIREWALL_MANUAL.id] = ((0, "PendingManual"), (1, "Active"))
    left = folder / "actors"
    left.mkdir(mode=0o700)
    with ExitStack() as stack:
        running = stack.enter_context(servers(folder))
        more = [stack.enter_context(_valkey(folder / f"more-{nth}")) for nth in range((lanes - 1) // _EACH)]
        taken = stack.enter_context(receiver())
        server = stack.enter_context(SimulatorServer(simulator))
        cold = stack.enter_context(forks(left))
        ground = Ground(folder, running, (running.valkey, *more), simulator, server.url, taken, cold)
        yield replace(ground, forks=stack.enter_context(forks(left, ground.lane(0).modules())))


@contextmanager
def _valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    with claim(folder) as data, EmbeddedValkey(data, durable=False) as valkey:
        yield valkey
