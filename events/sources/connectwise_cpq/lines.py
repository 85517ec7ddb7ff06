"""
The lines of a CPQ quote.

A part number means something with its vendor only. A line whose vendor is one of our marketplaces is for that one, by
its plain number; one of any other vendor is known as `vendor/number`. Assumptions: a component of a bundle has the
quantity of the whole bundle, costs and prices are for one of `period`, and what stands on an optional tab is for a
person, because no field says whether the customer took it (with the option `optional_tabs` = `accept` no tab is looked
at).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from events.connections import SourceConnection
from events.sources.answered import Row, amount, currency, money, text, unique
from events.sources.document import Unreadable, error
from pipeline.domain.money import Money
from pipeline.domain.offered import OfferedLine

ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Around:
    """
    What a quote's lines refer to: its tabs and the ways of recurring, by id; `tabs` None: none is looked at. `held` is
    a reason for every line.
    """

    connection: SourceConnection
    tabs: Mapping[str, Row] | None
    recurring: Mapping[str, Row]
    base_currency: object
    held: str = ""


def line_of(item: Row, around: Around) -> OfferedLine:
    """Raises Unreadable."""
    line_id = text(item.get("id"))
    if not line_id:
        raise Unreadable([error(["quoteItems", "id"], "must be there")])
    tab = (around.tabs or {}).get(text(item.get("idQuoteTabs")))
    recurring = around.recurring.get(
        text(item.get("idRecurringRevenue")) or text((tab or {}).get("idRecurringRevenue")), {}
    )
    vendor = text(item.get("sourceVendorName"))
    ours = vendor.casefold() if vendor.casefold() in around.connection.marketplaces else ""
    return OfferedLine(
        id=line_id,
        quantity=text(item.get("quantity")),
        keys=_keys(item, "" if ours else vendor),
        marketplace=ours,
        description=_first(item, "shortDescription", "quosalDescription", "longDescription")[:500],
        billing_term=text(item.get("period")) or text(recurring.get("cycle")) or text(recurring.get("periodType")),
        commitment=_commitment(recurring),
        unit_price=_money(item, around, "recurringPrice", "quoteItemPrice"),
        unit_cost=_money(item, around, "recurringCost", "cost"),
        skipped=_skipped(item),
        held=around.held or ("" if around.tabs is None else _held(item, tab)),
    )


def _keys(item: Row, vendor: str) -> tuple[str, ...]:
    number = text(item.get("vendorPartNumber"))
    qualified = f"{vendor}/{number}" if vendor and number else number
    return unique((qualified, text(item.get("manufacturerPartNumber"))))


def _skipped(item: Row) -> str:
    if _yes(item, "isBundleHeader"):
        return "it is the header of a bundle"
    if _yes(item, "isOptional") and not _yes(item, "isSelected"):
        return "it is optional and was not selected"
    return ""


def _held(item: Row, tab: Row | None) -> str:
    if tab is None and text(item.get("idQuoteTabs")):
        return "the tab that it stands on cannot be read, so it may be optional"
    if tab is not None and _yes(tab, "isOptional"):
        return "it stands on an optional tab, and CPQ does not tell whether the customer took that"
    return ""


def _commitment(recurring: Row) -> str:
    """`36 Months`, in CPQ's own word for the period."""
    duration = amount(recurring.get("duration"))
    if duration is None or duration <= 0:
        return ""
    return f"{text(recurring.get('duration'))} {text(recurring.get('periodType'))}".strip()


def _money(item: Row, around: Around, recurring: str, once: str) -> Money | None:
    name = recurring if amount(item.get(recurring)) else once
    found = money(item.get(name), currency(around.base_currency))
    return found if found is not None and found.amount > 0 else None


def _first(item: Row, *names: str) -> str:
    return next((found for name in names if (found := text(item.get(name)))), "")


def _yes(item: Row, name: str) -> bool:
    value = item.get(name)
    return value is True or text(value).casefold() == "true"
