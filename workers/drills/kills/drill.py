"""
The kill drill: accepted quotes come in by the real doors while web processes, workers and clocks are killed and frozen.

What was bought is counted at the simulated marketplace. It takes some tenths of a second for each call, so that those
who die have something there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.records import Line
from workers.bootstrap import Application
from workers.drills.house import House, a_house, servers
from workers.drills.kills.crew import Crew, a_crew
from workers.drills.kills.figures import Seen, report
from workers.drills.kills.harm import Harm, Striker, schedule
from workers.drills.kills.load import Load, make_load
from workers.drills.kills.plan import PLANS, Plan
from workers.drills.kills.receiver import SECRET, Received, receiver
from workers.drills.kills.sender import Senders
from workers.drills.kills.standing import Restless, look, restless, story
from workers.drills.kills.verdict import judge
from workers.drills.report import Report, Setting

_LATENCY = 0.03
_PURCHASE_TAKES = 0.4
_COMPANY_TAKES = 0.25
_STORIES = 3


def drill(setting: Setting) -> Report:
    plan = PLANS[setting.form]
    with ExitStack() as stack:
        both = stack.enter_context(servers(setting.folder))
        received = stack.enter_context(receiver())
        settings = {**plan.settings, **_notices(received)}
        url = both.database("kills")
        house = stack.enter_context(a_house(setting.folder, url, both.valkey.url, **settings))
        _slow(house)
        crew = stack.enter_context(a_crew(house, plan.processes))
        application = stack.enter_context(house.application())
        setting.tell("all processes are up")
        return _Drill(setting, plan, crew, application, received).run()


def _notices(received: Received) -> dict[str, str]:
    ours = "QUOTEWAY_NOTICES__DRILL__"
    more = {"KIND": "webhook", "URL": received.url, "SECRET": SECRET, "ALLOW_PRIVATE": "true"}
    return {f"{ours}{name}": value for name, value in more.items()}


def _slow(house: House) -> None:
    knobs = house.simulator.knobs
    knobs.calls_per_minute = None
    knobs.latency = knobs.latency_jitter = _LATENCY
    knobs.latency_by_route = {
        "POST /v1/orders": _PURCHASE_TAKES,
        "POST /v1/companies": _COMPANY_TAKES,
        "POST /v1/companies/{companyId}/contacts": _COMPANY_TAKES,
    }


@dataclass
class _Drill:
    setting: Setting
    plan: Plan
    crew: Crew
    application: Application
    received: Received

    def run(self) -> Report:
        load = make_load(self.plan, self.setting.seed, datetime.now(UTC), self._place)
        senders = Senders(self.crew.web)
        began = time.monotonic()
        with ThreadPoolExecutor(1, thread_name_prefix="senders") as threads:
            sending = threads.submit(senders.send, load.deliveries, began)
            harm = self._harm(began)
            sending.result()
        calm = time.monotonic()
        self.setting.tell(f"the last was struck {calm - began:.0f} s after the first message; waiting for all to rest")
        left = self._rest()
        healed = time.monotonic() - calm
        self._be_quiet()
        return self._report(load, senders, harm, left, healed)

    def _place(self, name: str, external_id: str, primaries: Iterable[str], base_plans: int) -> Customer:
        """A company at the marketplace, which may have base plans already."""
        simulator = self.crew.house.simulator
        with simulator.locked():
            made = simulator.world.company(name, primaries, external_id=external_id)
            term = Line(catalogue.M365_E3.id, 10, "Annual", commitment_term_id=catalogue.E3_ONE_YEAR.id)
            for _ in range(base_plans):
                simulator.world.subscribe(made.id, catalogue.M365_E3, 10, "Annual", None, None, term)
        return Customer(made.id, name, external_id)

    def _harm(self, began: float) -> Harm:
        striker = Striker(
            self.crew,
            random.Random(self.setting.seed),  # noqa: S311 - repeatable on purpose
            began,
            tell=self._progress,
            ahead_of=self._ahead_of_work,
        )
        striker.run(schedule(self.plan, self.setting.seed))
        return striker.harm

    def _ahead_of_work(self, after: float) -> bool:
        bought = len(self.crew.house.bought()) / sum(self.plan.accepted.values())
        return bought < after / self.plan.seconds - self.plan.behind

    def _progress(self, harm: Harm) -> None:
        self.setting.tell(
            f"{harm.kills.total()} killed, {harm.stops.total()} frozen, "
            f"{harm.cut_by_kill + harm.cut_by_stop} purchases struck in flight, {len(self.crew.house.bought())} bought"
        )

    def _rest(self) -> Restless:
        """Waits for all orders to end or to ask; gives what is left when nothing has got on for too long."""
        before = left = restless(self.application.database)
        since = time.monotonic()
        while not left.rests(notices=self.plan.notices) and time.monotonic() < since + self.plan.patience:
            time.sleep(0.2)
            self.crew.check()
            left = restless(self.application.database)
            if left != before:
                before, since = left, time.monotonic()
        return left

    def _be_quiet(self) -> None:
        """Whoever would buy twice has had the time for it."""
        time.sleep(self.plan.quiet)
        self.crew.check()

    def _report(self, load: Load, senders: Senders, harm: Harm, left: Restless, healed: float) -> Report:
        house = self.crew.house
        with house.simulator.locked():
            companies = list(house.simulator.world.companies.values())
        seen = Seen(
            load=load,
            senders=senders,
            harm=harm,
            found=look(self.application.database, senders.stored),
            left=left,
            healed=healed,
            companies=companies,
            doubles=[name for door in self.crew.doors() for name in door.doubles.elements()],
            received=self.received,
            fallen=self.crew.fallen,
        )
        judged = judge(load.wanted, seen.found.orders, house.simulator)
        stories = [line for one in judged.suspects[:_STORIES] for line in story(self.application.database, one)]
        return report(self.plan, seen, judged, stories)
