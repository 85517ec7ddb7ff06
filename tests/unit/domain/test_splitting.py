from datetime import timedelta
from typing import Any

import pytest

from pipeline.domain.quote import AcceptedQuote, QuoteKey, QuoteLine
from pipeline.domain.splitting import LineageError, Part, split
from pipeline.testing import CONTOSO, NOON, a_line

LATER, EARLIER = NOON + timedelta(days=9), NOON - timedelta(days=9)


def quote(*lines: QuoteLine, **changed: Any) -> AcceptedQuote:
    return AcceptedQuote(key=QuoteKey(system="crm", id="Q"), customer=CONTOSO, lines=lines, **changed)


def test_lines_of_one_marketplace_and_date_make_one_order_in_their_order() -> None:
    assert split(quote(a_line("2"), a_line("1")), NOON) == (Part("pax8", None, ("2", "1")),)


def test_a_quote_without_lines_makes_one_order_of_nothing() -> None:
    assert split(quote(), NOON) == (Part("none", None, ()),)


def test_each_marketplace_and_date_makes_an_order_of_its_own() -> None:
    lines = a_line("1"), a_line("2", marketplace="limio"), a_line("3", start_at=LATER), a_line("4")

    assert split(quote(*lines), NOON) == (
        Part("pax8", None, ("1", "4")),
        Part("limio", None, ("2",)),
        Part("pax8", LATER, ("3",)),
    )


def test_a_line_without_a_date_takes_the_quotes() -> None:
    parts = split(quote(a_line("1"), a_line("2", start_at=EARLIER), requested_at=LATER), NOON)

    assert parts == (Part("pax8", LATER, ("1",)), Part("pax8", None, ("2",)))


@pytest.mark.parametrize("start", [EARLIER, NOON], ids=["past", "this very instant"])
def test_a_date_that_has_come_means_now(start: Any) -> None:
    assert split(quote(a_line(start_at=start)), NOON) == (Part("pax8", None, ("1",)),)


def test_a_child_goes_with_its_parents_parent_whatever_its_own_date() -> None:
    lines = (
        a_line("grandchild", parent_line="child", start_at=EARLIER),
        a_line("child", parent_line="root"),
        a_line("root", start_at=LATER),
    )

    assert split(quote(*lines), NOON) == (Part("pax8", LATER, ("grandchild", "child", "root")),)


@pytest.mark.parametrize(
    ("lines", "blamed", "sentence"),
    [
        pytest.param(
            (a_line("1", parent_line="9"),), "1", "line 1 names parent line 9, which is not in the quote", id="missing"
        ),
        pytest.param((a_line("1", parent_line="1"),), "1", "line 1 is its own ancestor (1 > 1)", id="itself"),
        pytest.param(
            (a_line("1", parent_line="2"), a_line("2", parent_line="1")),
            "1",
            "line 1 is its own ancestor (1 > 2 > 1)",
            id="a circle of two",
        ),
        pytest.param(
            (a_line("0", parent_line="1"), a_line("1", parent_line="2"), a_line("2", parent_line="1")),
            "1",
            "line 1 is its own ancestor (1 > 2 > 1)",
            id="a line that only leads into the circle is not blamed",
        ),
        pytest.param(
            (a_line("1", parent_line="2"), a_line("2", marketplace="limio")),
            "1",
            "line 1 is for pax8, but its parent line 2 for limio",
            id="another marketplace",
        ),
    ],
)
def test_parents_that_make_no_forest_are_refused(lines: tuple[QuoteLine, ...], blamed: str, sentence: str) -> None:
    with pytest.raises(LineageError) as refused:
        split(quote(*lines), NOON)

    assert (refused.value.line_id, str(refused.value)) == (blamed, sentence)


def test_each_subscription_that_is_changed_makes_an_order_beside_the_purchase() -> None:
    lines = a_line("1"), a_line("2", changes="s1"), a_line("3", changes="s2"), a_line("4")

    assert split(quote(*lines), NOON) == (
        Part("pax8", None, ("1", "4")),
        Part("pax8", None, ("2",)),
        Part("pax8", None, ("3",)),
    )


def test_lines_that_change_the_same_subscription_are_together_whatever_their_dates() -> None:
    lines = a_line("1", changes="S1"), a_line("2", changes="s1", start_at=LATER), a_line("3", start_at=LATER)

    assert split(quote(*lines), NOON) == (Part("pax8", None, ("1", "2")), Part("pax8", LATER, ("3",)))


def test_what_hangs_from_a_changed_line_is_bought_with_the_rest_under_the_subscription_itself() -> None:
    whole = quote(a_line("1", changes="s1"), a_line("2", parent_line="1"), a_line("3", parent_line="2"))

    assert split(whole, NOON) == (Part("pax8", None, ("1",)), Part("pax8", None, ("2", "3")))
    child, grandchild = whole.only(frozenset({"2", "3"})).lines
    assert (child.parent_line, child.parent_subscription) == (None, "s1")
    assert (grandchild.parent_line, grandchild.parent_subscription) == ("2", None)


def test_a_changed_line_needs_no_parent_in_the_quote() -> None:
    assert split(quote(a_line("1", changes="s1", parent_line="9")), NOON) == (Part("pax8", None, ("1",)),)
