"""
The kill drill: accepted quotes come in by the real doors while web processes, workers and clocks are killed and frozen.

What was bought is counted at the four simulated marketplaces. Each takes some tenths of a second for a purchase, so
that those who die have something there.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import CommonKnobs
from workers.bootstrap import Application
from workers.drills import markets
from workers.drills.house import House, a_house, servers
from workers.drills.kills.counted import bought, contacts_twice, count_bought, made_twice
from workers.drills.kills.crew import Crew, a_crew
from workers.drills.kills.door import PURCHASES
from workers.drills.kills.figures import Seen, report
from workers.drills.kills.harm import Harm, Striker, schedule
from workers.drills.kills.load import Load, make_load
from workers.drills.kills.places import Places
from workers.drills.kills.plan import PLANS, Plan
from workers.drills.kills.receiver import SECRET, Received, receiver
from workers.drills.kills.sender import Senders
from workers.drills.kills.standing import Restless, look, restless, story
from workers.drills.kills.verdict import judge
from workers.drills.report import Report, Setting

_LATENCY = 0.03
_PURCHASE_TAKES = 0.4
_COMPANY_TAKES = 0.25
_LIVE_AFTER = 0.5
_STORIES = 3


def drill(setting: Setting) -> Report:
    plan = PLANS[setting.form]
    with ExitStack() as stack:
        both = stack.enter_context(servers(setting.folder))
        received = stack.enter_context(receiver())
        others = stack.enter_context(markets.served(setting.folder, _LIVE_AFTER))
        settings = {**plan.settings, **_notices(received)}
        url = both.database("kills")
        house = stack.enter_context(a_house(setting.folder, url, both.valkey.url, **settings))
        house.stand_beside(others)
        house.environment.update(others.variables)
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
    for name, knobs in _knobs(house).items():
        knobs.calls_per_minute = None
        knobs.latency = knobs.latency_jitter = _LATENCY
        knobs.latency_by_route = {f"POST {PURCHASES[name]}": _PURCHASE_TAKES}
    house.simulator.knobs.latency_by_route |= {
        "POST /v1/companies": _COMPANY_TAKES,
        "POST /v1/companies/{companyId}/contacts": _COMPANY_TAKES,
    }


def _knobs(house: House) -> Mapping[Simulated, CommonKnobs]:
    others = house.others
    return {
        Simulated.PAX8: house.simulator.knobs,
        Simulated.APPXITE: others.appxite.knobs,
        Simulated.FLEXPORTAL: others.flexportal.knobs,
        Simulated.LIMIO: others.limio.knobs,
    }


@dataclass
class _Drill:
    setting: Setting
    plan: Plan
    crew: Crew
    application: Application
    received: Received

    def run(self) -> Report:
        load = make_load(self.plan, self.setting.seed, datetime.now(UTC), Places(self.crew.house))
        senders = Senders(self.crew.web)
        began = time.monotonic()
        with ThreadPoolExecutor(1, thread_name_prefix="senders") as threads:
            sending = threads.submit(senders.send, load.deliveries, began)
            harm = self._harm(load, began)
            sending.result()
        calm = time.monotonic()
        self.setting.tell(f"the last was struck {calm - began:.0f} s after the first message; waiting for all to rest")
        left = self._rest()
        healed = time.monotonic() - calm
        self._be_quiet()
        return self._report(load, senders, harm, left, healed)

    def _harm(self, load: Load, began: float) -> Harm:
        def is_behind(after: float) -> bool:
            """Whether the work has not got as far yet as it should."""
            return count_bought(self.crew.house) / load.orders < after / self.plan.seconds - self.plan.behind

        striker = Striker(
            self.crew,
            random.Random(self.setting.seed),  # noqa: S311 - repeatable on purpose
            began,
            tell=self._progress,
            ahead_of=is_behind,
        )
        striker.run(schedule(self.plan, self.setting.seed))
        return striker.harm

    def _progress(self, harm: Harm) -> None:
        self.setting.tell(
            f"{harm.kills.total()} killed, {harm.stops.total()} frozen, "
            f"{(harm.cut_by_kill + harm.cut_by_stop).total()} purchases struck in flight, "
            f"{count_bought(self.crew.house)} bought"
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
        again = [f"{name} was to be made again" for name in self.crew.doubles()]
        seen = Seen(
            load=load,
            senders=senders,
            harm=harm,
            found=look(self.application.database, senders.stored),
            left=left,
            healed=healed,
            customers_twice=[*made_twice(house), *again],
            contacts_twice=contacts_twice(house),
            received=self.received,
            fallen=self.crew.fallen,
        )
        judged = judge(load.wanted, seen.found.orders, bought(house))
        stories = [line for one in judged.suspects[:_STORIES] for line in story(self.application.database, one)]
        return report(self.plan, seen, judged, stories)
