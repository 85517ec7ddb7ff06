from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.catalogue import Price, PriceKind, Rate
from pipeline.domain.pricing import NoRate, total_cost
from pipeline.domain.terms import BillingTerm

BANDS = (
    Rate(Decimal("3.00"), 0, 24),
    Rate(Decimal("2.50"), 25, 99),
    Rate(Decimal("2.00"), 100, None),
)


def price(kind: PriceKind, *rates: Rate) -> Price:
    return Price(BillingTerm.MONTHLY, "Monthly", None, kind, rates)


@pytest.mark.parametrize(
    ("kind", "quantity", "total"),
    [
        pytest.param(PriceKind.VOLUME, 1, "3.00", id="volume, the first unit"),
        pytest.param(PriceKind.VOLUME, 24, "72.00", id="volume, the last of a band"),
        pytest.param(PriceKind.VOLUME, 25, "62.50", id="volume, the first of the next"),
        pytest.param(PriceKind.VOLUME, 1_000_000, "2000000", id="volume, an open band"),
        pytest.param(PriceKind.TIERED, 1, "3.00", id="tiered, the first unit"),
        pytest.param(PriceKind.TIERED, 25, "74.50", id="tiered, one unit of the next band"),
        pytest.param(PriceKind.TIERED, 100, "261.50", id="tiered, all three bands"),
        pytest.param(PriceKind.FLAT, 25, "62.50", id="flat with bands: each unit at the quantity's band"),
        pytest.param(PriceKind.MARK_UP, 25, "62.50", id="mark-up"),
    ],
)
def test_a_quantity_costs(kind: PriceKind, quantity: int, total: str) -> None:
    assert total_cost(price(kind, *BANDS), quantity) == Decimal(total)


@pytest.mark.parametrize("kind", [PriceKind.FLAT, PriceKind.VOLUME, PriceKind.TIERED], ids=str)
def test_a_flat_rate_is_charged_once_whatever_the_quantity(kind: PriceKind) -> None:
    assert total_cost(price(kind, Rate(Decimal(900), 1, 50, flat=True)), 50) == 900


@pytest.mark.parametrize("kind", [PriceKind.VOLUME, PriceKind.TIERED], ids=str)
@pytest.mark.parametrize(
    ("rates", "quantity"),
    [
        pytest.param((), 1, id="no rate at all"),
        pytest.param((Rate(Decimal(1), 1, 10),), 11, id="beyond the last band"),
        pytest.param((Rate(Decimal(1), 5, 10),), 4, id="below the first band"),
        pytest.param((Rate(Decimal(1), 1, 10), Rate(Decimal(1), 20, None)), 15, id="in a gap"),
    ],
)
def test_a_quantity_that_no_band_covers_has_no_price(kind: PriceKind, rates: tuple[Rate, ...], quantity: int) -> None:
    with pytest.raises(NoRate, match=f"no price covers a quantity of {quantity}"):
        total_cost(price(kind, *rates), quantity)


@given(st.integers(1, 5000))
def test_tiers_never_cost_less_than_the_volume_price_where_bands_get_cheaper(quantity: int) -> None:
    assert total_cost(price(PriceKind.TIERED, *BANDS), quantity) >= total_cost(
        price(PriceKind.VOLUME, *BANDS), quantity
    )


@given(st.permutations(BANDS), st.integers(1, 500))
def test_the_order_of_bands_makes_no_difference(rates: list[Rate], quantity: int) -> None:
    for kind in (PriceKind.TIERED, PriceKind.VOLUME):
        assert total_cost(price(kind, *rates), quantity) == total_cost(price(kind, *BANDS), quantity)
