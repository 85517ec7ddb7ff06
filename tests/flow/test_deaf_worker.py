"""A worker that has stopped to take messages, while the broker answers, is noticed and started again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from celery import Celery

from tests.flow.house import House, a_house, done, quote, until
from tests.servers import fresh_folder
from workers.bootstrap import Application
from workers.celery_app import QUEUES, make_app
from workers.commands.whole import ours
from workers.drills.monkey.relay import Relay
from workers.settings import environment_for
from workers.supervision import Part, PartEvent, PartState, Supervisor

NOTICED_WITHIN = 30.0


@dataclass
class Supervised:
    """A worker of the house under the supervisor, and what the supervisor told of it."""

    house: House
    told: list[PartEvent] = field(default_factory=list)

    def ended(self) -> str:
        return next((event.detail for event in self.told if event.state is PartState.RESTARTING), "")

    def starts(self) -> int:
        return sum(event.state is PartState.STARTING for event in self.told)

    def stop_taking(self) -> None:
        """As a consumer is after a bad reconnect: it answers, and takes from no queue of its tasks."""
        app = make_app(self.house.environment["QUOTEWAY_REDIS_URL"])
        for queue in QUEUES:
            self._cancelled(app, queue)
        app.close()

    def _cancelled(self, app: Celery, queue: str) -> None:
        [told] = until(lambda: app.control.cancel_consumer(queue, reply=True, timeout=2, limit=1))
        [answer] = told.values()
        assert "ok" in answer


@contextmanager
def supervised_worker(house: House, folder: Path) -> Iterator[Supervised]:
    one = Supervised(house)
    environment = environment_for(house.environment, alone=True)
    part = Part(name="worker", command=ours("worker"), env=environment, stop_grace=timedelta(seconds=20))
    with Supervisor([part], folder, one.told.append):
        yield one


def test_a_worker_that_takes_nothing_is_noticed_and_started_again(
    house: House, application: Application, tmp_path: Path
) -> None:
    with supervised_worker(house, tmp_path) as supervised:
        house.wait(application, house.accept(application, quote()), done)

        supervised.stop_taking()
        began = time.monotonic()
        waiting = house.accept(application, quote())
        until(supervised.ended, NOTICED_WITHIN)
        assert time.monotonic() - began < NOTICED_WITHIN
        order = house.wait(application, waiting, done)

        assert supervised.ended().startswith("exit code 75")
        assert supervised.starts() == 2
        assert [order["marketplace_order_id"]] == [one.id for one in house.bought()][1:]


class Swallower:
    """Holds back what the broker says to a connection that asks for messages, while `active` is set."""

    def __init__(self, active: threading.Event) -> None:
        self._active = active
        self._asked = False

    def from_client(self, data: bytes) -> bytes:
        self._asked = self._asked or b"BRPOP" in data
        return data

    def from_server(self, data: bytes) -> bytes:
        return b"" if self._asked and self._active.is_set() else data


def test_a_worker_without_work_whose_connection_has_gone_deaf_is_noticed_too(
    tmp_path: Path, database_url: str, redis_url: str
) -> None:
    """Whatever takes messages gets no answer any more; all else at the broker answers."""
    server, _, query = redis_url.removeprefix("unix://").partition("?")
    deaf = threading.Event()
    with (
        fresh_folder() as folder,
        Relay(folder / "relay.sock", Path(server), lambda: Swallower(deaf)),
        a_house(tmp_path, database_url, f"unix://{folder}/relay.sock?{query}") as house,
        house.application() as application,
        supervised_worker(house, tmp_path) as supervised,
    ):
        house.wait(application, house.accept(application, quote()), done)

        deaf.set()
        until(supervised.ended, NOTICED_WITHIN)
        deaf.clear()

        assert supervised.ended().startswith("exit code 75")
        house.wait(application, house.accept(application, quote()), done)
        assert len(house.bought()) == 2
