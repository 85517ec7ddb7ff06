"""
What a quantity costs by a price's bands.

Flat Rate is charged once whatever the quantity (Pax8's specification). Volume prices every unit at the band that the
whole quantity falls in and Tiered prices each unit at its own band: the specification names but does not define them,
this is the common reading (marketplaces.md, section 6, trap 5).
"""

from __future__ import annotations

from decimal import Decimal

from pipeline.domain.catalogue import Price, PriceKind, Rate


class NoRate(ValueError):
    """No band of the price covers the quantity. Its text is one sentence."""


def total_cost(price: Price, quantity: int) -> Decimal:
    """The cost of `quantity` units for one billing period. Raises NoRate."""
    if price.kind is PriceKind.TIERED:
        return _tiered(price, quantity)
    rate = _band(price, quantity)
    return rate.cost if rate.flat else rate.cost * quantity


def _band(price: Price, quantity: int) -> Rate:
    covering = [rate for rate in price.rates if rate.start <= quantity and (rate.end is None or quantity <= rate.end)]
    if not covering:
        raise NoRate(f"no price covers a quantity of {quantity}")
    return max(covering, key=lambda rate: rate.start)


def _tiered(price: Price, quantity: int) -> Decimal:
    total = Decimal(0)
    priced = 0
    for rate in sorted(price.rates, key=lambda rate: rate.start):
        last = quantity if rate.end is None else min(rate.end, quantity)
        if last <= priced:
            continue
        if rate.start - 1 > priced:
            break
        units = last - priced
        total += rate.cost if rate.flat else rate.cost * units
        priced = last
    if priced < quantity:
        raise NoRate(f"no price covers a quantity of {quantity}")
    return total
