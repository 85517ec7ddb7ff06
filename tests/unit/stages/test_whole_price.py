from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.money import Money
from pipeline.domain.order import Policy
from pipeline.domain.outcome import Advance, Ask
from pipeline.domain.question import Act
from pipeline.domain.quote import QuoteLine
from pipeline.domain.stage import Stage
from pipeline.testing import DANA, FakeByEmail, Walk, a_line, an_order
from tests.unit.stages.world import the_question


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


def at(total: Money | None, *lines: QuoteLine, **changed: Any) -> Walk:
    """An order that stands before its dry run, which says what all of it costs."""
    market = FakeByEmail(total=total).sells("backup")
    market.priced.clear()
    market.priced["backup"] = ()
    market.knows("c-1", email=DANA.email)
    walk = Walk(an_order(*(lines or (a_line(unit_cost="4.00"),)), **changed), market)
    assert isinstance(walk.run_to(Stage.VALIDATE_MOCK), Advance)
    return walk


def test_a_price_that_is_only_told_for_all_is_guarded_by_the_quotes_sum() -> None:
    walk = at(usd("39.99"))

    outcome = walk.run()

    assert isinstance(outcome, Advance)
    assert outcome.facts.rehearsal is not None
    assert outcome.facts.rehearsal.total == usd("39.99")


def test_a_rise_waits_for_an_approval_and_goes_no_further_than_that() -> None:
    walk = at(usd("41"))

    asked = the_question(walk.run())
    assert (asked.amount, asked.acts) == (usd("41"), (Act.APPROVE, Act.CANCEL))
    assert isinstance(walk.answer(asked.key, "approved", amount=usd("40.50")).run(), Ask)

    assert isinstance(walk.answer(asked.key, "approved", amount=usd("41")).run(), Advance)


def test_the_tolerance_counts_for_the_sum_too() -> None:
    assert isinstance(at(usd("42"), policy=Policy(price_tolerance=Decimal(5))).run(), Advance)


def test_a_price_that_cannot_be_read_is_not_verified_and_never_nothing() -> None:
    walk = at(None)

    asked = the_question(walk.run())
    assert "not verified" in asked.text

    outcome = walk.answer(asked.key, *asked.possible_values).run()
    assert isinstance(outcome, Advance)
    assert "not verified" in outcome.notes[1]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((a_line(),), id="no costs in the quote"),
        pytest.param((a_line("1", unit_cost="4"), a_line("2")), id="costs of a part of it"),
    ],
)
def test_what_was_not_quoted_is_not_guarded(lines: tuple[QuoteLine, ...]) -> None:
    assert isinstance(at(usd("1000"), *lines).run(), Advance)


def test_a_price_in_another_currency_is_not_verified() -> None:
    walk = at(Money(amount=Decimal(9999), currency="EUR"))

    asked = the_question(walk.run())

    assert "9999.00 EUR, in another currency" in asked.text
    assert isinstance(walk.answer(asked.key, *asked.possible_values).run(), Advance)
