"""The processes of one house, replaced one after the other by such as hold other keys."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from pipeline.store.tables import WORKERS
from workers.bootstrap import Application
from workers.commands.whole import address, answers, free_port, ours
from workers.drills.house import House, until
from workers.settings import environment_for, variable

KEYS = variable("encryption_keys")
_PEACE = (0, -signal.SIGTERM)  # uvicorn ends gently and then by the signal that it was sent


@dataclass
class Fleet:
    """
    A web process and two workers, and Flower. `web` is the address of the web process that takes requests now.
    `replaced` counts processes; `harsh` those that did not end of themselves, in peace.
    """

    house: House
    web: str = ""
    replaced: int = 0
    harsh: int = 0
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _serving: subprocess.Popen[bytes] | None = None
    _flower_port: int = 0

    def start(self, workers: int) -> None:
        for _ in range(workers):
            self._workers.append(self.house.start_worker())
        self._start_flower()
        self._start_web()
        until(answers("127.0.0.1", self._flower_port, "/healthcheck"), 60, self.house.output)

    def replace(self, application: Application, keys: str, *, one_by_one: bool) -> None:
        """
        Gives every process these keys. A new one is up before an old one is told to end, and `one_by_one` only then
        the next one's turn comes; otherwise all of a kind are replaced at once.
        """
        self.house.environment[KEYS] = keys
        old_web = self._serving
        self._start_web()
        if old_web is not None:
            self._end(old_web)
        for some in [[worker] for worker in self._workers] if one_by_one else [list(self._workers)]:
            since = _now(application)
            self._workers += [self.house.start_worker() for _ in some]
            until(lambda: _begun(application, since) >= len(some), 60, self.house.output)  # noqa: B023
            for worker in some:
                self._end(worker)
                self._workers.remove(worker)

    @property
    def flower(self) -> str:
        return address("127.0.0.1", self._flower_port)

    def _start_flower(self) -> None:
        """It holds no key, and stays."""
        self._flower_port = free_port()
        environment = {**self.house.environment, variable("flower_port"): str(self._flower_port)}
        with (self.house.folder / "flower.log").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - a command of ours
                ours("flower"),
                env=dict(environment_for(environment, alone=True)),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.house.processes.append(process)  # which ends it with the others

    def _start_web(self) -> None:
        self.web = self.house.start_web()
        self._serving = self.house.processes[-1]

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """As an operator does: SIGTERM, and time to end what is begun."""
        self.replaced += 1
        os.kill(process.pid, signal.SIGTERM)
        try:
            if process.wait(30) not in _PEACE:
                self.harsh += 1
        except subprocess.TimeoutExpired:
            self.harsh += 1
            self.house.kill(process)


def reseal(house: House) -> str:
    """`quoteway db reseal --json`, as an operator gives it."""
    ran = subprocess.run(  # noqa: S603 - a command of ours
        ours("db", "reseal", "--json"),
        env=dict(environment_for(house.environment, alone=True)),
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout


def _now(application: Application) -> datetime:
    with application.database.transaction() as connection:
        now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return now


def _begun(application: Application, since: datetime) -> int:
    """How many workers have begun to serve since then."""
    with application.database.transaction() as connection:
        counted: int = connection.execute(
            select(func.count()).select_from(WORKERS).where(WORKERS.c.started_at > since)
        ).scalar_one()
        return counted
