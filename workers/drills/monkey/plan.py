"""What the monkey does, and when: drawn from a seed before it begins."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from workers.drills.monkey.commits import Sort
from workers.drills.report import Form

Range = tuple[float, float]


class Harm(StrEnum):
    FORGET = "the broker forgets everything"
    STOP = "the broker is killed"
    START = "the broker starts again"
    FREEZE = "the broker stands still"
    THAW = "the broker goes on"
    RESTART = "the database is restarted at once"


_OUTAGES = ((Harm.STOP, Harm.START), (Harm.FREEZE, Harm.THAW))


@dataclass(frozen=True, slots=True)
class Strike:
    """`at` is seconds after the monkey began."""

    at: float
    harm: Harm


@dataclass(frozen=True, slots=True)
class Plan:
    """
    `quotes` come within `seconds`; the monkey plays as long, from the first purchase on. Ranges are seconds, drawn anew
    each time: between two restarts of the database, between two outages of the broker, and how long one lasts. `gaps`
    say how many commits of each sort go by between two that are cut. `deaf`: whether workers go deaf in the end.
    `unpublished`: how many publishes must have failed for the play to count. The short one may be over before any does.
    """

    quotes: int
    seconds: float
    forget_every: float
    database: Range
    broker: Range
    away: Range
    gaps: Mapping[Sort, tuple[int, int]]
    deaf: bool
    unpublished: int
    settings: Mapping[str, str]


_SETTINGS = MappingProxyType(
    {
        # Every stage's hand-over is a message then, which is what is to be lost.
        "QUOTEWAY_FAST_LANE": "false",
        "QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT": "true",
    }
)
PLANS = {
    Form.FULL: Plan(
        quotes=300,
        seconds=180.0,
        forget_every=20.0,
        database=(5.0, 40.0),
        broker=(8.0, 20.0),
        away=(2.0, 8.0),
        gaps={Sort.CLAIM: (4, 12), Sort.ANSWER: (4, 12), Sort.EVENT: (8, 20), Sort.OTHER: (30, 100)},
        deaf=True,
        unpublished=1,
        settings=_SETTINGS,
    ),
    Form.SHORT: Plan(
        quotes=24,
        seconds=6.0,
        forget_every=2.5,
        database=(2.0, 3.0),
        broker=(0.8, 1.6),
        away=(0.5, 0.9),
        gaps={Sort.CLAIM: (2, 5), Sort.ANSWER: (2, 5), Sort.EVENT: (8, 12), Sort.OTHER: (60, 100)},
        deaf=False,
        unpublished=0,
        settings=MappingProxyType({**_SETTINGS, "QUOTEWAY_LEASE_SECONDS": "1"}),
    ),
}


def schedule(plan: Plan, chance: random.Random) -> list[Strike]:
    """All strikes in their order. The broker is never told to forget while it is away: it could not hear it."""
    outages = list(_outages(plan, chance))
    strikes = [strike for pair in outages for strike in pair]
    strikes += [Strike(_heard(at, outages), Harm.FORGET) for at in _forgets(plan)]
    strikes += [Strike(at, Harm.RESTART) for at in _times(plan.database, plan.seconds, chance)]
    return sorted(strikes, key=lambda strike: strike.at)


def _outages(plan: Plan, chance: random.Random) -> Iterator[tuple[Strike, Strike]]:
    kinds = list(_OUTAGES)
    chance.shuffle(kinds)
    at = chance.uniform(*plan.broker)
    while (ends := at + chance.uniform(*plan.away)) < plan.seconds:
        begin, end = kinds[0]
        yield Strike(at, begin), Strike(ends, end)
        kinds.reverse()
        at = ends + chance.uniform(*plan.broker)


def _forgets(plan: Plan) -> Iterator[float]:
    at = plan.forget_every
    while at < plan.seconds:
        yield at
        at += plan.forget_every


def _heard(at: float, outages: list[tuple[Strike, Strike]]) -> float:
    return next((end.at + 0.1 for begin, end in outages if begin.at <= at <= end.at), at)


def _times(between: Range, until: float, chance: random.Random) -> Iterator[float]:
    at = chance.uniform(*between)
    while at < until:
        yield at
        at += chance.uniform(*between)
