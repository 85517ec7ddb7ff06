"""
Pax8's quotes and its orders name billing terms by different words: `1 Year` here, `Annual` there.

That `1 Year` is billed as `Annual` is an assumption: an order has no term of one year, and the other two correspond.
The connection's option `one_year_term` names another term, or `ask`, which leaves such a line to a person.
"""

from __future__ import annotations

from collections.abc import Mapping

ASK = "ask"
_ONE_YEAR = "1 Year"
_TERMS = {
    "Monthly": "Monthly",
    "Annual": "Annual",
    _ONE_YEAR: "Annual",
    "2 Year": "2-Year",
    "3 Year": "3-Year",
    "One-Time": "One-Time",
    "Trial": "Trial",
    "Activation": "Activation",
}


def order_term(word: str, options: Mapping[str, str]) -> str:
    """The order's word for a quote's; `ask` where that is a person's to say. An unknown word stays what it is."""
    if word == _ONE_YEAR and (chosen := options.get("one_year_term", "").strip()):
        return ASK if chosen.casefold() == ASK else chosen
    return _TERMS.get(word, word)
