"""The processes that are struck, each at its post: it is started again at once in the same place."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import SimulatorServer
from workers.commands.whole import address, answers, free_port
from workers.drills.house import House, until
from workers.drills.kills.door import Door, Pax8Door
from workers.drills.kills.plan import Kind
from workers.settings import variable

_READY_WITHIN = 60.0


@dataclass
class Post:
    """`doors` are its ways to the marketplaces; a web process has none. `thaws` is when it is woken, if frozen."""

    name: str
    kind: Kind
    start: Callable[[], subprocess.Popen[bytes]]
    doors: Mapping[Simulated, Door]
    process: subprocess.Popen[bytes]
    thaws: float | None = None

    def buying(self, at: Simulated | None = None) -> int:
        """How many purchases it has at this marketplace, or anywhere."""
        return sum(door.buying for name, door in self.doors.items() if at in (None, name))

    @property
    def works(self) -> bool:
        """Whether it is known to have got to work since it was last struck; of a web process nothing is known."""
        return not self.doors or self.kind is Kind.CLOCK or any(door.used for door in self.doors.values())

    def cut(self) -> tuple[Counter[Simulated], int]:
        """Its purchases by marketplace, and how many calls of any kind it has there; they count once."""
        cut = {name: door.cut() for name, door in self.doors.items()}
        purchases = Counter({name: number for name, (number, _) in cut.items()})
        return +purchases, sum(calls for _, calls in cut.values())


@dataclass
class Crew:
    """`fallen` are processes that ended though nobody killed them."""

    house: House
    posts: Sequence[Post]
    web: Sequence[str]
    fallen: list[str] = field(default_factory=list)

    def of(self, *kinds: Kind) -> Sequence[Post]:
        """Those of the kinds that are not frozen."""
        return [post for post in self.posts if post.kind in kinds and post.thaws is None]

    def doubles(self) -> list[str]:
        """The names of companies that were to be made although they were there."""
        doors = [door for post in self.posts for door in post.doors.values() if isinstance(door, Pax8Door)]
        return [name for door in doors for name in door.doubles.elements()]

    def kill(self, post: Post) -> None:
        self._look(post)
        self.house.kill(post.process)

    def start(self, post: Post) -> None:
        post.process = post.start()

    def freeze(self, post: Post, seconds: float) -> None:
        self._look(post)
        self.house.freeze(post.process)
        post.thaws = time.monotonic() + seconds

    def thaw(self, post: Post) -> None:
        self.house.thaw(post.process)
        post.thaws = None

    def check(self) -> None:
        """Notes who has fallen, and puts somebody in their place."""
        for post in self.posts:
            self._look(post)

    def _look(self, post: Post) -> None:
        code = post.process.poll()
        if code is not None:
            self.fallen.append(f"{post.name} ended by itself with {code}")
            self.start(post)


@contextmanager
def a_crew(house: House, processes: Mapping[Kind, int]) -> Iterator[Crew]:
    """All started, and the web processes answering. They end with the house."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(processes[Kind.WEB])]
        posts = [_web(house, number, port) for number, port in enumerate(ports, 1)]
        for kind in (Kind.WORKER, Kind.CLOCK):
            for number in range(1, processes[kind] + 1):
                doors = _doors(house)
                at = {name: stack.enter_context(SimulatorServer(door)).url for name, door in doors.items()}
                posts.append(_worker(house, kind, number, doors, at))
        for port in ports:
            until(answers("127.0.0.1", port, "/health/live"), _READY_WITHIN, told=house.output)
        yield Crew(house, posts, [address("127.0.0.1", port) for port in ports])


def _doors(house: House) -> Mapping[Simulated, Door]:
    others = {name: Door(name, simulator) for name, simulator in house.others.by_name().items()}
    return {Simulated.PAX8: Pax8Door(house.simulator), **others}


def _web(house: House, number: int, port: int) -> Post:
    def start() -> subprocess.Popen[bytes]:
        return house.start_web_at(port)

    return Post(f"web-{number}", Kind.WEB, start, {}, start())


def _worker(
    house: House, kind: Kind, number: int, doors: Mapping[Simulated, Door], at: Mapping[Simulated, str]
) -> Post:
    arguments = ("--stages", "events") if kind is Kind.CLOCK else ()
    ways = {variable("marketplaces", name, "base_url"): name.access(url)["base_url"] for name, url in at.items()}

    def start() -> subprocess.Popen[bytes]:
        return house.start_worker(*arguments, **ways)

    return Post(f"{kind}-{number}", kind, start, doors, start())
