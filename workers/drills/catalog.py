"""The drills by name, in the order in which they run."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from workers.drills.report import Drill


@dataclass(frozen=True, slots=True)
class Listed:
    """A drill. `module` has a function `drill`, and is imported only when it runs."""

    name: str
    title: str
    module: str

    def load(self) -> Drill:
        drill: Drill = import_module(self.module).drill
        return drill


DRILLS = (
    Listed("points", "every crash point, killed and frozen", "workers.drills.points.drill"),
    Listed("kills", "workers, web and clocks killed under load", "workers.drills.kills.drill"),
    Listed("monkey", "the broker forgets, the database restarts, commits are cut", "workers.drills.monkey.drill"),
    Listed("keyless", "answers and requests lost at a marketplace without a key", "workers.drills.keyless.drill"),
    Listed("worlds", "seeded worlds on a virtual clock", "workers.drills.worlds.drill"),
    Listed("races", "persons and machines at the same order", "workers.drills.races.drill"),
    Listed("canary", "planted secrets on the whole way", "workers.drills.canary.drill"),
    Listed("silence", "a hundred thousand parked orders", "workers.drills.silence.drill"),
)
