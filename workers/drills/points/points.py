"""Points: where a process may fall, taken from what the running code has crossed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workers.drills.points.scenario import Scenario
from workers.drills.points.trigger import Passed, Strike
from workers.drills.seams import Side

# How many crossings before and after a point tell it from another at the same place.
_BEFORE, _AFTER = 2, 2
# A freeze outlasts all leases, and so takes long.
_FREEZES = 2
# Between a claim and its answer, both included.
_WRITING = ("pipeline.claiming:", "pipeline.recording:", "pipeline.runner:Runner._write")


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

    @property
    def place(self) -> tuple[str, ...]:
        """Where in the code it strikes, and how."""
        passed = self.point.passed
        return (self.strike, passed.kind, passed.side, passed.place, passed.what)

    def __str__(self) -> str:
        return f"{self.strike} {self.point}"


def points(recorded: Iterable[tuple[Scenario, Sequence[Passed]]]) -> list[Point]:
    """
    Each crossing once. Two at the same place are the same point where what was crossed shortly before and after them is
    the same too: scenarios have most of their way in common, and polls and looks come again. What is apart is only
    compared with itself, and the steps of a write with those at the same marketplace. Where nothing is committed
    nothing can be lost, and there is no point.
    """
    found: list[Point] = []
    seen: set[tuple[object, ...]] = set()
    for scenario, crossed in recorded:
        ways = [(one.kind, one.side, one.place, one.what) for one in crossed]
        for at, passed in enumerate(crossed):
            whose = scenario.name if scenario.apart else ""
            where = scenario.at if passed.place.startswith(_WRITING) else ""
            around = (whose, where, ways[at], *ways[max(at - _BEFORE, 0) : at + 1 + _AFTER])
            if passed.writes and around not in seen:
                seen.add(around)
                found.append(Point(scenario, passed))
    return found


def every_harm(of: Sequence[Point]) -> list[Harm]:
    """
    Each point killed, and each place at each marketplace frozen at its first points; the slow ones first, so that all
    come to their end together.
    """
    frozen: list[Harm] = []
    times: Counter[tuple[str, ...]] = Counter()
    for point in of:
        harm = Harm(point, Strike.STOP)
        where = (point.scenario.at, *harm.place)
        times[where] += 1
        if times[where] <= _FREEZES:
            frozen.append(harm)
    return [*frozen, *(Harm(point, Strike.KILL) for point in of)]


def some_harm(of: Sequence[Point], seed: int, kills: int, stops: int) -> list[Harm]:
    """What a purchase passes is killed whole, and some of the rest; some of all is frozen, before the sending first."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    buying = [point for point in of if _buys(point)]
    rest = [point for point in of if not _buys(point)]
    killed = [*buying, *chance.sample(rest, min(kills, len(rest)))]
    sending = [point for point in buying if _sends(point)]
    others = [point for point in of if point not in sending]
    frozen = [*sending, *chance.sample(others, min(stops - len(sending), len(others)))]
    return [*(Harm(point, Strike.STOP) for point in frozen), *(Harm(point, Strike.KILL) for point in killed)]


def _sends(point: Point) -> bool:
    return point.passed.what == "send" and point.passed.side == Side.BEFORE


def _buys(point: Point) -> bool:
    """On the plain way."""
    return point.scenario.name == "plain" and point.passed.place.startswith(_WRITING)
