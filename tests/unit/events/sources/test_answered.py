"""Fields of a tool's answer: of another type than promised they read as nothing, and never as an error."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.sources.answered import amount, currency, identifier, instant, money, page, row, rows, text, unique, word
from events.sources.tool import ToolFault

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=3), part, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param(" E3 ", "E3", id="text without its edges"),
        pytest.param(4242, "4242", id="a number"),
        pytest.param(2.5, "2.5", id="a decimal number"),
        pytest.param(True, "", id="a truth"),
        pytest.param(float("nan"), "", id="no number"),
        pytest.param(float("inf"), "", id="a number without end"),
        pytest.param("a\0b\ud800c", "abc", id="what cannot be stored"),
        pytest.param(["E3"], "", id="a list"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_text_is_what_can_be_written(value: object, wanted: str) -> None:
    assert text(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("2,575.00", "2575.00", id="thousands"),
        pytest.param("1,234,567", "1234567", id="millions"),
        pytest.param("-36.00", "-36.00", id="below zero"),
        pytest.param("36", "36", id="whole"),
        pytest.param(50.5, "50.5", id="a number of JSON, exactly as written"),
        pytest.param(0.1, "0.1", id="a number that binary cannot hold"),
        pytest.param("2.575,00", None, id="a decimal comma"),
        pytest.param("2,57", None, id="a comma in no thousands' place"),
        pytest.param("1,2345", None, id="a comma before four"),
        pytest.param("$36.00", None, id="with a sign"),
        pytest.param("1e5", None, id="with an exponent"),
        pytest.param("٣٦", None, id="digits of another script"),
        pytest.param("", None, id="empty"),
        pytest.param(True, None, id="a truth"),
        pytest.param(float("inf"), None, id="without end"),
        pytest.param("9" * 10_000, None, id="absurdly long"),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(value: object, wanted: str | None) -> None:
    assert amount(value) == (Decimal(wanted) if wanted else None)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("2026-11-21T10:00:00Z", datetime(2026, 11, 21, 10, tzinfo=UTC), id="UTC"),
        pytest.param("2026-11-21T10:00:00.5+02:00", datetime(2026, 11, 21, 8, 0, 0, 500_000, UTC), id="another zone"),
        pytest.param("2026-11-21T10:00:00", datetime(2026, 11, 21, 10, tzinfo=UTC), id="no zone"),
        pytest.param(0, datetime(1970, 1, 1, tzinfo=UTC), id="seconds"),
        pytest.param(10**20, None, id="seconds without end"),
        pytest.param("0001-01-01T00:00:00+14:00", None, id="before all time"),
        pytest.param("yesterday", None, id="words"),
        pytest.param(True, None, id="a truth"),
        pytest.param(1.5, None, id="part of a second"),
    ],
)
def test_an_instant_is_aware_and_in_utc(value: object, wanted: datetime | None) -> None:
    assert instant(value) == wanted


@pytest.mark.parametrize("value", ["../items", "a/b", "a%2Fb", "", ".", "a b", "a" * 129, None, [], {}])
def test_what_could_lead_elsewhere_in_a_path_is_no_id(value: object) -> None:
    assert identifier(value) == ""


def test_an_id_is_text_or_a_number() -> None:
    assert (identifier("quot_1-A"), identifier(42)) == ("quot_1-A", "42")


@pytest.mark.parametrize("content", [None, [], {}, {"data": None}, {"data": {}}, {"data": [1]}, "data"])
def test_a_page_without_its_list_is_a_fault(content: object) -> None:
    with pytest.raises(ToolFault, match="no list of data"):
        page("Quoter", content, "data")


def test_money_needs_amount_and_currency() -> None:
    assert str(money("1,036.5", "usd")) == "1036.50 USD"
    assert money("x", "usd") is None
    assert money("1", "US Dollar") is None


def test_a_word_is_fit_for_a_sentence() -> None:
    assert word("won\n\x1b[31m" + "x" * 100) == "won[31m" + "x" * 33
    assert word(None) == "(nothing)"


def test_keys_are_told_once_and_in_order() -> None:
    assert unique(["b", "", "a", "b"]) == ("b", "a")


@settings(max_examples=60, deadline=None)
@given(ANYTHING)
def test_whatever_is_answered_nothing_is_raised(value: object) -> None:
    written = [text(value), word(value), identifier(value), currency(value)]

    assert "\0" not in "".join(written)
    "".join(written).encode()
    for reader in (row, rows, amount, instant):
        reader(value)
    money(value, value)
