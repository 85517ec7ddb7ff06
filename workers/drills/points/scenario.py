"""What a scenario is: what is there before, what is done while a process may fall, and what a person does then."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from events.inbox import inject
from events.sources.serving import ToolSimulator
from pipeline.marketplaces.simulated import Simulated
from workers.bootstrap import LOCAL
from workers.drills.house import House
from workers.drills.points.hands import Hands
from workers.drills.seams import Crossing

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """
    One run's own things: its quotes, its companies at Pax8 by id, and the names of those that it may make. `elsewhere`
    are its customers at other marketplaces, by id or by e-mail address: a run that has any has accounts at all of them.
    `more` is the scenario's; what it has as `settings` is set for all of the run's processes.
    """

    quotes: tuple[Json, ...] = ()
    companies: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    more: Json = field(default_factory=dict)

    @property
    def settings(self) -> Mapping[str, str]:
        found: Mapping[str, str] = self.more.get("settings", {})
        return found

    @property
    def quote_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(quote["quote"]["id"]) for quote in self.quotes))


Step = Callable[[Hands, Case], None]
_TIMES, _BETWEEN = 30, 1.0


class Refused(Exception):
    """
    Somebody was told that it is too late, or to come again: the act was done already, the order has moved, the database
    took too long. It is a good answer for one who stood still while others went on.
    """


def take_in(hands: Hands, case: Case) -> None:
    """The quotes are in the inbox, and nothing has been read yet."""
    for quote in case.quotes:
        inject(hands.application.database, json.dumps(quote).encode(), hands.application.sources[LOCAL])


def settled(hands: Hands, case: Case) -> None:
    """The quotes have become orders, and these have come as far as they come by themselves."""
    take_in(hands, case)
    hands.drive()


def go_on(hands: Hands, case: Case) -> None:
    """All that is due is done, until nothing is."""
    del case
    hands.drive()


def nothing(hands: Hands, case: Case) -> None:
    """Whoever did it needs not do it again."""
    del hands, case


def until_taken(step: Step) -> Step:
    """Done again and again while it is refused: a sender comes again while somebody else stands in the way."""

    def again(hands: Hands, case: Case) -> None:
        for left in reversed(range(_TIMES)):
            try:
                step(hands, case)
                break
            except Refused:
                if not left:
                    raise
            time.sleep(_BETWEEN)

    return again


@dataclass(frozen=True, slots=True)
class FarTool:
    """
    A simulated tool that only one run has, served in the drill's process. `told` gives what is added to the case's
    `more` once its address is known; `left` is what we have written there in the end.
    """

    simulator: ToolSimulator
    told: Callable[[str], Json]
    left: Callable[[], tuple[str, ...]] = tuple


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    `setup` runs in the drill's process, where the simulator is; `before`, undisturbed, and then `act` in the process
    that may fall; `again` in the next one, which then does all that is due: what a person does who was cut off.

    `settings` are all processes', a case's `first` in `more` only those of the one that may fall. `also` makes faults
    at the seams.
    `tool` is made for each run's case. `fresh`: each run has a database of its own. `at`: where its writes are made.
    """

    name: str
    setup: Callable[[House], Case]
    before: Step = take_in
    act: Step = go_on
    again: Step = nothing
    settings: Mapping[str, str] = field(default_factory=dict)
    also: Callable[[], Callable[[Crossing], None]] | None = None
    tool: Callable[[Case], FarTool] | None = None
    fresh: bool = False
    at: Simulated = Simulated.PAX8

    @property
    def apart(self) -> bool:
        """It is an act or a delivery of its own, whatever code it shares with others."""
        return self.act is not go_on
