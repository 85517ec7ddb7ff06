"""How many orders are parked, of which kinds, how many pass by them, and how many wake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from workers.drills.report import Form


class Kind(StrEnum):
    """What a parked order waits for."""

    DATED = "its date"
    POLLING = "a poll"
    RETRYING = "another try after a fault"
    BEHIND = "another order's claim"
    LOST = "a person, about a lost purchase"
    ASKING = "a person"
    ENDED = "nothing: it is done"


# For each order behind a claim there is one that holds it.
_PARKED = {
    Kind.DATED: 30,
    Kind.POLLING: 20,
    Kind.RETRYING: 5,
    Kind.BEHIND: 2,
    Kind.LOST: 2,
    Kind.ASKING: 21,
    Kind.ENDED: 20,
}
_WAKING = {Kind.DATED: 10, Kind.POLLING: 70, Kind.RETRYING: 10, Kind.BEHIND: 10}


def _shares(count: int, per_cent: Mapping[Kind, int]) -> dict[Kind, int]:
    return {kind: count * share // 100 for kind, share in per_cent.items()}


@dataclass(frozen=True)
class Sizes:
    """
    `passing` orders come at up to `rate` a second beside the parked ones, the first `warming` of them to warm up.
    `before` came while nothing was parked. Then `waking` parked orders fall due within `over` seconds, and `deadlines`
    questions are overdue at once. `growth` is by how much memory may seem to grow, in per cent: it is not allocated
    evenly, and the less so the shorter one looks.
    """

    parked: int
    before: int
    warming: int
    passing: int
    rate: float
    waking: int
    deadlines: int
    over: int
    growth: float

    @cached_property
    def parked_of(self) -> Mapping[Kind, int]:
        return _shares(self.parked, _PARKED)

    @cached_property
    def waking_of(self) -> Mapping[Kind, int]:
        """Questions count by the orders that ask them."""
        return {**_shares(self.waking, _WAKING), Kind.ASKING: self.deadlines}


_FORMS = {
    # An hour's six thousand, up to 18 times as fast as a hundred a minute.
    Form.FULL: Sizes(100_000, 200, 1_500, 6_000, 30.0, 10_000, 1_000, over=60, growth=5),
    Form.SHORT: Sizes(5_000, 20, 20, 60, 12.0, 300, 30, over=3, growth=15),
}


def sizes_of(form: Form) -> Sizes:
    return _FORMS[form]
