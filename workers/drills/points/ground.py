"""What all runs stand on: the servers, the simulated marketplaces, the receiver of notices, and lanes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import redis

from pipeline.marketplaces.flexportal.simulator import catalogue as devices
from pipeline.marketplaces.pax8.simulator import Pax8Simulator, catalogue
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import ScaledClock, SimulatorServer
from pipeline.store.cipher import new_key
from workers.drills import markets
from workers.drills.house import House, Servers, servers
from workers.drills.markets import Others
from workers.drills.points.forks import Forks, forks
from workers.drills.points.lane import Lane
from workers.drills.points.receiver import Receiver, receiver
from workers.embedded import EmbeddedValkey, claim
from workers.settings import variable

# As many databases as a Valkey has, unless it is told otherwise.
_EACH = 16
# All that heals by waiting heals within seconds. Absence is followed by sending again, so that all ends are the same.
_ACCOUNT = {
    "settle_seconds": "1",
    "timeout_seconds": "2.5",
    "send_within_seconds": "1",
    "resend_when_absent": "true",
    "calls_per_minute": "100000",
}
_SHORT = {
    **{variable("marketplaces", Simulated.PAX8, field): text for field, text in _ACCOUNT.items()},
    "QUOTEWAY_LEASE_SECONDS": "1",
    "QUOTEWAY_POLL_INTERVALS": "1",
    "QUOTEWAY_MARKETPLACES__PAX8__WEBHOOK_SECRET": "announced",
    "QUOTEWAY_NOTICES__DESK__KIND": "webhook",
    "QUOTEWAY_NOTICES__DESK__SECRET": "whsec_c2VjcmV0LW9mLXRoZS1yZWNlaXZlci1vZi1ub3RpY2Vz",
    "QUOTEWAY_NOTICES__DESK__ALLOW_PRIVATE": "true",
}
# So many devices in stock that two orders hardly ever want the same one.
_IN_STOCK = 200


@dataclass(frozen=True, slots=True)
class Ground:
    folder: Path
    servers: Servers
    valkeys: tuple[EmbeddedValkey, ...]
    simulator: Pax8Simulator
    url: str
    others: Others
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
        house.stand_beside(self.others)
        return Lane(house, self.forks, self.receiver)


@contextmanager
def ground(folder: Path, lanes: int) -> Iterator[Ground]:
    simulator = _pax8()
    left = folder / "actors"
    left.mkdir(mode=0o700)
    with ExitStack() as stack:
        running = stack.enter_context(servers(folder))
        more = [stack.enter_context(_valkey(folder / f"more-{nth}")) for nth in range((lanes - 1) // _EACH)]
        taken = stack.enter_context(receiver())
        server = stack.enter_context(SimulatorServer(simulator))
        others = stack.enter_context(markets.served(folder, 0.0, _ACCOUNT))
        others.flexportal.world.receive(devices.PHONE, _IN_STOCK)
        cold = stack.enter_context(forks(left))
        valkeys = (running.valkey, *more)
        ground = Ground(folder, running, valkeys, simulator, server.url, others, taken, cold)
        yield replace(ground, forks=stack.enter_context(forks(left, ground.lane(0).modules())))


def _pax8() -> Pax8Simulator:
    simulator = Pax8Simulator(ScaledClock(1.0))
    simulator.knobs.calls_per_minute = None
    simulator.world.walks[catalogue.BACKUP.id] = ((0, "Active"),)
    simulator.world.walks[catalogue.FIREWALL_MANUAL.id] = ((0, "PendingManual"), (1, "Active"))
    return simulator


@contextmanager
def _valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    with claim(folder) as data, EmbeddedValkey(data, durable=False) as valkey:
        yield valkey
