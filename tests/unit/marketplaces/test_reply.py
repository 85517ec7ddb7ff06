"""Reading answers: numbers, waits and words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.reply import Ask, FarTime, Reply, parse, retry_after, spoken

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("7", 7),
        (" 7.5 ", 7.5),
        ("-3", 0),
        ("99999999", 86400),
        ("1e400", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("Thu, 15 Jan 2026 09:00:30 GMT", 30),
        ("Thu, 15 Jan 2026 08:00:00 GMT", 0),
        ("Thu, 15 Jan 2026 09:00:30", 30),
        ("Thu, 99 Foo 2026 09:00:30 GMT", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date(header: str | None, wait: float | None) -> None:
    assert retry_after(header, NOW) == (None if wait is None else timedelta(seconds=wait))


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        pytest.param("Thu, 15 Jan 2026 09:02:00 GMT", 120.25, id="ahead, and half a second on the way"),
        pytest.param("Thu, 15 Jan 2026 08:59:00 GMT", -59.75, id="behind"),
        pytest.param("Thu, 15 Jan 2026 09:02:00", None, id="in no zone"),
        pytest.param("", None, id="not told"),
        pytest.param("soon", None, id="no date"),
    ],
)
def test_clocks_are_apart_by_the_date_of_an_answer(date: str, seconds: float | None) -> None:
    assert FarTime(date, NOW, 500).apart() == (None if seconds is None else timedelta(seconds=seconds))


def test_money_is_read_exactly() -> None:
    assert parse(b'{"a": 0.1234567890123456789, "b": 12.10, "c": 5}') == {
        "a": Decimal("0.1234567890123456789"),
        "b": Decimal("12.10"),
        "c": 5,
    }


BROKEN = [b"", b"{", b"NaN", b"[Infinity]", b"<html>", b"[" * 100_000, b"\xff\xfe{}"]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: str(body[:6]))
def test_what_is_no_json_says_so(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of json's
        parse(body)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"message": "No", "details": [{"message": "a"}, {"message": "b"}]}, ["No", "a", "b"]),
        ({"message": "No", "details": {"message": "a"}}, ["No", "a"]),
        ({"message": "No", "details": None}, ["No"]),
        ({"message": "No", "details": ["a", 7, None, {}]}, ["No", "a"]),
        ({"error": "access_denied", "error_description": "Unauthorized"}, ["Unauthorized"]),
        ({"error": "access_denied"}, ["access_denied"]),
        ({"message": {"text": "x"}}, []),
        ({"error": {"code": "C", "message": "No", "details": [{"path": "p", "message": "a"}]}}, ["No", "a"]),
        ({"error": {"code": "C"}}, []),
        ([1, 2], []),
        (None, []),
    ],
)
def test_the_words_of_a_refusal_are_its_own_and_its_details(content: Any, words: list[str]) -> None:
    assert spoken(content) == words


def test_words_hide_what_we_sent_and_who_is_named() -> None:
    body = b'{"message":"contoso-secret is taken, ask ada@example.com or +1 (555) 010-0199"}'
    reply = Reply(422, httpx.Headers(), body, hidden=("contoso-secret",))

    assert reply.words() == ("••• is taken, ask ••• or •••",)


def test_a_query_is_told_without_what_is_hidden_in_it() -> None:
    ask = Ask("GET", "/customers?email=ada%40example.com&limit=5", hidden=("ada@example.com",))

    assert ask.shown == "/customers?email=•••&limit=5"
