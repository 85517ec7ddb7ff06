"""When calls stop, for how long, and how they begin again."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.marketplaces.breaker import BreakerState, MemoryBreakerStore, SharedBreaker

START = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def clock(self) -> float:
        return self.seconds


class CountingStore(MemoryBreakerStore):
    def __init__(self) -> None:
        super().__init__()
        self.loads = 0

    def load(self, account: str) -> BreakerState:
        self.loads += 1
        return super().load(account)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


def breaker(store: MemoryBreakerStore, time: Time) -> SharedBreaker:
    return SharedBreaker(store, now=time.now, clock=time.clock)


def fail(one: SharedBreaker, times: int = 5) -> None:
    for _ in range(times):
        one.failed("pax8")


def test_four_failures_open_nothing_and_a_success_forgets_them(store: CountingStore, time: Time) -> None:
    one = breaker(store, time)
    fail(one, 4)
    one.succeeded("pax8")
    fail(one, 4)

    assert one.blocked_for("pax8") is None


def test_five_failures_in_a_row_stop_the_calls_of_that_account(store: CountingStore, time: Time) -> None:
    one = breaker(store, time)
    fail(one)

    assert one.blocked_for("pax8") == timedelta(seconds=5)
    assert one.blocked_for("another") is None
    assert one.state("pax8") == ("open", START + timedelta(seconds=5))


def test_other_workers_hear_of_it_within_a_second(store: CountingStore, time: Time) -> None:
    one, other = breaker(store, time), breaker(store, time)
    assert other.blocked_for("pax8") is None
    fail(one)
    time.seconds = 1.0

    assert other.blocked_for("pax8") == timedelta(seconds=4)


def test_after_a_while_one_call_goes_through_for_all_workers(store: CountingStore, time: Time) -> None:
    one, other = breaker(store, time), breaker(store, time)
    fail(one)
    other.blocked_for("pax8")
    time.seconds = 5.0

    assert [each.blocked_for("pax8") is None for each in (one, other, one, other)] == [True, False, False, False]
    assert one.state("pax8")[0] == "half_open"


def test_its_success_closes_the_breaker(store: CountingStore, time: Time) -> None:
    one = breaker(store, time)
    fail(one)
    time.seconds = 5.0
    one.blocked_for("pax8")
    one.succeeded("pax8")

    assert one.blocked_for("pax8") is None
    assert one.state("pax8") == ("closed", None)


def test_its_failure_opens_for_longer_each_time_up_to_a_minute(store: CountingStore, time: Time) -> None:
    one = breaker(store, time)
    fail(one)
    waits = []
    for _ in range(6):
        wait = one.blocked_for("pax8")
        assert wait is not None
        waits.append(wait.total_seconds())
        time.seconds += wait.total_seconds()
        assert one.blocked_for("pax8") is None
        one.failed("pax8")

    assert waits == [5, 15, 30, 60, 60, 60]


def test_a_call_let_through_that_never_reports_blocks_the_others_only_for_a_while(
    store: CountingStore, time: Time
) -> None:
    one = breaker(store, time)
    fail(one)
    time.seconds = 5.0
    assert one.blocked_for("pax8") is None
    time.seconds = 36.0

    assert one.blocked_for("pax8") is None


def test_failures_of_calls_that_were_under_way_open_it_no_further(store: CountingStore, time: Time) -> None:
    one = breaker(store, time)
    fail(one, 50)

    assert one.blocked_for("pax8") == timedelta(seconds=5)


def test_a_late_success_of_before_does_not_close_it(store: CountingStore, time: Time) -> None:
    one = breaker(store, time)
    fail(one)
    one.succeeded("pax8")

    assert one.blocked_for("pax8") is not None


def test_a_thousand_calls_in_a_second_read_the_store_once(store: CountingStore, time: Time) -> None:
    one = breaker(store, time)
    for _ in range(1000):
        one.blocked_for("pax8")
        one.succeeded("pax8")

    assert store.loads == 1
