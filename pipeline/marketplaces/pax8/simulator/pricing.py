"""What a quantity costs by each pricing type, and prices that change or differ by company."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.marketplaces.pax8.simulator.products import PriceRow, Product, Rate

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Repricing:
    """A new cost, or a factor on cost and retail price; for one company or (None) for all."""

    product_id: str
    company_id: str | None = None
    cost: Decimal | None = None
    factor: Decimal = Decimal(1)

    def of(self, rate: Rate) -> Rate:
        cost = self.cost if self.cost is not None else (rate.cost * self.factor).quantize(CENT)
        return replace(rate, cost=cost, retail=(rate.retail * self.factor).quantize(CENT))


def price_rows(product: Product, company_id: str | None, changes: Iterable[Repricing]) -> list[PriceRow]:
    rows = list(product.prices)
    for change in changes:
        if change.product_id == product.id and change.company_id in (None, company_id):
            rows = [replace(row, rates=tuple(change.of(rate) for rate in row.rates)) for row in rows]
    return rows


def _amount(rate: Rate, quantity: int, retail: bool) -> Decimal:
    price = rate.retail if retail else rate.cost
    return price if rate.charge == "Flat Rate" else price * quantity


def total(row: PriceRow, quantity: int, *, retail: bool = False) -> Decimal:
    """Volume prices every unit at the band of the whole quantity; Tiered fills band after band."""
    if row.kind == "Tiered":
        return sum((_in_tier(rate, quantity, retail) for rate in row.rates), Decimal())
    return next((_amount(rate, quantity, retail) for rate in row.rates if rate.covers(quantity)), Decimal())


def _in_tier(rate: Rate, quantity: int, retail: bool) -> Decimal:
    below = max((rate.start or 1) - 1, 0)
    units = max(0, (quantity if rate.end is None else min(quantity, rate.end)) - below)
    return _amount(rate, units, retail) if units else Decimal()


def per_unit(row: PriceRow, quantity: int, *, retail: bool = False) -> Decimal:
    return (total(row, quantity, retail=retail) / quantity).quantize(CENT)
