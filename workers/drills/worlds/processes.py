"""The processes of a world: each a whole Quoteway over the one database, that dies or stands still when told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, Engine

from events.notices.channel import Arrived, Channel, Notice, Result
from pipeline.domain.stage import Stage
from pipeline.marketplaces.simulated import Simulated
from pipeline.runner import Lane
from pipeline.store.cipher import Cipher
from pipeline.store.database import Database, make_engine
from workers.bootstrap import Application, Parts
from workers.clock import Clock, Rhythm
from workers.drills.inprocess import Answers, Wishes, foundation, virtual_parts
from workers.drills.seams import Crossing, Hook, SeamedAccount, SeamedDatabase
from workers.drills.switchboard import account_settings
from workers.drills.virtual import VirtualClock, keep_time
from workers.drills.worlds.plan import Harm, Plan, Seam, Step
from workers.lane import FastLane
from workers.settings import Settings, load_settings, variable
from workers.wire import Wire
from workers.work import WorkerWork

# Of an application that reads its messages' dates where summer time begins and ends.
_SETTINGS = {
    "QUOTEWAY_TIME_ZONE": "Europe/Berlin",
    "QUOTEWAY_QUESTIONS__OWNER": "operator",
    "QUOTEWAY_QUESTIONS__ESCALATE_TO": "supervisor",
}

# By what the settings of worlds differ: see `Process._asked`.
_Kind = tuple[bool, str, bool, tuple[Simulated, ...]]


class Gone(BaseException):
    """The process has died: nothing of it runs any more."""


class KeptDatabase(SeamedDatabase):
    """One process's database for all worlds. `open_transactions` counts those that are open at this moment."""

    def __init__(self, hook: Hook, url: str, clock: VirtualClock, cipher: Cipher) -> None:
        super().__init__(hook, make_engine(url, pool_size=1), cipher)
        keep_time(self.engine, clock)
        self.open_transactions = 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        self.open_transactions += 1
        try:
            with super().transaction() as connection:
                yield connection
        finally:
            self.open_transactions -= 1

    def close(self) -> None:
        """A world ends; the connections are the next one's."""


class _Wire(Wire):
    """Leaves what is published with the world, which decides what is delivered, and when."""

    def __init__(self, publish: Callable[[str, UUID], None]) -> None:
        self._publish = publish

    def _send(self, name: str, row_id: UUID, queue: str) -> None:
        del name
        self._publish(queue, row_id)

    def lengths(self, queues: object = ()) -> dict[str, int]:
        del queues
        return {}


class _Lane(FastLane):
    """Goes on for as many stages as it was told."""

    def __init__(self) -> None:
        self.stages = 8

    def begin(self) -> Lane:
        left = iter(range(self.stages))

        def goes_on(stage: Stage) -> bool:
            del stage
            return next(left, None) is not None

        return goes_on


class _Told(Channel):
    """A channel of notices on which all arrive."""

    name = "told"

    def send(self, notice: Notice) -> Result:
        del notice
        return Arrived()


