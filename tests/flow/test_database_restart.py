"""PostgreSQL goes down in mid-flight and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL, SIGQUIT, Signals

import pytest

from tests.flow.house import House, a_house, done, quote, until
from tests.servers import claimed_folder
from workers.database import upgrade
from workers.embedded import EmbeddedPostgres

QUOTES = 20


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    """A database server that may be harmed."""
    with claimed_folder() as folder, EmbeddedPostgres(folder, durable=False) as server:
        upgrade(server.url)
        yield server


@pytest.fixture
def own(tmp_path: Path, postgres: EmbeddedPostgres, redis_url: str) -> Iterator[House]:
    with a_house(tmp_path, postgres.url, redis_url) as house:
        yield house


@pytest.mark.parametrize(
    "how", [pytest.param(SIGQUIT, id="at once, every connection cut"), pytest.param(SIGKILL, id="by a kill")]
)
def test_orders_outlive_a_restart_of_the_database(how: Signals, own: House, postgres: EmbeddedPostgres) -> None:
    with own.application() as application:
        own.simulator.knobs.latency = 0.1
        own.start_worker()
        buyers = [own.customer() for _ in range(QUOTES)]
        quotes = [(own.accept(application, quote(customer=buyer)), buyer.id) for buyer in buyers]
        # Answers that come while there is nobody to record them.
        slow = own.simulator.faults.add(match=("POST", "/v1/orders"), kind="delay", seconds=1.0, when="after", times=5)
        until(lambda: slow.hits == 5 and len(own.bought()) >= 5, told=own.output)

        postgres.stop(how)
        assert len(own.bought()) < QUOTES
        postgres.start()

        for quote_id, company_id in quotes:
            order = own.wait(application, quote_id, done, 90)
            assert [order["marketplace_order_id"]] == [one.id for one in own.bought(company_id)]
