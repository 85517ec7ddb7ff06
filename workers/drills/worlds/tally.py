"""What happened in worlds, and how one went."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass(slots=True)
class Tally:
    """What happened in worlds, in numbers. `elsewhere` are purchases at other marketplaces than Pax8."""

    worlds: int = 0
    steps: int = 0
    deaths: int = 0
    pauses: int = 0
    acts: int = 0
    orders: int = 0
    purchases: int = 0
    elsewhere: int = 0
    baskets: int = 0
    units: int = 0
    cancelled: int = 0
    lost: int = 0
    asking: int = 0

    def add(self, other: Tally) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(slots=True)
class Played:
    """How a world went. `wrong` is empty where all rules held; `trace` tells each step."""

    wrong: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
