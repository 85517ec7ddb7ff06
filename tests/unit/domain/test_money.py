from decimal import Decimal

import pytest
from pydantic import ValidationError

from pipeline.domain.guard import approved, rise, unit_cost
from pipeline.domain.money import Money


def usd(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("36", "36.00"),
        ("36.1", "36.10"),
        ("0.125", "0.125"),
        ("1E+3", "1000.00"),
        ("0.0000004", "0.00"),
        ("-2.5", "-2.50"),
    ],
)
def test_money_is_shown_with_two_decimals_and_no_more_than_it_needs(amount: str, shown: str) -> None:
    assert str(usd(amount)) == f"{shown} USD"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "ten"])
def test_what_is_no_plain_number_is_no_money(amount: str) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": amount, "currency": "USD"})


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", ""])
def test_a_currency_is_three_capitals(currency: str) -> None:
    with pytest.raises(ValidationError):
        Money.model_validate({"amount": "1", "currency": currency})


def test_money_survives_storage_to_the_digit() -> None:
    assert Money.model_validate_json(usd("36.10").model_dump_json()).amount.as_tuple() == Decimal("36.10").as_tuple()


@pytest.mark.parametrize(
    ("quoted", "fresh", "tolerance", "passes"),
    [
        ("4.00", "40.00", "0", True),
        ("4.00", "40.01", "0", False),
        ("4.00", "42.00", "5", True),
        ("4.00", "42.000001", "5", False),
        ("4.00", "1.00", "0", True),
        ("0", "0", "0", True),
        ("0", "0.01", "1000", False),
    ],
)
def test_the_guard_compares_totals_exactly(quoted: str, fresh: str, tolerance: str, passes: bool) -> None:
    assert (rise(usd(quoted), 10, Decimal(fresh), Decimal(tolerance)) is None) is passes


def test_a_rise_from_nothing_has_no_share() -> None:
    found = rise(usd("0"), 1, Decimal(1), Decimal(0))

    assert found is not None
    assert (found.difference, found.per_cent) == (usd("1"), None)


def test_an_uneven_unit_cost_is_rounded_up_so_that_what_is_approved_is_enough() -> None:
    assert unit_cost(Decimal(10), 3, "USD") == usd("3.333334")
    assert unit_cost(Decimal("31.10"), 1, "USD") == usd("31.10")
    assert approved(usd("3.333334"), usd("3.333334"))
    assert not approved(usd("3.333334"), usd("3.333333"))
    assert not approved(usd("1"), None)
