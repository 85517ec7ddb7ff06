"""
Broker amnesia and database monkey, together, while accepted quotes come in by the door.

The broker forgets everything again and again, is killed and stands still; the database is restarted in immediate mode;
a relay between our processes and the database cuts connections in their commits. Then it is calm. In the full form the
workers go deaf in the end, too.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from workers.bootstrap import Application
from workers.commands.exits import Exit
from workers.drills.house import House, NotInTime, Servers, a_house, fresh_folder, servers, until
from workers.drills.monkey.commits import Commits
from workers.drills.monkey.crew import Crew, a_crew
from workers.drills.monkey.figures import Deaf, Harmed, Seen, report
from workers.drills.monkey.harm import Monkey
from workers.drills.monkey.plan import PLANS, Plan, schedule
from workers.drills.monkey.relay import Relay
from workers.drills.monkey.sending import Wanted, make, send
from workers.drills.monkey.verdict import judge, seconds_until_done, stories, unfinished
from workers.drills.report import Report, Setting
from workers.settings import load_settings

_LATENCY = 0.05
_FIRST_WITHIN = 60.0
_CUTS_WITHIN = 20.0
_DEAF_QUOTES = 10
_SOCKET = ".s.PGSQL.5432"


def drill(setting: Setting) -> Report:
    plan, chance = PLANS[setting.form], random.Random(setting.seed)  # noqa: S311 - chance, no secret
    with ExitStack() as stack:
        both = stack.enter_context(servers(setting.folder))
        direct = both.database("monkey")
        commits = Commits(plan.gaps, chance)
        relayed = stack.enter_context(_relayed(direct, commits))
        house = stack.enter_context(a_house(setting.folder, relayed, both.valkey.url, **plan.settings))
        house.simulator.knobs.latency = house.simulator.knobs.latency_jitter = _LATENCY
        house.simulator.knobs.calls_per_minute = None
        # What we count with is not to be cut.
        ours = load_settings({**house.environment, "QUOTEWAY_DATABASE_URL": direct}, None)
        application = stack.enter_context(Application.open(ours))
        crew = stack.enter_context(a_crew(house, setting.folder))
        setting.tell("all processes are up")
        return _Drill(setting, plan, chance, both, commits, house, crew, application).run()


@contextmanager
def _relayed(direct: str, commits: Commits) -> Iterator[str]:
    """The address of the same database behind the relay."""
    parts = urlsplit(direct)
    server = Path(parse_qs(parts.query)["host"][0]) / _SOCKET
    with fresh_folder() as folder, Relay(folder / _SOCKET, server, commits.connection):
        yield parts._replace(query=f"host={quote(str(folder))}").geturl()


@dataclass
class _Drill:
    setting: Setting
    plan: Plan
    chance: random.Random
    servers: Servers
    commits: Commits
    house: House
    crew: Crew
    application: Application

    def run(self) -> Report:
        plan = self.plan
        wanted = make(self.house, plan.quotes, plan.seconds, self.chance)
        monkey = Monkey(self.servers, lambda: self.crew.unpublished() > 0, self.setting.tell)
        began = time.monotonic()
        with ThreadPoolExecutor(1) as sender:
            self.commits.calm = False
            sent = sender.submit(send, wanted, self.crew.address, began)
            until(self.house.bought, _FIRST_WITHIN, self.house.output)
            monkey.play(schedule(plan, self.chance), time.monotonic())
            self._wait_for_cuts()
            self.commits.calm = True
            self.setting.tell(f"calm; {len(self.house.bought())} bought so far")
            calm = time.monotonic()
            not_taken = sent.result()
        finished = seconds_until_done(self.application, plan.quotes)
        after_calm = None if finished is None else time.monotonic() - calm
        ended, found_deaf = self.crew.ended(), self.crew.ended(Exit.DEAF)
        deaf = self._deaf(wanted) if plan.deaf and after_calm is not None else None
        harm = Harmed(monkey, self.commits, ended, found_deaf, plan.unpublished)
        return self._report(wanted, harm, not_taken, after_calm, deaf)

    def _wait_for_cuts(self) -> None:
        """Cutting goes on until the purchases have met each kind of cut, if there are so many of them."""
        with suppress(NotInTime):
            until(self.commits.all_kinds_cut, _CUTS_WITHIN)

    def _deaf(self, wanted: list[Wanted]) -> Deaf:
        """All workers stop to take messages at once; quotes come in meanwhile."""
        before = self.crew.ended(Exit.DEAF)
        self.setting.tell("all workers go deaf")
        self.crew.deafen()
        began = time.monotonic()
        more = make(self.house, _DEAF_QUOTES, 0.0, self.chance)
        wanted += more
        send(more, self.crew.address, began)
        noticed = self.crew.restarted(before)
        finished = seconds_until_done(self.application, len(wanted))
        return Deaf(self.crew.ended(Exit.DEAF) - before, noticed, finished)

    def _report(
        self, wanted: Sequence[Wanted], harm: Harmed, not_taken: int, after_calm: float | None, deaf: Deaf | None
    ) -> Report:
        judged = judge(self.house, wanted)
        evidence: list[str] = []
        stories(self.house, self.application, wanted, judged, evidence.append)
        left = unfinished(self.application)
        seen = Seen(len(wanted), not_taken, judged, left, after_calm, deaf)
        return report(seen, harm, self.crew, evidence)
