"""Points: where a process may fall, taken from what the running code has crossed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workers.drills.points.scenario import Scenario
from workers.drills.points.trigger import Passed, Strike

# A place that is passed over and over, by polls and looks, is the same place: its first passes stand for all.
_PASSES = 3


@dataclass(frozen=True, slots=True)
class Point:
    scenario: Scenario
    passed: Passed

    def __str__(self) -> str:
        one = self.passed
        return f"{self.scenario.name}: {one.side} {one.kind} {one.what} at {one.place}, pass {one.nth}"


@dataclass(frozen=True, slots=True)
class Harm:
    point: Point
    strike: Strike

    def __str__(self) -> str:
        return f"{self.strike} {self.point}"


def points(recorded: Iterable[tuple[Scenario, Sequence[Passed]]]) -> list[Point]:
    """
    Each crossing of each scenario once. Where scenarios have crossed the same seams from the start on they are at the
    same point still, so that is one; and where nothing is committed nothing can be lost.
    """
    found: list[Point] = []
    seen: set[tuple[Passed, ...]] = set()
    for scenario, crossed in recorded:
        for upto, passed in enumerate(crossed, 1):
            way = tuple(crossed[:upto])
            if way not in seen and passed.writes and passed.nth <= _PASSES:
                found.append(Point(scenario, passed))
            seen.add(way)
    return found


def every_harm(of: Sequence[Point]) -> list[Harm]:
    """Each point killed and frozen, the slow ones first, so that all come to their end together."""
    return [Harm(point, strike) for strike in (Strike.STOP, Strike.KILL) for point in of]


def some_harm(of: Sequence[Point], seed: int, kills: int, stops: int) -> list[Harm]:
    """What a purchase passes is killed whole, and some of the rest; some of all is frozen."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    buying = [point for point in of if _buys(point)]
    rest = [point for point in of if not _buys(point)]
    killed = [*buying, *chance.sample(rest, min(kills, len(rest)))]
    frozen = chance.sample(of, min(stops, len(of)))
    return [*(Harm(point, Strike.STOP) for point in frozen), *(Harm(point, Strike.KILL) for point in killed)]


def _buys(point: Point) -> bool:
    """Between the claim and its answer, both included, on the plain way."""
    own = ("pipeline.claiming:", "pipeline.recording:", "pipeline.runner:Runner._write")
    return point.scenario.name == "plain" and point.passed.place.startswith(own)
