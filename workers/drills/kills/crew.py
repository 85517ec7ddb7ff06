"""The processes that are struck, each at its post: it is started again at once in the same place."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from pipeline.marketplaces.simulation import SimulatorServer
from workers.commands.whole import address, answers, free_port
from workers.drills.house import House, until
from workers.drills.kills.door import Door
from workers.drills.kills.plan import Kind

_READY_WITHIN = 60.0
_BASE_URL = "QUOTEWAY_MARKETPLACES__PAX8__BASE_URL"


@dataclass
class Post:
    """`door` is its way to the marketplace; a web process has none. `thaws` is when it is woken, if it is frozen."""

    name: str
    kind: Kind
    start: Callable[[], subprocess.Popen[bytes]]
    door: Door | None
    process: subprocess.Popen[bytes]
    thaws: float | None = None

    @property
    def buying(self) -> int:
        return self.door.buying if self.door is not None else 0

    @property
    def works(self) -> bool:
        """Whether it is known to have got to work since it was last struck; of a web process nothing is known."""
        return self.door is None or self.kind is Kind.CLOCK or self.door.used

    def cut(self) -> tuple[int, int]:
        """How many purchases, and calls of any kind, it has at the marketplace; they count once."""
        return self.door.cut() if self.door is not None else (0, 0)


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

    def doors(self) -> Sequence[Door]:
        return [post.door for post in self.posts if post.door is not None]

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
                door = Door(house.simulator)
                server = stack.enter_context(SimulatorServer(door))
                posts.append(_worker(house, kind, number, door, server.url))
        for port in ports:
            until(answers("127.0.0.1", port, "/health/live"), _READY_WITHIN, told=house.output)
        yield Crew(house, posts, [address("127.0.0.1", port) for port in ports])


def _web(house: House, number: int, port: int) -> Post:
    def start() -> subprocess.Popen[bytes]:
        return house.start_web_at(port)

    return Post(f"web-{number}", Kind.WEB, start, None, start())


def _worker(house: House, kind: Kind, number: int, door: Door, url: str) -> Post:
    arguments = ("--stages", "events") if kind is Kind.CLOCK else ()

    def start() -> subprocess.Popen[bytes]:
        return house.start_worker(*arguments, **{_BASE_URL: f"{url}/v1"})

    return Post(f"{kind}-{number}", kind, start, door, start())
