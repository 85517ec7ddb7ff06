"""How long an order waits when the calls of a minute are used up."""

from datetime import timedelta

import pytest

from pipeline.retries import wait_for_calls

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("waited", "least", "most"),
    [
        pytest.param(0, 0.5, 1.5, id="the first time it comes again soon"),
        pytest.param(3, 5, 15, id="the fourth time less soon"),
        pytest.param(8, 150, 450, id="the ninth time in minutes"),
        pytest.param(1_000, 150, 450, id="the thousandth time no later than that"),
    ],
)
def test_it_waits_the_longer_the_more_often_it_has_waited(waited: int, least: float, most: float) -> None:
    found = [wait_for_calls(timedelta(seconds=0.1), waited) for _ in range(100)]

    assert least * SECOND <= min(found)
    assert max(found) <= most * SECOND


def test_many_that_wait_do_not_come_back_at_once() -> None:
    found = sorted(wait_for_calls(None, 6) for _ in range(1000))

    assert max(late - early for early, late in zip(found, found[100:], strict=False)) < 20 * SECOND
    assert found[-1] - found[0] > 40 * SECOND


def test_it_never_comes_before_it_is_told_to() -> None:
    assert wait_for_calls(timedelta(seconds=62), 0) == timedelta(seconds=62)
