"""The cases, as products: each act against each step, each pair of acts, each order that can be forced."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

from workers.drills.races import race
from workers.drills.races.actors import Hold
from workers.drills.races.acts import KINDS, Kind
from workers.drills.races.elsewhere import ELSEWHERE
from workers.drills.races.race import TAKEN, Case, Order
from workers.drills.races.scenes import HOMES, STEPS, Setup
from workers.drills.races.world import World
from workers.drills.seams import Kind as SeamKind
from workers.drills.seams import Side

# Commits of what all share: tokens, breakers, what is known of companies. Nobody is told of them.
_SHARED = "pipeline.store."
_SEND = "send"
# These settle a purchase of unknown outcome, or would buy again.
_GOES_PAST = ("retry", "resend", "adopt")
_ENDS = "cancel"
_ALL = tuple(kind.name for kind in KINDS)

ALL_STEPS = (*STEPS, *ELSEWHERE)
"""Scenes in which a worker's step is about to run."""


@dataclass(frozen=True, slots=True)
class Group:
    """Two who meet in a scene. `first` None is a worker. All orders in which they can be let belong to it."""

    setup: Setup
    first: Kind | None
    second: Kind

    @property
    def acts(self) -> tuple[str, ...]:
        return tuple(kind.name for kind in (self.first, self.second) if kind is not None)

    def __str__(self) -> str:
        return f"{self.setup.name}: {self.first.name if self.first else race.WORKER} and {self.second.name}"


def groups() -> Sequence[Group]:
    """Each act against each step; each pair of acts in the scenes where either is at home."""
    steps = [Group(setup, None, kind) for setup in ALL_STEPS for kind in KINDS if kind.name in (setup.acts or _ALL)]
    pairs = [
        Group(setup, first, second)
        for first, second in combinations_with_replacement(KINDS, 2)
        for setup in dict.fromkeys((HOMES[first.name], HOMES[second.name]))
    ]
    return [*steps, *pairs]


def some(all_of_them: Sequence[Group], share: int, seed: int) -> Sequence[Group]:
    """
    One in `share`, by the seed, in which each step of a worker is met, and each act, also where it is not known whether
    the order has bought: those that could go past that both while it is looked for and while a person is asked. Each
    stage is also met by who cancels the order under the worker.
    """
    shuffled = random.Random(seed).sample(all_of_them, len(all_of_them))  # noqa: S311 - repeatable on purpose
    missing = frozenset[tuple[str, str]]().union(*(_covers(group) for group in all_of_them))
    taken: list[Group] = []
    while missing:
        taken.append(max(shuffled, key=lambda group: len(missing & _covers(group))))
        missing -= _covers(taken[-1])
    rest = [group for group in shuffled if group not in taken]
    return [*taken, *rest[: max(len(all_of_them) // share - len(taken), 0)]]


def _covers(group: Group) -> frozenset[tuple[str, str]]:
    covered = {("act", name) for name in group.acts}
    if group.setup.lost:
        looked_for = "looked for" if group.setup.machine else "asked about"
        covered |= {(looked_for if name in _GOES_PAST else "bought or not", name) for name in group.acts}
    if group.first is None:
        covered |= {("step", group.setup.name)}
        covered |= {
            ("cancelled at", group.setup.stage) for name in group.acts if name == _ENDS and not group.setup.lost
        }
    return frozenset(covered)


class Plan:
    """Knows where everybody can be made to stand still: found out by letting each act alone, once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._alone: dict[tuple[str, str], race.Outcome] = {}

    def alone(self, setup: Setup, kind: Kind | None) -> race.Outcome:
        key = (setup.name, kind.name if kind else race.WORKER)
        if key not in self._alone:
            self._alone[key] = race.solo(self._world, setup, kind)
        return self._alone[key]

    def cases(self, group: Group) -> Iterator[Case]:
        """One after the other, both ways, comes first."""
        both: Sequence[tuple[Kind | None, Kind | None]] = ((group.first, group.second), (group.second, group.first))
        if group.first == group.second:
            both = both[:1]
        for first, second in both:
            yield Case(group.setup, first, second, Order())
        for first, second in both:
            for hold in self._holds(group.setup, first):
                yield Case(group.setup, first, second, Order(hold))
        if group.first is None and (last := self._last(group.setup, group.second)):
            yield Case(group.setup, None, group.second, Order(TAKEN, last))

    def _holds(self, setup: Setup, kind: Kind | None) -> Sequence[Hold]:
        trail = self.alone(setup, kind).trails[0]
        if kind is None:
            return [TAKEN, *(hold for hold in trail if _telling(hold) and "_take" not in hold.place)]
        calls = [hold for hold in trail if hold.kind is SeamKind.CALL and hold.side is Side.BEFORE][:1]
        last = self._last(setup, kind)
        return [*calls, *([last] if last else [])]

    def _last(self, setup: Setup, kind: Kind) -> Hold | None:
        commits = [hold for hold in self.alone(setup, kind).trails[0] if _commits(hold)]
        return commits[-1] if commits else None


def _commits(hold: Hold) -> bool:
    return hold.kind is SeamKind.COMMIT and hold.side is Side.BEFORE and not hold.place.startswith(_SHARED)


def _telling(hold: Hold) -> bool:
    """Where a worker is made to stand still: before each commit of the order, before and after each write."""
    return _commits(hold) or (hold.kind is SeamKind.CALL and hold.what == _SEND)
