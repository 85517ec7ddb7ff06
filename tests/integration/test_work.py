"""What a task does when the wire or the database is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import OperationalError

from pipeline.domain.stage import Stage
from pipeline.store import due
from pipeline.store.tables import ORDERS
from pipeline.testing import FakeMarketplace
from tests.integration.running import Bench, a_bench
from workers.celery_app import make_app
from workers.lane import FastLane
from workers.wire import Wire, WireDown
from workers.work import WorkerWork


class Down(Wire):
    def publish_order(self, order_id: UUID, stage: Stage) -> None:
        raise WireDown(f"{order_id} for {stage} is not taken")


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    shop = FakeMarketplace().sells("backup")
    shop.knows("company")
    with a_bench(database_url, marketplace=shop) as one:
        yield one


def work_of(bench: Bench, wire: Wire, *, lane: bool) -> WorkerWork:
    def give_back(order_id: UUID) -> None:
        with bench.database.transaction() as connection:
            due.give_back(connection, ORDERS, [order_id], timedelta(seconds=1))

    def read(event_id: UUID) -> list[UUID]:
        raise OperationalError("the event", {"id": event_id}, ConnectionError())

    stages = FastLane(list(Stage), enabled=lane, short=10)
    return WorkerWork(bench.runner, read, lambda _: None, lambda _: "", give_back, stages, wire)


def test_a_task_tells_the_stages_that_it_has_done(bench: Bench, redis_url: str) -> None:
    wire = Wire(make_app(redis_url), redis_url)

    told = work_of(bench, wire, lane=True).run_order(bench.order(), Stage.RESOLVE_COMPANY)
    wire.close()

    assert told == " ".join(Stage)


def test_an_order_whose_next_message_cannot_be_sent_is_due_again_at_once(bench: Bench, redis_url: str) -> None:
    order, wire = bench.order(), Down(make_app(redis_url), redis_url)

    work_of(bench, wire, lane=False).run_order(order, Stage.RESOLVE_COMPANY)
    wire.close()

    row = bench.row(order)
    assert (row.stage, row.leased) == ("ensure_active", False)
    assert row.due_at - row.now <= timedelta(seconds=1)


def test_without_the_database_a_task_is_put_off_and_not_an_error(bench: Bench, redis_url: str) -> None:
    wire = Wire(make_app(redis_url), redis_url)

    told = work_of(bench, wire, lane=True).read_event(uuid4())
    wire.close()

    assert told == "put off: the database is away"
