"""When a part is started, started again, and given up, without a process: time is handed in."""

from dataclasses import dataclass, field
from datetime import timedelta
from signal import SIGTERM, Signals

import pytest

from workers.supervision.part import Part, PartEvent, PartState
from workers.supervision.watched import Watched

BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (0.2, 0.5, 1, 2, 5))


@dataclass
class FakeChild:
    pid: int = 4711
    mark: str | None = "mark"
    how: str | None = None
    signals: list[Signals] = field(default_factory=list)
    killed: bool = False

    def ended(self) -> str | None:
        return self.how

    def signal(self, number: Signals) -> None:
        self.signals.append(number)

    def kill(self) -> None:
        self.killed, self.how = True, "killed by SIGKILL"


class World:
    """A part under watch, its children in the order of their starts, and what was told."""

    def __init__(self, *, ready: bool = True) -> None:
        self.ready = ready
        self.children: list[FakeChild] = []
        self.told: list[PartEvent] = []
        part = Part(name="web", command=("web",), ready=lambda: self.ready, stop_grace=timedelta(seconds=10))
        self.watched = Watched(part, self._start, self.told.append, BACKOFF)

    def _start(self, part: Part) -> FakeChild:
        assert part.name == "web"
        self.children.append(FakeChild())
        return self.children[-1]

    def step(self, now: float) -> PartState:
        self.watched.step(now, may_start=True)
        return self.watched.state

    def until_ready(self, now: float) -> None:
        self.step(now)
        assert self.step(now) is PartState.READY

    def die(self, now: float) -> None:
        self.children[-1].how = "exit code 1"
        assert self.step(now) is PartState.RESTARTING


@pytest.mark.parametrize(
    ("deaths", "wait"),
    [(1, 0.2), (2, 0.5), (3, 1), (4, 2), (5, 5), (6, 5), (1000, 5)],
    ids=["first", "second", "third", "fourth", "fifth", "sixth", "the thousandth"],
)
def test_a_part_that_keeps_dying_is_started_again_after_ever_longer_waits(deaths: int, wait: float) -> None:
    world, now = World(), 0.0
    for _ in range(deaths):
        now += 10
        world.until_ready(now)
        world.die(now)

    assert world.step(now + wait - 0.01) is PartState.RESTARTING
    assert world.step(now + wait) is PartState.STARTING
    assert world.watched.restarts == deaths


def test_a_long_life_makes_the_waits_short_again() -> None:
    world, now = World(), 0.0
    for _ in range(4):
        now += 10
        world.until_ready(now)
        world.die(now)
    world.until_ready(now + 5)

    world.die(now + 5 + 30)

    assert world.step(now + 5 + 30 + 0.2) is PartState.STARTING


def test_a_part_is_not_started_before_those_that_it_comes_after() -> None:
    world = World()

    world.watched.step(0, may_start=False)

    assert world.watched.state is PartState.WAITING
    assert not world.children


def test_a_part_that_is_not_ready_yet_is_waited_for_however_long_it_takes() -> None:
    world = World(ready=False)
    world.step(0)

    assert world.step(86_400) is PartState.STARTING
    world.ready = True
    assert world.step(86_401) is PartState.READY


def test_only_a_part_that_was_never_ready_counts_as_failing() -> None:
    never, once = World(ready=False), World()
    never.step(0)
    once.until_ready(0)

    never.die(1)
    once.die(1)

    assert (never.watched.failures, once.watched.failures) == (1, 0)


def test_the_listener_hears_how_a_part_ended_and_when_it_comes_back() -> None:
    world = World()
    world.until_ready(0)

    world.die(1)

    assert world.told[-1] == PartEvent("web", PartState.RESTARTING, "exit code 1; started again in 0.2 s")


def test_a_part_is_killed_when_its_grace_is_over_and_not_before() -> None:
    world = World()
    world.until_ready(0)
    child = world.children[0]

    world.watched.stop(100, at_once=False)
    world.step(109.9)
    assert (child.signals, child.killed) == ([SIGTERM], False)

    world.step(110)
    assert child.killed
    assert world.step(110) is PartState.STOPPED


def test_a_second_request_leaves_no_grace_and_sends_no_second_signal() -> None:
    world = World()
    world.until_ready(0)
    child = world.children[0]

    world.watched.stop(100, at_once=False)
    world.watched.stop(101, at_once=True)
    world.step(101)

    assert (child.signals, child.killed) == ([SIGTERM], True)


def test_a_part_that_waits_for_its_restart_is_stopped_at_once() -> None:
    world = World()
    world.until_ready(0)
    world.die(1)

    world.watched.stop(1, at_once=False)

    assert world.step(100) is PartState.STOPPED
    assert len(world.children) == 1


def test_a_program_that_cannot_be_started_is_tried_again_like_one_that_died() -> None:
    told: list[PartEvent] = []

    def start(_part: Part) -> FakeChild:
        raise OSError(28, "No space left on device")

    watched = Watched(Part(name="web", command=("web",)), start, told.append, BACKOFF)
    watched.step(0, may_start=True)

    assert watched.state is PartState.RESTARTING
    assert "No space left on device" in told[-1].detail
