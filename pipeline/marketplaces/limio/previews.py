"""
What a preview says that all of it costs: each billing plug-in has words of its own, and one function here.

A total that can't be read for certain is None, never 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pipeline.domain.money import Money
from pipeline.marketplaces.limio.options import Billing, Taxes

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_WHOLE = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
_THOUSANDTHS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def total(content: Mapping[str, Any], billing: Billing, taxes: Taxes) -> Money | None:
    """By the plug-in that is set; AUTO takes the one whose form it is."""
    chosen = _by_form(content) if billing is Billing.AUTO else billing
    return _TOTALS[chosen](content, taxes) if chosen is not None else None


def refusal(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The words of a preview that failed with a good status, as Zuora's may; empty where it did not fail."""
    if content.get("success") is not False:
        return ()
    reasons = content.get("reasons")
    said = [one.get("message") for one in reasons if isinstance(one, Mapping)] if isinstance(reasons, list) else []
    words = tuple(word.strip() for word in said if isinstance(word, str) and word.strip())
    return words or ("the billing service could not calculate it, and gives no reason",)


def _by_form(content: Mapping[str, Any]) -> Billing | None:
    if isinstance(content.get("previewResult"), Mapping):
        return Billing.ZUORA
    return Billing.STRIPE if content.get("object") == "invoice" else None


def _zuora(content: Mapping[str, Any], taxes: Taxes) -> Money | None:
    """The sum of all invoices, in units of the currency."""
    result = content.get("previewResult")
    invoices = result.get("invoices") if isinstance(result, Mapping) else None
    if not isinstance(result, Mapping) or not isinstance(invoices, list) or not invoices:
        return None
    wanted = "amount" if taxes is Taxes.INCLUDED else "amountWithoutTax"
    amounts = [_number(one.get(wanted)) if isinstance(one, Mapping) else None for one in invoices]
    known = [amount for amount in amounts if amount is not None]
    return _money(sum(known, Decimal()), result.get("currency")) if len(known) == len(invoices) else None


def _stripe(content: Mapping[str, Any], taxes: Taxes) -> Money | None:
    """A whole number of the currency's smallest unit, which is not a hundredth everywhere."""
    amount = _number(content.get("total"))
    if amount is not None and taxes is Taxes.EXCLUDED:
        net, tax = _number(content.get("total_excluding_tax")), _number(content.get("tax"))
        amount = net if net is not None else (None if tax is None else amount - tax)
    currency = content.get("currency")
    if amount is None or amount != amount.to_integral_value() or not isinstance(currency, str):
        return None
    digits = 0 if currency.upper() in _WHOLE else 3 if currency.upper() in _THOUSANDTHS else 2
    return _money(amount.scaleb(-digits), currency)


def _money(amount: Decimal, currency: Any) -> Money | None:
    code = currency.upper() if isinstance(currency, str) else ""
    return Money(amount=amount, currency=code) if amount >= 0 and _CURRENCY.match(code) else None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


_TOTALS: Mapping[Billing, Callable[[Mapping[str, Any], Taxes], Money | None]] = {
    Billing.ZUORA: _zuora,
    Billing.STRIPE: _stripe,
}
