"""The clock: what is due is published once, with a lease that grows; what cannot be published stays due."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from sqlalchemy import text

from pipeline.domain.stage import Stage
from pipeline.store import due
from pipeline.testing import FakeMarketplace
from tests.integration.running import Bench, a_bench
from workers.alarm import Alarm
from workers.celery_app import PREFIX, make_app, task_name
from workers.clock import HIGH_WATER, SHORT, Clock, Rhythm
from workers.lane import FastLane
from workers.wire import Wire, WireDown


@pytest.fixture
def bench(database_url: str) -> Iterator[Bench]:
    with a_bench(database_url, marketplace=FakeMarketplace()) as one:
        yield one


@pytest.fixture
def wire(redis_url: str) -> Iterator[Wire]:
    wire = Wire(make_app(redis_url), redis_url)
    yield wire
    wire.close()


@pytest.fixture
def broker(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def count(broker: redis.Redis, queue: str) -> int:
    return len(broker.lrange(PREFIX + queue, 0, -1))


def a_clock(bench: Bench, wire: Wire, lane: FastLane | None = None, escalate: Callable[[], int] = lambda: 0) -> Clock:
    rhythm = Rhythm("here:1", ["submit"], timedelta(seconds=60))
    lane = lane or FastLane(list(Stage), enabled=True, short=10)
    return Clock(bench.database, wire, lane, rhythm, escalate=escalate, counted=lambda _: None)


def messages(broker: redis.Redis, queue: str) -> list[Any]:
    found: Any = broker.lrange(PREFIX + queue, 0, -1)
    return [json.loads(message) for message in found]


def test_a_due_order_is_published_once_with_its_kind_and_id_only(bench: Bench, wire: Wire, broker: redis.Redis) -> None:
    order = bench.order()
    clock = a_clock(bench, wire)

    clock.tick()
    clock.tick()

    (message,) = messages(broker, "resolve_company")
    assert message["headers"]["task"] == task_name(Stage.RESOLVE_COMPANY) == "order.1.resolve_company"
    assert message["headers"]["argsrepr"] == f"('{order}',)"
    assert bench.row(order).leased


def test_two_clocks_at_once_hand_each_row_out_once(bench: Bench, wire: Wire, broker: redis.Redis) -> None:
    ordered = {bench.order() for _ in range(50)}
    clocks = [a_clock(bench, wire) for _ in range(3)]

    for clock in clocks:
        clock.tick()

    published = [UUID(message["headers"]["argsrepr"][2:38]) for message in messages(broker, "resolve_company")]
    assert sorted(published, key=str) == sorted(ordered, key=str)


def leases_of_eight_publishes(bench: Bench, wire: Wire) -> list[int]:
    """In minutes, of one order whose step is due again and again."""
    order = bench.order()
    clock = a_clock(bench, wire)
    leases = []
    for _ in range(8):
        clock.tick()
        row = bench.row(order)
        leases.append(round((row.due_at - row.now).total_seconds() / 60))
        with bench.database.transaction() as connection:
            connection.execute(text("UPDATE orders SET due_at = now()"))
    return leases


def test_the_lease_grows_with_each_publish_of_the_same_step_while_the_queue_is_long(
    bench: Bench, wire: Wire, broker: redis.Redis
) -> None:
    broker.rpush(f"{PREFIX}resolve_company", *["x"] * SHORT)

    assert leases_of_eight_publishes(bench, wire) == [1, 2, 4, 8, 16, 32, 32, 32]


def test_the_lease_does_not_grow_where_the_message_cannot_wait_in_the_queue_any_more(bench: Bench, wire: Wire) -> None:
    assert leases_of_eight_publishes(bench, wire) == [1] * 8


def test_a_lost_message_is_published_again_when_its_lease_is_over(
    bench: Bench, wire: Wire, broker: redis.Redis
) -> None:
    bench.order()
    clock = a_clock(bench, wire)
    clock.tick()
    broker.flushall()
    with bench.database.transaction() as connection:
        connection.execute(text("UPDATE orders SET due_at = now()"))

    clock.tick()

    assert len(messages(broker, "resolve_company")) == 1


def test_what_a_worker_has_is_not_published(bench: Bench, wire: Wire, broker: redis.Redis) -> None:
    bench.order()
    with bench.database.transaction() as connection:
        connection.execute(text("UPDATE orders SET taken_until = now() + interval '1 minute'"))

    a_clock(bench, wire).tick()

    assert messages(broker, "resolve_company") == []


def test_a_full_queue_gets_no_more_and_the_rest_stay_rows(bench: Bench, wire: Wire, broker: redis.Redis) -> None:
    order = bench.order()
    broker.rpush(f"{PREFIX}resolve_company", *["x"] * HIGH_WATER)

    a_clock(bench, wire).tick()

    assert count(broker, "resolve_company") == HIGH_WATER
    assert not bench.row(order).leased


class Down(Wire):
    """A broker that answers and takes nothing."""

    def publish_order(self, order_id: UUID, stage: Stage) -> None:
        raise WireDown(f"{order_id} for {stage} is not taken")


def test_what_cannot_be_published_is_due_again_soon(bench: Bench, redis_url: str) -> None:
    order = bench.order()

    down = Down(make_app(redis_url), redis_url)

    with pytest.raises(WireDown):
        a_clock(bench, down).tick()
    down.close()

    row = bench.row(order)
    assert not row.leased
    assert row.due_at - row.now <= timedelta(seconds=1)
    assert row.published == 0


def test_a_broker_that_is_away_is_one_error_and_nothing_is_leased(bench: Bench, tmp_path: Any) -> None:
    order = bench.order()
    url = f"unix://{tmp_path}/nobody.sock?db=0"

    with pytest.raises(WireDown):
        a_clock(bench, Wire(make_app(url), url)).tick()

    assert not bench.row(order).leased


def test_the_worker_shows_that_it_lives_also_while_the_broker_is_away(bench: Bench, tmp_path: Any) -> None:
    url = f"unix://{tmp_path}/nobody.sock?db=0"

    with pytest.raises(WireDown):
        a_clock(bench, Wire(make_app(url), url)).tick()

    with bench.database.transaction() as connection:
        assert connection.execute(text("SELECT id FROM workers")).scalar_one() == "here:1"


def test_the_lane_learns_how_long_the_queues_are(bench: Bench, wire: Wire, broker: redis.Redis) -> None:
    lane = FastLane(list(Stage), enabled=True, short=10)
    broker.rpush(f"{PREFIX}submit", *["x"] * 11)

    a_clock(bench, wire, lane).tick()

    goes_on = lane.begin()
    assert not goes_on(Stage.SUBMIT)
    assert goes_on(Stage.POLL_STATUS)


def test_a_change_that_makes_something_due_wakes_the_clock(bench: Bench) -> None:
    with Alarm(bench.database.engine) as alarm:
        alarm.wait(0)
        with bench.database.transaction() as connection:
            due.nudge(connection)

        began = time.monotonic()
        alarm.wait(20)

    assert time.monotonic() - began < 10


def test_without_the_database_the_alarm_is_a_plain_wait(bench: Bench) -> None:
    bench.database.engine.url = bench.database.engine.url.set(database="nowhere")
    with Alarm(bench.database.engine) as alarm:
        alarm.wait(0.01)
        alarm.ring()
        alarm.wait(20)


def test_more_overdue_questions_than_a_batch_do_not_wait_for_the_next_sign_of_life(bench: Bench, wire: Wire) -> None:
    rounds: list[float] = []
    handed_on = iter((100, 40, 0))

    def escalate() -> int:
        rounds.append(now)
        return next(handed_on)

    clock = a_clock(bench, wire, escalate=escalate)
    for now in (0.0, 1.0, 2.0, 3.0, 4.0):
        clock.tick(now)

    assert rounds == [0.0, 1.0, 2.0]
