"""Deadlines count the hours in which somebody is there to answer."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.domain.working_time import Deadline, WorkingTime, due_after, halfway

WEEKDAYS = frozenset(range(5))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def office(hours: float, zone: str = "UTC", days: frozenset[int] = WEEKDAYS) -> WorkingTime:
    return WorkingTime(timedelta(hours=hours), days, time(9), time(17), ZoneInfo(zone))


@pytest.mark.parametrize(
    ("asked", "hours", "due"),
    [
        pytest.param("2026-11-23T10:00", 2, "2026-11-23T12:00", id="within a day"),
        pytest.param("2026-11-23T07:00", 2, "2026-11-23T11:00", id="before the office opens"),
        pytest.param("2026-11-23T16:00", 2, "2026-11-24T10:00", id="over the night"),
        pytest.param("2026-11-20T16:00", 2, "2026-11-23T10:00", id="over the weekend"),
        pytest.param("2026-11-21T12:00", 1, "2026-11-23T10:00", id="asked on a Saturday"),
        pytest.param("2026-11-23T09:00", 8, "2026-11-23T17:00", id="ends as the office closes"),
        pytest.param("2026-11-23T17:00", 1, "2026-11-24T10:00", id="asked as the office closes"),
        pytest.param("2026-11-20T10:00", 24, "2026-11-25T10:00", id="three working days"),
        pytest.param("2026-01-01T09:00", 8 * 500, "2027-12-01T17:00", id="five hundred working days"),
    ],
)
def test_a_deadline_passes_in_working_hours_only(asked: str, hours: float, due: str) -> None:
    assert office(hours).after(at(asked)) == at(due)


def test_the_hours_are_those_of_the_zone_also_when_its_clocks_change() -> None:
    saturday_before = at("2026-03-27T15:30")

    assert office(8, "Europe/Berlin").after(saturday_before) == at("2026-03-30T14:30")


def test_a_plain_span_passes_day_and_night() -> None:
    assert due_after(at("2026-11-20T16:00"), timedelta(hours=24)) == at("2026-11-21T16:00")


@pytest.mark.parametrize(
    ("deadline", "half"),
    [
        pytest.param(office(8), "2026-11-23T11:00", id="half of the working hours, over the weekend"),
        pytest.param(timedelta(hours=8), "2026-11-20T19:00", id="half of a plain span"),
        pytest.param(office(1), "2026-11-20T15:30", id="an hour is long enough"),
        pytest.param(office(0.9), None, id="who has less than an hour has just been asked"),
    ],
)
def test_half_of_a_deadline_passes_as_the_whole_does(deadline: Deadline, half: str | None) -> None:
    assert halfway(at("2026-11-20T15:00"), deadline) == (at(half) if half else None)


def test_hours_without_a_day_are_an_error() -> None:
    with pytest.raises(ValueError, match="no time to work"):
        office(1, days=frozenset()).after(at("2026-11-23T10:00"))
