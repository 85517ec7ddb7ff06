"""What a run is made of: sizes, how often what goes wrong, the quotes and the strangers' orders. All by the seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.pax8.simulator.records import Line
from workers.drills.report import Form, Setting

LONGEST_LAG = 120.0
LATEST_COMMIT = 60.0
_SPREAD = 20.0  # seconds between two quotes, on average


@dataclass(frozen=True, slots=True)
class Trouble:
    """Chances for each purchase that is sent."""

    lost_before: float
    lost_after: float
    late: float


@dataclass(frozen=True, slots=True)
class Sizes:
    """
    `equal` and `strangers` are shares of the quotes: copies of another one, and those that a stranger copies, `around`
    seconds before and after.
    """

    quotes: int
    old: int
    companies: int
    equal: float
    strangers: float
    around: float
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Wanted:
    """A quote that is accepted `at` seconds after the beginning; `company` is a number."""

    id: str
    at: float
    company: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody else orders at the marketplace the same as the quote `twin_of`."""

    at: float
    twin_of: Wanted


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    sizes: Sizes
    quotes: Sequence[Wanted]
    strangers: Sequence[Stranger]


_FULL = Sizes(1000, 45_208, 400, 0.1, 0.06, 240, Trouble(0.10, 0.30, 0.05))
_SHORT = Sizes(45, 600, 20, 0.3, 0.35, 90, Trouble(0.15, 0.35, 0.15))


def plan_of(setting: Setting) -> Plan:
    sizes = _FULL if setting.form is Form.FULL else _SHORT
    rng = random.Random(f"{setting.seed} plan")  # noqa: S311 - repeatable on purpose
    quotes = _quotes(rng, sizes)
    strangers = [
        Stranger(max(0.0, wanted.at + rng.uniform(-sizes.around, sizes.around)), wanted)
        for wanted in rng.sample(quotes, round(sizes.quotes * sizes.strangers))
    ]
    return Plan(setting.seed, sizes, quotes, strangers)


def _quotes(rng: random.Random, sizes: Sizes) -> list[Wanted]:
    made: list[Wanted] = []
    for number in range(sizes.quotes):
        at = rng.uniform(0, sizes.quotes * _SPREAD)
        company, lines = rng.randrange(sizes.companies), some_lines(rng)
        if made and rng.random() < sizes.equal:
            other = rng.choice(made)
            at, company, lines = max(0.0, other.at + rng.uniform(-120, 120)), other.company, other.lines
        made.append(Wanted(f"Q-{number:04d}", at, company, lines))
    return sorted(made, key=lambda one: one.at)


def some_lines(rng: random.Random) -> tuple[Line, ...]:
    """One line or two, of few shapes, so that a company's orders are often equal."""
    backup = Line(catalogue.BACKUP.id, rng.randint(1, 4), rng.choice(("Monthly", "Annual")))
    if rng.random() < 0.7:
        return (backup,)
    return (backup, Line(catalogue.ENDPOINT_VOLUME.id, rng.randint(1, 2), "Monthly", number=2))


def old_moments(rng: random.Random, count: int) -> list[timedelta]:
    """How long ago each old order was made, oldest first: over three years, and up to a minute ago."""
    span = timedelta(days=3 * 365).total_seconds()
    return sorted((timedelta(seconds=60 + rng.random() ** 2 * span) for _ in range(count)), reverse=True)
