"""What happens in a world: all of it is drawn from the seed before anything happens."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pipeline.marketplaces.simulated import Simulated
from workers.drills.virtual import BEGINNING
from workers.drills.worlds.quotes import Message, messages


class What(StrEnum):
    """What one step does. `pick` and `amount` of the step choose among what there is at that moment."""

    EVENT = "event"
    TICK = "tick"
    NEXT = "next"
    WORK = "work"
    LOSE = "lose"
    WAIT = "wait"
    ACT = "act"
    FAULT = "fault"
    CALM = "calm"
    LAG = "lag"
    REPRICE = "reprice"
    STRANGER = "stranger"
    THERE = "there"
    ESCALATE = "escalate"
    REPLAY = "replay"


class Harm(StrEnum):
    """What becomes of the process that does the step: it dies at a seam, or stands still while `inside` steps pass."""

    NONE = "none"
    DIE = "die"
    PAUSE = "pause"


class Seam(StrEnum):
    """Where harm strikes: around a write at the marketplace, after a claim's commit, or at any seam."""

    BEFORE_SEND = "before the write"
    AFTER_SEND = "after the write"
    CLAIMED = "after the claim's commit"
    COMMITTED = "after a commit"
    ANY = "at a seam"


@dataclass(frozen=True, slots=True)
class Step:
    """`at` counts the seams of the kind that are passed unharmed. `inside` is how many of the next steps pass there."""

    what: What
    pick: int = 0
    amount: int = 0
    harm: Harm = Harm.NONE
    seam: Seam = Seam.ANY
    at: int = 0
    inside: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A world before it begins. `apart` is how far each process's clock is ahead of the database's. `elders` is how many
    equal orders of strangers the first customer has at Pax8 from before. `stock` is how many devices of a kind
    FlexPortal has at first; `allocate` says that we hand them out.
    """

    seed: int
    start: datetime
    markets: tuple[Simulated, ...]
    resend: bool
    create: str
    notices: bool
    apart: tuple[timedelta, ...]
    elders: int
    stock: int
    allocate: bool
    messages: tuple[Message, ...]
    steps: tuple[Step, ...]


_STARTS = (
    BEGINNING,
    datetime.fromisoformat("2026-03-28T20:00:00+00:00"),
    datetime.fromisoformat("2026-10-24T20:00:00+00:00"),
    datetime.fromisoformat("2026-07-31T22:30:00+00:00"),
)
_WEIGHTS = {
    What.EVENT: 14,
    What.TICK: 8,
    What.NEXT: 22,
    What.WORK: 28,
    What.LOSE: 1,
    What.WAIT: 6,
    What.ACT: 15,
    What.FAULT: 11,
    What.CALM: 2,
    What.LAG: 3,
    What.REPRICE: 1,
    What.STRANGER: 4,
    What.THERE: 3,
    What.ESCALATE: 1,
    What.REPLAY: 1,
}
_HARMED = {What.WORK: 0.35, What.ACT: 0.25, What.TICK: 0.1, What.NEXT: 0.05, What.EVENT: 0.1, What.REPLAY: 0.2}
_MANY = 1_000_000
_OTHERS = tuple(one for one in Simulated if one is not Simulated.PAX8)
# An order takes more calls elsewhere than at Pax8.
_STEPS, _STEPS_ELSEWHERE = (4, 10), (2, 6)
PROCESSES = 3


def plan(seed: int) -> Plan:
    """The plan of this seed: always the same."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    start = chance.choice(_STARTS)
    markets = _markets(chance)
    return Plan(
        seed=seed,
        start=start,
        markets=markets,
        resend=chance.random() < 0.5,
        create=chance.choice(("always", "always", "ask")),
        notices=chance.random() < 0.1,
        apart=tuple(timedelta(seconds=chance.choice((0, 0, 90, -90, 600))) for _ in range(PROCESSES)),
        elders=chance.choice((0, 0, 0, 0, 1, 2)),
        stock=chance.choice((2, 3, 3, 20)),
        allocate=chance.random() < 0.7,
        messages=messages(chance, start, markets),
        steps=_steps(chance, _STEPS if markets == (Simulated.PAX8,) else _STEPS_ELSEWHERE),
    )


def _markets(chance: random.Random) -> tuple[Simulated, ...]:
    """Pax8 alone in half of the worlds, as the one that keeps no reference of ours; else another one, or several."""
    kind = chance.random()
    if kind < 0.5:
        return (Simulated.PAX8,)
    if kind < 0.94:
        return (chance.choice(_OTHERS),)
    several = chance.sample(tuple(Simulated), chance.randint(2, len(Simulated)))
    return tuple(one for one in Simulated if one in several)


def _steps(chance: random.Random, count: tuple[int, int]) -> tuple[Step, ...]:
    opening = [Step(What.EVENT), Step(What.TICK), _step(chance, What.WORK)]
    kinds = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=chance.randint(*count))
    steps = [*opening, *(_step(chance, kind) for kind in kinds)]
    if chance.random() < 0.6:
        # Without trouble at the marketplace there is nothing to find out.
        steps.insert(0, _step(chance, What.FAULT))
    return tuple(steps)


def _step(chance: random.Random, what: What) -> Step:
    pick, amount = chance.randrange(_MANY), chance.randrange(_MANY)
    if chance.random() >= _HARMED.get(what, 0):
        return Step(what, pick, amount)
    seam = chance.choices(list(Seam), (4, 4, 2, 2, 3))[0]
    most = {Seam.COMMITTED: 24, Seam.ANY: 60}.get(seam, 1)
    harm = chance.choice((Harm.DIE, Harm.PAUSE))
    return Step(what, pick, amount, harm, seam, chance.randrange(most), chance.randint(1, 5))
