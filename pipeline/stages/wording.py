"""How questions name things, so that an operator recognises them."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.domain.company import Company
from pipeline.domain.quote import QuoteLine


def line(quoted: QuoteLine) -> str:
    """`Line 1 (Microsoft 365 E3)`: begins a sentence."""
    return f"Line {quoted.id} ({quoted.label})" if quoted.label else f"Line {quoted.id}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def said(details: Iterable[str]) -> str:
    """The marketplace's own words as the rest of a sentence, whatever their own full stops."""
    return "; ".join(detail.strip().rstrip(".") for detail in details if detail.strip()) or "it gave no reason"


def company(found: Company) -> str:
    """`Contoso (id ..., inactive)`; an active one's status is not worth a word."""
    country = f", {found.country}" if found.country else ""
    status = "" if found.status_word.casefold() in ("", "active") else f", {found.status_word.lower()}"
    return f"{found.name} (id {found.id}{country}{status})"
