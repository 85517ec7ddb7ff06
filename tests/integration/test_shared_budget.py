"""The calls a minute, shared over a real Valkey, and each process's share without it."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import redis

from pipeline.ports import Purpose
from workers.budget import HOLD, MINUTE, SharedBudget

NOWHERE = "unix:///nonexistent/valkey.sock?db=0"


class Time:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def budget(url: str, calls: int = 10, processes: int = 2, clock: Time | None = None) -> SharedBudget:
    return SharedBudget(url, {"pax8": calls, "other": calls}, lambda: processes, clock or Time())


def freeze(client: redis.Redis) -> None:
    """For longer than a call waits for an answer."""
    client.client_pause(1200, all=True)


def take(one: SharedBudget, times: int, purpose: Purpose = Purpose.WORK) -> int:
    """How many of so many calls were allowed."""
    return sum(one.take("pax8", purpose) is None for _ in range(times))


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def test_an_account_has_its_calls_and_no_more(redis_url: str) -> None:
    one = budget(redis_url)

    assert take(one, 30) == 10
    wait = one.take("pax8", Purpose.WORK)
    assert wait is not None
    assert timedelta(seconds=50) < wait <= timedelta(seconds=MINUTE + HOLD)
    assert one.take("other", Purpose.WORK) is None


def test_workers_share_them(redis_url: str) -> None:
    one, other = budget(redis_url), budget(redis_url)

    assert take(one, 6) + take(other, 20) == 10


@pytest.mark.parametrize("calls", [100, 250, 1000])
def test_workers_that_take_several_at_once_never_exceed_them_together(redis_url: str, calls: int) -> None:
    workers = [budget(redis_url, calls) for _ in range(4)]

    made = sum(take(worker, 1) for _ in range(calls) for worker in workers)

    assert made == calls


def test_polls_have_half_of_them_and_leave_the_rest_to_work(redis_url: str) -> None:
    one = budget(redis_url)

    assert take(one, 20, Purpose.POLL) == 5
    assert take(one, 20) == 5
    assert one.used("pax8") == (10, 5)


def test_work_may_leave_nothing_to_polls(redis_url: str) -> None:
    one = budget(redis_url)

    assert take(one, 20) == 10
    assert take(one, 5, Purpose.POLL) == 0
    assert one.used("pax8") == (10, 0)


def test_calls_in_hand_are_given_up_after_a_moment(redis_url: str) -> None:
    clock = Time()
    one = budget(redis_url, 1000, clock=clock)
    take(one, 1)
    clock.seconds += HOLD
    take(one, 1)

    assert one.used("pax8") == (16, 0)


def test_calls_count_for_as_much_longer_as_they_may_be_held(redis_url: str, client: redis.Redis) -> None:
    take(budget(redis_url), 1)

    assert [client.ttl(key) for key in client.scan_iter()] == [MINUTE + HOLD]


def test_a_pause_stops_all_workers_and_a_shorter_one_does_not_end_it(redis_url: str) -> None:
    one, other = budget(redis_url), budget(redis_url)
    one.pause("pax8", timedelta(seconds=30))
    one.pause("pax8", timedelta(seconds=1))
    one.pause("pax8", timedelta())

    for worker in (one, other):
        wait = worker.take("pax8", Purpose.WORK)
        assert wait is not None
        assert timedelta(seconds=25) < wait <= timedelta(seconds=30)
    assert other.take("other", Purpose.WORK) is None


def test_without_redis_each_process_keeps_to_its_share_at_once() -> None:
    clock = Time()
    one = budget(NOWHERE, clock=clock)

    began = time.monotonic()
    assert take(one, 30) == 5
    wait = one.take("pax8", Purpose.WORK)
    assert wait == timedelta(seconds=MINUTE)
    assert time.monotonic() - began < 2
    assert one.used("pax8") is None
    clock.seconds += MINUTE
    assert take(one, 30) == 5


def test_without_redis_polls_have_half_of_the_share() -> None:
    one = budget(NOWHERE, 20)

    assert take(one, 30, Purpose.POLL) == 5
    assert take(one, 30) == 5


def test_without_redis_a_pause_holds_in_the_process_that_met_it() -> None:
    one = budget(NOWHERE)
    one.pause("pax8", timedelta(seconds=30))

    assert one.take("pax8", Purpose.WORK) == timedelta(seconds=30)


def test_what_was_made_before_redis_went_counts_to_the_share(redis_url: str, client: redis.Redis) -> None:
    clock = Time()
    one = budget(redis_url, 20, clock=clock)
    take(one, 7)
    freeze(client)

    assert take(one, 30) == 3


def test_a_frozen_redis_delays_one_call_and_not_the_next_ones(redis_url: str, client: redis.Redis) -> None:
    clock = Time()
    one = budget(redis_url, clock=clock)
    assert take(one, 1) == 1
    freeze(client)

    began = time.monotonic()
    assert take(one, 30) == 4
    assert time.monotonic() - began < 1.5


def test_redis_is_asked_again_after_some_seconds(redis_url: str, tmp_path: Path) -> None:
    clock = Time()
    link = tmp_path / "valkey.sock"
    one = budget(f"unix://{link}?db=0", clock=clock)
    take(one, 1)
    link.symlink_to(unquote(urlsplit(redis_url).path))
    still_away = one.used("pax8")
    clock.seconds += 6
    take(one, 1)

    assert (still_away, one.used("pax8")) == (None, (1, 0))


def test_an_address_over_tcp_is_taken_too() -> None:
    assert take(budget("redis://127.0.0.1:1/0"), 30) == 5


@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_child_process_connects_anew(redis_url: str) -> None:
    one = budget(redis_url)
    take(one, 1)
    child = os.fork()
    if child == 0:
        made = take(one, 3)
        os._exit(made)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 3
    assert take(one, 30) == 6
