"""The broker forgets everything, stops or stands still while quotes come in: all of them get their one order."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
import redis

from pipeline.marketplaces.pax8.simulator import customers
from tests.flow.house import BEARER, House, Json, a_house, done, quote, until
from tests.servers import Databases, claimed_folder
from workers.bootstrap import Application
from workers.celery_app import PREFIX, QUEUES
from workers.embedded import EmbeddedValkey

# Every stage's hand-over is a message then, which is what is to be lost.
EVERY_STAGE_A_MESSAGE = {"QUOTEWAY_FAST_LANE": "false"}
ANSWERED_WITHIN = 1.0


class Broker:
    """A broker of the test's own, which may be harmed."""

    def __init__(self, server: EmbeddedValkey) -> None:
        self.server = server
        self.url = server.url

    def forget(self) -> int:
        """Loses everything; gives how many messages there were."""
        with redis.Redis.from_url(self.url) as client, client.pipeline() as together:
            for queue in QUEUES:
                together.llen(PREFIX + queue)
            *lengths, _ = together.flushall().execute()
            return sum(lengths)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.server.kill()
        yield
        self.server.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        assert self.server.pid is not None
        os.kill(self.server.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.server.pid, signal.SIGCONT)


@pytest.fixture
def broker() -> Iterator[Broker]:
    with claimed_folder() as folder, EmbeddedValkey(folder, durable=False) as server:
        yield Broker(server)


@pytest.fixture
def own(tmp_path: Path, template_database: Databases, broker: Broker) -> Iterator[House]:
    with template_database.fresh() as url, a_house(tmp_path, url, broker.url, **EVERY_STAGE_A_MESSAGE) as house:
        yield house


def _each_bought_once(house: House, application: Application, quotes: Sequence[tuple[str, str]]) -> None:
    """`quotes` are the ids of quotes and of their companies."""
    for quote_id, company_id in quotes:
        order = house.wait(application, quote_id, done, 120)
        assert [order["marketplace_order_id"]] == [one.id for one in house.bought(company_id)]


def _once_bought(house: House, orders: int) -> None:
    until(lambda: len(house.bought()) >= orders, told=house.output)


def test_a_broker_that_forgets_all_messages_twice_in_mid_flight_loses_no_order(own: House, broker: Broker) -> None:
    with own.application() as application:
        own.simulator.knobs.latency = 0.05
        own.start_worker()
        buyers = [own.customer() for _ in range(40)]
        quotes = [(own.accept(application, quote(customer=buyer)), buyer.id) for buyer in buyers]

        _once_bought(own, 1)
        until(broker.forget)
        _once_bought(own, 10)
        until(broker.forget)
        assert len(own.bought()) < len(buyers)

        _each_bought_once(own, application, quotes)


@pytest.mark.parametrize(
    ("harm", "seconds"),
    [
        pytest.param(Broker.stopped, 8.0, id="stopped"),
        pytest.param(Broker.frozen, 30.0, id="standing still for half a minute"),
    ],
)
def test_quotes_come_in_while_the_broker_is_away(
    harm: Callable[[Broker], AbstractContextManager[None]], seconds: float, own: House, broker: Broker
) -> None:
    with own.application() as application:
        own.simulator.knobs.latency = 0.05
        web = own.start_web()
        worker = own.start_worker()
        before = [own.customer() for _ in range(6)]
        quotes = [(_deliver(web, buyer)[0], buyer.id) for buyer in before]
        until(own.bought, told=own.output)

        with harm(broker):
            began, waits = time.monotonic(), []
            while time.monotonic() - began < seconds:
                buyer = own.customer()
                quote_id, wait = _deliver(web, buyer)
                quotes.append((quote_id, buyer.id))
                waits.append(wait)
                _until_next(began + len(waits) * seconds / 10)

        _each_bought_once(own, application, quotes)
        assert max(waits) < ANSWERED_WITHIN
        # Its watchdog has not taken the broker's absence for its own deafness.
        assert worker.poll() is None


def _until_next(moment: float) -> None:
    until(lambda: time.monotonic() >= moment)


def _deliver(web: str, buyer: customers.Customer) -> tuple[str, float]:
    """One webhook, taken in: the quote's id, and the seconds until it was answered."""
    wanted: Json = quote(customer=buyer)
    message = {"type": "quote.accepted", "data": wanted}
    began = time.monotonic()
    answer = httpx.post(f"{web}/in/shop", json=message, headers={"authorization": f"Bearer {BEARER}"}, timeout=10)
    took = time.monotonic() - began
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    return wanted["quote"]["id"], took
