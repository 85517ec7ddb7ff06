"""Stripe's amounts: whole numbers of the currency's smallest unit."""

from __future__ import annotations

from events.sources.answered import amount, currency
from pipeline.domain.money import Money

# By Stripe's own list, which is not ISO 4217's: ISK and UGX have no decimals and are written as if they had two.
_WITHOUT_DECIMALS = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_WITH_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


def money(minor: object, code: object) -> Money | None:
    """`minor` may be text with decimals of the smallest unit (`unit_amount_decimal`)."""
    read, known = amount(minor), currency(code)
    if read is None or not known:
        return None
    places = 0 if known in _WITHOUT_DECIMALS else 3 if known in _WITH_THREE else 2
    return Money(amount=read.scaleb(-places) if places else read, currency=known)
