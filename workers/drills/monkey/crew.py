"""Our processes as `quoteway up` runs them: a web process and two workers under the supervisor."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from celery import Celery

from workers.celery_app import QUEUES, make_app
from workers.commands.exits import Exit
from workers.commands.whole import Whole, free_port
from workers.drills.house import House, NotInTime, until
from workers.settings import environment_for
from workers.supervision import PartEvent, PartState, Supervisor

_UP_WITHIN = timedelta(seconds=60)
_STOPS_WITHIN = timedelta(seconds=1)
_WORKERS = 2


@dataclass
class Crew:
    """`told` is all that the supervisor said, `logs` where the processes write."""

    house: House
    address: str
    logs: Path
    told: list[PartEvent] = field(default_factory=list)

    def ended(self, code: Exit | None = None) -> int:
        """How often a process has ended (with this code) and was started again."""
        ends = [event.detail for event in self.told if event.state is PartState.RESTARTING]
        return sum(code is None or detail.startswith(f"exit code {code:d};") for detail in ends)

    def logged(self) -> Counter[str]:
        """How often each event stands in the logs; with the error's name where it has one."""
        found: Counter[str] = Counter()
        for log in self.logs.glob("*.log"):
            for line in log.read_text(errors="replace").splitlines():
                if not line.startswith("{"):
                    continue
                # The last one may be half written.
                with suppress(ValueError):
                    entry = json.loads(line)
                    found[entry["event"]] += int(entry.get("rows", 1))
        return found

    def unpublished(self) -> int:
        """How many messages could not be sent."""
        logged = self.logged()
        return logged["clock.not_published"] + logged["task.not_published"]

    def deafen(self) -> None:
        """As after a bad reconnect: the workers live, answer, and take from no queue of their tasks."""
        app = make_app(self.house.environment["QUOTEWAY_REDIS_URL"])
        for queue in QUEUES:
            until(_all_have_let_go(app, queue))
        app.close()

    def restarted(self, before: int) -> float | None:
        """Seconds until all workers were noticed to be deaf and ended; None if that took over a minute."""
        began = time.monotonic()
        try:
            until(lambda: self.ended(Exit.DEAF) - before >= _WORKERS, 60)
        except NotInTime:
            return None
        return time.monotonic() - began


def _all_have_let_go(app: Celery, queue: str) -> Callable[[], bool]:
    return lambda: len(app.control.cancel_consumer(queue, reply=True, timeout=2, limit=_WORKERS) or ()) >= _WORKERS


@contextmanager
def a_crew(house: House, folder: Path) -> Iterator[Crew]:
    port = free_port()
    whole = Whole(
        environment=environment_for(house.environment, alone=True),
        database_url=house.environment["QUOTEWAY_DATABASE_URL"],
        host="127.0.0.1",
        port=port,
        workers=_WORKERS,
    )
    # It is over when they are stopped: nothing is left that would need the minute of a stop in earnest.
    parts = [replace(part, stop_grace=_STOPS_WITHIN) for part in whole.parts()]
    crew = Crew(house, whole.web_address, folder / "logs")
    with Supervisor(parts, folder, crew.told.append) as supervisor:
        supervisor.wait_ready(_UP_WITHIN)
        yield crew
