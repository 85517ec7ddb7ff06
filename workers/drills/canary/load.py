"""Accepted quotes without end, while keys rotate; and what became of them, counted at the marketplace."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from workers.drills.canary.sending import World
from workers.drills.house import House
from workers.drills.quotes import Json

_PAUSE = 0.2


@dataclass
class Load:
    """The quotes that were sent, in turn."""

    quotes: list[Json] = field(default_factory=list)


@contextmanager
def sending(world: World, make: Callable[[], Json], under_way: Callable[[], int], most: int) -> Iterator[Load]:
    """
    Quotes, by a thread of its own, until the end of the block: as fast as they are ordered, so that there are always
    about `most` under way, however busy the machine is.
    """
    load, ending = Load(), threading.Event()

    def send() -> None:
        while not ending.wait(_PAUSE):
            if under_way() >= most:
                continue
            quote = make()
            load.quotes.append(quote)
            world.accept(quote)

    thread = threading.Thread(target=send, name="load", daemon=True)
    thread.start()
    try:
        yield load
    finally:
        ending.set()
        thread.join()


@dataclass(frozen=True, slots=True)
class Bought:
    """Of quotes whose customers order nothing else: those that bought nothing, and purchases beyond the first."""

    lost: Sequence[str]
    doubled: Sequence[str]


def counted(house: House, quotes: Sequence[Json]) -> Bought:
    """As the simulated marketplace has it."""
    with house.simulator.locked():
        names = {company.id: company.name for company in house.simulator.world.companies.values()}
        bought = Counter(names[order.company_id] for order in house.simulator.world.bought)
    wanted = [str(quote["customer"]["name"]) for quote in quotes]
    return Bought([name for name in wanted if not bought[name]], [name for name in wanted if bought[name] > 1])
