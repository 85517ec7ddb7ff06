"""
One run after the other, alone on a database and on a Valkey: nothing of another run is in its way, so that the same
scenario crosses the same seams each time.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import psycopg

from events.sources.serving import served
from workers.drills.house import House
from workers.drills.points.counted import bought, customers, forget
from workers.drills.points.forks import Actor, Ended, Forks, NotEnded, Stopped
from workers.drills.points.receiver import Receiver
from workers.drills.points.scenario import Case, Scenario
from workers.drills.points.scenarios import SCENARIOS, WARM
from workers.drills.points.trigger import Passed, Strike

Json = dict[str, Any]
# A breaker that finds the marketplace away again and again waits longer each time.
PATIENCE = 630.0
# Longer than a lease, its growth, the time to send within, the deadline of an exchange and the settling period.
FROZEN_AT_LEAST = 5.0
# Shorter than what a database waits for a lock: a transaction that stands still holds others up.
FROZEN_AT_MOST = 8.0


@dataclass(frozen=True, slots=True)
class End:
    """
    What has come of a run. The order's states are ours; what was bought and made is counted at the marketplace; the
    notices are what arrived; `written` is what the run's tool has of us. That an order was unknown for a while may be
    told besides: it is true then.
    """

    orders: tuple[str, ...]
    events: tuple[str, ...]
    bought: tuple[str, ...]
    customers: tuple[str, ...]
    told: tuple[str, ...]
    written: tuple[str, ...] = ()

    def differs(self, other: End) -> str:
        """How, in words; empty where it does not."""
        pairs = zip(asdict(self).items(), asdict(other).items(), strict=True)
        return "; ".join(f"{name}: {is_} instead of {was}" for (name, is_), (_, was) in pairs if is_ != was)


@dataclass(frozen=True, slots=True)
class Run:
    """`struck`: the process fell where it was to. `mixed` are notices whose id came with different contents."""

    passed: tuple[Passed, ...]
    end: End | None
    struck: bool = False
    mixed: int = 0
    trouble: str = ""


class Lane:
    """Where runs are made, one at a time. `house` has settings that heal within seconds."""

    def __init__(self, house: House, forks: Forks, receiver: Receiver) -> None:
        self._house = house
        self._forks = forks
        self._receiver = receiver
        self.spoilt = False

    def run(self, scenario: Scenario, target: Passed | None = None, strike: Strike = Strike.KILL) -> Run:
        """Undisturbed, or with a process that falls at `target`; and then to its end."""
        case = scenario.setup(self._house)
        if scenario.tool is None:
            return self._run_case(scenario, case, target, strike)
        tool = scenario.tool(case)
        with served(tool.simulator) as url:
            whole = replace(case, more={**case.more, **tool.told(url)})
            run = self._run_case(scenario, whole, target, strike)
        return run if run.end is None else replace(run, end=replace(run.end, written=tool.left()))

    def _run_case(self, scenario: Scenario, case: Case, target: Passed | None, strike: Strike) -> Run:
        job = self._job(scenario, case)
        for quote_id in case.quote_ids if "refuse" in case.more else ():
            self._receiver.refuse(quote_id, case.more["refuse"])
        try:
            return self._run(job, case, target, strike)
        except NotEnded as late:
            # What is left of it may come to life in the middle of the next run.
            self.spoilt = True
            return Run((), None, struck=target is not None, trouble=str(late))
        finally:
            forget(self._house, case)

    def modules(self) -> list[str]:
        """What a process has imported by the end of an order's way."""
        scenario = SCENARIOS[WARM]
        actor = self._forks.begin({**self._job(scenario, scenario.setup(self._house)), "role": "play"})
        if (told := actor.wait(PATIENCE)) != Ended(0):
            raise NotEnded(f"it ended with {told}; {actor.said()}")
        return [str(name) for name in actor.read()["modules"]]

    def _run(self, job: Json, case: Case, target: Passed | None, strike: Strike) -> Run:
        play = {**job, "role": "play", "strike": strike.value, "target": asdict(target) if target else None}
        actor = self._forks.begin(play)
        match actor.wait(PATIENCE):
            case Ended(0):
                passed = tuple(Passed(**one) for one in actor.read()["passed"])
                found = self._rescue(job)
                return self._told(passed, self._end(case, found), found, struck=False)
            case Ended(137) if target is not None:
                found = self._rescue(job)
                return self._told((), self._end(case, found), found, struck=True)
            case Stopped():
                found = self._frozen(actor, job)
                return self._told((), self._end(case, found), found, struck=True)
            case Ended(code):
                raise NotEnded(f"it ended with {code}; {actor.said()}")

    def _frozen(self, actor: Actor, job: Json) -> Json:
        """Others go on while it stands still; then it goes on too, and ends."""
        since = time.monotonic()
        rescuer = self._begin_rescue(job)
        ended = None
        while (stood := time.monotonic() - since) < FROZEN_AT_LEAST or (ended is None and stood < FROZEN_AT_MOST):
            if ended is None:
                ended = rescuer.ended_within(0.1)
            else:
                time.sleep(0.1)
        actor.signal(signal.SIGCONT)
        thawed = actor.wait(PATIENCE)
        if ended is None:
            ended = rescuer.wait(PATIENCE)
        for who, told, process in (("thawed", thawed, actor), ("next", ended, rescuer)):
            if told != Ended(0):
                raise NotEnded(f"the {who} process ended with {told}; {process.said()}")
        return self._rescue({**job, "again": False})

    def _rescue(self, job: Json) -> Json:
        rescuer = self._begin_rescue(job)
        told = rescuer.wait(PATIENCE)
        if told != Ended(0):
            raise NotEnded(f"the next process ended with {told}; {rescuer.said()}")
        return rescuer.read()

    def _begin_rescue(self, job: Json) -> Actor:
        return self._forks.begin({"again": True, **job, "role": "rescue"})

    def _job(self, scenario: Scenario, case: Case) -> Json:
        with psycopg.connect(self._house.environment["QUOTEWAY_DATABASE_URL"]) as connection:
            found = connection.execute("SELECT clock_timestamp()").fetchone()
        assert found is not None  # noqa: S101 - it always answers
        elsewhere = self._house.others.variables if case.elsewhere else {}
        return {
            "scenario": scenario.name,
            "case": asdict(case),
            "variables": {**self._house.environment, **elsewhere},
            "since": found[0].isoformat(),
        }

    def _end(self, case: Case, found: Json) -> End:
        told = self._receiver.of({order["ref"] for order in found["orders"]})
        return End(
            tuple(sorted(_standing(order, case) for order in found["orders"])),
            # Whoever follows polls the run's tool again, which may tell of the same quote again.
            tuple(sorted(set(found["events"])) if case.settings else found["events"]),
            bought(self._house, case),
            customers(self._house, case),
            tuple(sorted(each.kind for each in told.values() if each.kind != "order.unknown")),
        )

    def _told(self, passed: tuple[Passed, ...], end: End, found: Json, *, struck: bool) -> Run:
        told = self._receiver.of({order["ref"] for order in found["orders"]})
        mixed = sum(len(each.contents) > 1 for each in told.values())
        return Run(passed, end, struck, mixed)


def _standing(order: Mapping[str, Any], case: Case) -> str:
    """An order as it stands, without what differs from run to run."""
    nth = case.quote_ids.index(order["quote_id"])
    unknown = " unknown" if order["unknown_submit"] else ""
    ordered = " bought" if order["marketplace_order_id"] else ""
    asked, acts = _listed("asks", order["asked"]), _listed("acts", order["acts"])
    revision = order["quote_revision"]
    where = f"{nth}/{revision} at {order['marketplace']}"
    return f"{where}: {order['state']} at {order['stage']}{unknown}{ordered}{asked}{acts}"


def _listed(word: str, found: Sequence[str]) -> str:
    return f" {word}: {', '.join(found)}" if found else ""
