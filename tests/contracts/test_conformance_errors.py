"""What a read raises, whatever the marketplace does: one tree of errors, and never something else."""

from datetime import timedelta

import pytest

from pipeline.domain.errors import (
    BreakerOpen,
    BudgetSpent,
    Forbidden,
    NotFound,
    PortError,
    Refused,
    TooManyCalls,
    Unauthorized,
    Unavailable,
    Unreadable,
)
from pipeline.ports import Purpose
from tests.contracts.adapters import Case, over


@over()
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (403, Forbidden),
        (404, NotFound),
        (408, Unavailable),
        (409, Refused),
        (410, NotFound),
        (418, Refused),
        (422, Refused),
        (425, Unavailable),
        (429, TooManyCalls),
        (500, Unavailable),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
        (520, Unavailable),
    ],
)
def test_a_read_that_fails_says_how_and_is_not_repeated(case: Case, status: int, error: type[PortError]) -> None:
    case.fault("status", "read", status=status)

    with pytest.raises(PortError) as failure:
        case.read(case.open())

    assert type(failure.value) is error
    assert f"{case.account.title} " in failure.value.sentence
    assert case.calls("read") == 1


@over()
@pytest.mark.parametrize("status", [403, 500, 502, 503])
def test_the_error_page_of_an_edge_says_the_same_without_its_html(case: Case, status: int) -> None:
    case.fault("status", "read", status=status, html=True)

    with pytest.raises((Forbidden, Unavailable)) as failure:
        case.read(case.open())

    assert "<" not in failure.value.sentence


@over()
@pytest.mark.parametrize(
    ("header", "after"), [(None, None), ("7", timedelta(seconds=7)), ("soon", None), ("-5", timedelta())]
)
def test_a_throttled_read_says_how_long_to_wait(case: Case, header: str | None, after: timedelta | None) -> None:
    case.fault("status", "read", status=429, retry_after=header)

    with pytest.raises(TooManyCalls) as failure:
        case.read(case.open())

    assert failure.value.after == after
    assert case.budget.pauses == [after or timedelta(seconds=8)]


@over()
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", Unavailable),
        ("close", Unavailable),
        ("hang", Unavailable),
        ("refuse", Unavailable),
        ("half_body", Unavailable),
        ("redirect", Unreadable),
        ("html", Unreadable),
        ("half_json", Unreadable),
        ("empty", Unreadable),
    ],
)
def test_a_broken_answer_to_a_read_is_never_read_as_something_else(
    case: Case, kind: str, error: type[PortError]
) -> None:
    case.fault(kind, "read")

    with pytest.raises(error):
        case.read(case.open())


@over()
def test_a_read_whose_answer_comes_byte_by_byte_is_read(case: Case) -> None:
    case.fault("drip", "read")

    assert case.read(case.open())


@over()
def test_a_budget_that_is_spent_says_for_how_long_and_calls_nobody(case: Case) -> None:
    case.budget.wait = timedelta(seconds=9)

    with pytest.raises(BudgetSpent) as spent:
        case.read(case.open(Purpose.POLL))

    assert spent.value.after == timedelta(seconds=9)
    assert case.calls("read") == 0


@over()
def test_each_read_takes_a_call_of_the_budget_for_its_purpose(case: Case) -> None:
    case.read(case.open())
    case.read(case.open(Purpose.POLL))

    assert case.budget.taken == [Purpose.WORK, Purpose.POLL]


@over()
def test_calls_stop_after_failures_in_a_row_and_say_for_how_long(case: Case) -> None:
    case.fault("status", "read", status=503, times=5)
    for _ in range(5):
        with pytest.raises(Unavailable):
            case.read(case.open())

    with pytest.raises(BreakerOpen) as rest:
        case.open().ready_to_send()
    assert rest.value.after is not None
    assert case.account.health().breaker == "open"


@over()
def test_refusals_and_throttling_open_no_breaker(case: Case) -> None:
    for status in (403, 404, 429, 422) * 3:
        case.fault("status", "read", status=status)
        with pytest.raises(PortError):
            case.read(case.open())

    assert case.account.health().breaker == "closed"


@over()
def test_credentials_that_are_always_refused_are_the_settings_fault(case: Case) -> None:
    case.fault("status", "read", status=401, times=None)

    with pytest.raises(Unauthorized, match=case.credential):
        case.read(case.open())
