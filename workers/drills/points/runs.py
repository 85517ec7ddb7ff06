"""Many runs at the same time, each alone on its lane."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace

from workers.drills.points.ground import Ground
from workers.drills.points.lane import End, Lane, Run
from workers.drills.points.points import Harm
from workers.drills.points.scenario import Scenario
from workers.drills.points.trigger import Passed, Strike

# A run whose process did not come to the point is made again: a slow moment may have led it another way.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Harmed:
    """What came of a harm. `differs` says in words how its end is not the undisturbed one."""

    harm: Harm
    run: Run
    differs: str

    @property
    def by_chance(self) -> bool:
        """All runs came to their end, and none came to the point."""
        return self.run.end is not None and not self.run.struck


class Lanes:
    """Thread-safe. A lane that a run has spoilt is not used again."""

    def __init__(self, ground: Ground, count: int, first: Scenario) -> None:
        self._ground = ground
        self._first = first
        self._free: queue.SimpleQueue[tuple[int, Lane | None]] = queue.SimpleQueue()
        for slot in range(count):
            self._free.put((slot, None))
        self._threads = ThreadPoolExecutor(count)

    @contextmanager
    def lane(self, *, fresh: bool) -> Iterator[Lane]:
        slot, lane = self._free.get()
        if lane is None or fresh:
            lane = self._ground.lane(slot)
            if not fresh:
                lane.run(self._first)  # what a first start does besides is no scenario's but its own
        try:
            yield lane
        finally:
            self._free.put((slot, None if fresh or lane.spoilt else lane))

    def run(self, scenario: Scenario, target: Passed | None = None, strike: Strike = Strike.KILL) -> Run:
        tries = _TRIES
        while True:
            with self.lane(fresh=scenario.fresh) as lane:
                run = lane.run(scenario, target, strike)
            tries -= 1
            there = run.end is not None if target is None else run.struck
            if there or tries == 0:
                return run

    def record(self, scenarios: Sequence[Scenario]) -> list[tuple[Scenario, Run]]:
        """
        Each undisturbed, twice: what only one of the two has crossed, a poll more or a message where the other went on
        by itself, is there by chance, and nobody could be sure to fall at it.
        """
        twice = list(self._threads.map(self.run, [*scenarios, *scenarios]))
        pairs = zip(twice[: len(scenarios)], twice[len(scenarios) :], strict=True)
        return list(zip(scenarios, (_common(one, other) for one, other in pairs), strict=True))

    def harm(self, harms: Sequence[Harm], ends: dict[str, End], tell: Callable[[int], None]) -> list[Harmed]:
        """Each on its own; `tell` is called with how many are done."""

        def one(harm: Harm) -> Harmed:
            run = self.run(harm.point.scenario, harm.point.passed, harm.strike)
            differs = run.trouble if run.end is None else run.end.differs(ends[harm.point.scenario.name])
            return Harmed(harm, run, differs)

        done: list[Harmed] = []
        for future in as_completed([self._threads.submit(one, harm) for harm in harms]):
            done.append(future.result())
            tell(len(done))
        return done

    def close(self) -> None:
        self._threads.shutdown()


def _common(one: Run, other: Run) -> Run:
    if one.end is None or other.end is None:
        return one if one.end is None else other
    surely = {(each.kind, each.side, each.place, each.what, each.nth) for each in other.passed}
    kept = tuple(each for each in one.passed if (each.kind, each.side, each.place, each.what, each.nth) in surely)
    return replace(one, passed=kept)
