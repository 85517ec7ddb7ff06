"""Every status and every transport error has a meaning, for reads and for writes."""

import inspect
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from pipeline.domain.claim import AnswerClass
from pipeline.domain.errors import (
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
from pipeline.marketplaces.deadline import TooLate
from pipeline.marketplaces.meaning import Attempt, NotWhatWasSent, read_failure, write_answer
from pipeline.marketplaces.reply import Reply

ACCEPTED, REJECTED, NOT_SENT = AnswerClass.ACCEPTED, AnswerClass.REJECTED, AnswerClass.NOT_SENT
THROTTLED, UNKNOWN = AnswerClass.THROTTLED, AnswerClass.UNKNOWN
REQUEST = httpx.Request("GET", "http://pax8.test/v1")

TABLE: list[tuple[int, type[PortError] | None, AnswerClass]] = [
    (200, None, ACCEPTED),
    (201, None, ACCEPTED),
    (204, None, ACCEPTED),
    (101, Unreadable, UNKNOWN),
    (300, Unreadable, UNKNOWN),
    (301, Unreadable, UNKNOWN),
    (302, Unreadable, UNKNOWN),
    (304, Unreadable, UNKNOWN),
    (307, Unreadable, UNKNOWN),
    (308, Unreadable, UNKNOWN),
    (400, Refused, REJECTED),
    (401, Unauthorized, NOT_SENT),
    (402, Refused, UNKNOWN),
    (403, Forbidden, REJECTED),
    (404, NotFound, REJECTED),
    (405, Refused, UNKNOWN),
    (406, Refused, UNKNOWN),
    (408, Unavailable, UNKNOWN),
    (409, Refused, UNKNOWN),
    (410, NotFound, UNKNOWN),
    (413, Refused, UNKNOWN),
    (415, Refused, UNKNOWN),
    (422, Refused, REJECTED),
    (423, Refused, UNKNOWN),
    (425, Unavailable, UNKNOWN),
    (429, TooManyCalls, THROTTLED),
    (451, Refused, UNKNOWN),
    (499, Refused, UNKNOWN),
    (500, Unavailable, UNKNOWN),
    (501, Unavailable, UNKNOWN),
    (502, Unavailable, UNKNOWN),
    (503, Unavailable, UNKNOWN),
    (504, Unavailable, UNKNOWN),
    (520, Unavailable, UNKNOWN),
    (599, Unavailable, UNKNOWN),
    (600, Unavailable, UNKNOWN),
    (999, Unavailable, UNKNOWN),
]


def reply(status: int, body: bytes = b"", **headers: str) -> Reply:
    return Reply(status, httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()}), body)


def answer(attempt: Attempt, accept: Callable[[Reply], str] = lambda _: "id") -> AnswerClass:
    return write_answer("Pax8", attempt, accept, lambda _: ()).kind


@pytest.mark.parametrize(("status", "error", "kind"), TABLE, ids=lambda value: str(getattr(value, "__name__", value)))
def test_a_status_means(status: int, error: type[PortError] | None, kind: AnswerClass) -> None:
    assert type(read_failure("Pax8", "GET /x", reply(status))) is (error or type(None))
    assert answer(Attempt(True, reply(status))) is kind


def test_no_other_status_proves_that_nothing_was_made() -> None:
    kinds = {status: answer(Attempt(True, reply(status))) for status in range(100, 1000) if not 200 <= status < 300}

    closing = dict.fromkeys((400, 403, 404, 422), REJECTED) | {401: NOT_SENT, 429: THROTTLED}
    assert kinds == {status: closing.get(status, UNKNOWN) for status in kinds}


def transport_errors() -> list[type[httpx.HTTPError]]:
    return [
        kind
        for _, kind in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(kind, httpx.RequestError) and kind is not httpx.TooManyRedirects
    ]


@pytest.mark.parametrize("kind", transport_errors(), ids=lambda kind: kind.__name__)
def test_no_answer_is_unknown_once_a_byte_went_and_not_sent_before(kind: type[httpx.RequestError]) -> None:
    error = kind("told", request=REQUEST)

    assert answer(Attempt(wrote=True, error=error)) is UNKNOWN
    assert answer(Attempt(wrote=False, error=error)) is NOT_SENT
    assert isinstance(read_failure("Pax8", "GET /x", error), Unavailable | Unreadable)


@pytest.mark.parametrize(
    "error",
    [TooLate(), ValueError("x"), RecursionError(), BudgetSpent("None left."), None],
    ids=lambda one: type(one).__name__,
)
def test_even_an_unexpected_error_has_a_class(error: Exception | None) -> None:
    assert answer(Attempt(wrote=True, error=error)) is UNKNOWN
    assert answer(Attempt(wrote=False, error=error)) is NOT_SENT


def test_a_good_status_that_proves_nothing_is_unknown_with_the_doubt_as_evidence() -> None:
    def doubt(_: Reply) -> str:
        raise NotWhatWasSent("Pax8 answered with order X-1, which is another one.", "X-1")

    found = write_answer("Pax8", Attempt(True, reply(200, b"{}")), doubt, lambda _: ())

    assert (found.kind, found.ref, found.named) == (UNKNOWN, None, ("X-1",))
    assert found.details[0] == "Pax8 answered with order X-1, which is another one."


def test_a_refusal_without_words_is_told_by_how_it_begins() -> None:
    page = reply(403, b"<html>Denied", content_type="text/html; charset=x")
    found = write_answer("Pax8", Attempt(True, page), lambda _: "", lambda _: ())

    assert found.details == ("HTTP 403, text/html: <html>Denied",)


def test_an_outage_passes_on_how_long_to_wait() -> None:
    failure = read_failure("Pax8", "GET /x", reply(503, retry_after="30"))

    assert failure is not None
    assert failure.after == timedelta(seconds=30)
