"""The price guard: nothing is bought for more than was quoted or approved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from pipeline.domain.money import Money

_FINEST = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Rise:
    """A fresh cost that lies too far above the quoted one, both for the whole quantity and one billing period."""

    quoted: Money
    fresh: Money

    @property
    def difference(self) -> Money:
        return Money(amount=self.fresh.amount - self.quoted.amount, currency=self.fresh.currency)

    @property
    def per_cent(self) -> Decimal | None:
        """None where nothing was quoted for it: no share of zero can be named."""
        if not self.quoted.amount:
            return None
        return (self.difference.amount / self.quoted.amount * 100).quantize(Decimal("0.1"))


def unit_cost(total: Decimal, quantity: int, currency: str) -> Money:
    """
    What one unit costs, rounded up to six decimals where it doesn't come out even, so that approving what is shown
    approves what is paid.
    """
    unit = total / quantity
    if unit != unit.quantize(_FINEST):
        unit = unit.quantize(_FINEST, rounding=ROUND_CEILING)
    return Money(amount=unit, currency=currency)


def rise(quoted_unit: Money, quantity: int, fresh_total: Decimal, tolerance: Decimal) -> Rise | None:
    """None while the fresh total is within the tolerance (per cent) of what was quoted. Currencies are the same."""
    quoted_total = quoted_unit.amount * quantity
    if fresh_total <= quoted_total * (1 + tolerance / 100):
        return None
    currency = quoted_unit.currency
    return Rise(Money(amount=quoted_total, currency=currency), Money(amount=fresh_total, currency=currency))


def approved(fresh_unit: Money, approval: Money | None) -> bool:
    """Whether a person has agreed to a unit cost that is at least the fresh one."""
    return approval is not None and approval.currency == fresh_unit.currency and fresh_unit.amount <= approval.amount