class Process:
    """
    A process of each world in turn. `harm` is what the present step is to suffer; `stands_still` is called where it
    stands still, and comes back when it goes on.
    """

    def __init__(self, number: int, url: str, key: str, clock: VirtualClock, templates: Path) -> None:
        self.number = number
        self.harm: Step | None = None
        self.struck = ""
        self.stands_still: Callable[[Step], None] = lambda _step: None
        self._left = 0
        self._clock = clock
        self._variables = {**foundation(url), "QUOTEWAY_ENCRYPTION_KEYS": key, **_SETTINGS}
        self._templates = templates
        self._database = KeptDatabase(self._crossed, url, clock, Cipher([key]))
        self._settings: dict[_Kind, Settings] = {}
        self._life = ExitStack()
        self.lane = _Lane()
        self.application: Application

    def get_ready(self) -> None:
        """Has the digest's key, which the first transaction of a deployment makes, before the first world."""
        self._database.digest("it")

    def begin(
        self, plan: Plan, answers: Answers, publish: Callable[[str, UUID], None], name: Callable[[UUID], str]
    ) -> None:
        """
        Starts anew, knowing nothing but what is in the database. Orders that were made at one instant are begun in the
        order of their names.
        """
        self._life.close()
        self.harm = None
        own = Parts(database=self._kept, channels=lambda _none: {"told": _Told()} if plan.notices else {})
        apart = plan.apart[self.number]
        wishes = Wishes(parts=own, around=lambda account: SeamedAccount(self._crossed, account), apart=apart)
        parts = virtual_parts(wishes, answers, self._clock)
        self.application = self._life.enter_context(Application.open(self._settings_of(plan), parts=parts))
        self.runner = self.application.runner()
        application, wire = self.application, _Wire(publish)
        deliver = application.deliverer.deliver
        self.work = WorkerWork(
            self.runner,
            lambda event: sorted(application.read_event(event), key=name),
            deliver,
            application.errands.run,
            application.give_back,
            self.lane,
            wire,
        )
        rhythm = Rhythm(f"w{self.number}", [stage.value for stage in Stage], timedelta(seconds=60))
        self.clock = Clock(application.database, wire, self.lane, rhythm, application.look_after, lambda _count: None)

    def end(self) -> None:
        self._life.close()
        self._database.engine.dispose()

    def _kept(self, engine: Engine, cipher: Cipher) -> Database:
        del engine, cipher
        return self._database

    def _settings_of(self, plan: Plan) -> Settings:
        wanted = (plan.resend, plan.create, plan.allocate and Simulated.FLEXPORTAL in plan.markets, plan.markets)
        if wanted not in self._settings:
            self._settings[wanted] = load_settings({**self._variables, **self._asked(plan)}, None)
        return self._settings[wanted]

    def _asked(self, plan: Plan) -> dict[str, str]:
        resends = str(plan.resend).lower()
        accounts = account_settings(plan.markets, self._templates, resend_when_absent=resends)
        if Simulated.FLEXPORTAL in plan.markets:
            strategy = "allocate" if plan.allocate else "watch"
            accounts[variable("marketplaces", Simulated.FLEXPORTAL, "options")] = f"strategy={strategy}"
        return {**accounts, "QUOTEWAY_CREATE_COMPANIES": plan.create}

    def suffers(self, step: Step | None) -> None:
        """What is to strike the work that begins now."""
        self.harm, self.struck = (step if step is not None and step.harm is not Harm.NONE else None), ""
        self._left = step.at if step is not None else 0

    def _crossed(self, crossing: Crossing) -> None:
        step = self.harm
        if step is None or not _is(step.seam, crossing):
            return
        if step.harm is Harm.PAUSE and not self._may_stand_still(crossing):
            return
        if self._left > 0:
            self._left -= 1
            return
        self.harm = None
        module, function, _line = crossing.place.split(":")
        self.struck = f"{crossing.side} {crossing.kind} {crossing.what} in {module}:{function}".replace("  ", " ")
        if step.harm is Harm.DIE:
            raise Gone
        self.stands_still(step)

    def _may_stand_still(self, crossing: Crossing) -> bool:
        """A process that stands still within a transaction keeps its locks, for which the others would wait in vain."""
        ending = crossing.kind == "commit" and crossing.side == "after"
        return self._database.open_transactions <= ending and not (crossing.kind == "commit" and not ending)


def _is(seam: Seam, crossing: Crossing) -> bool:
    commit = crossing.kind == "commit" and crossing.side == "after"
    match seam:
        case Seam.BEFORE_SEND:
            return crossing.what == "send" and crossing.side == "before"
        case Seam.AFTER_SEND:
            return crossing.what == "send" and crossing.side == "after"
        case Seam.CLAIMED:
            return commit and crossing.place.startswith("pipeline.claiming:")
        case Seam.COMMITTED:
            return commit
        case Seam.ANY:
            return True
