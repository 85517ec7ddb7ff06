"""
What of FlexPortal's API nobody could establish, in one place: the smallest reasonable guesses.

A first real account that shows other names or rules is followed by changing this module, or an option
(`options.Options`), and nothing else. Each entry says what is known and what is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pipeline.domain.catalogue import Verdict
from pipeline.marketplaces.flexportal.shapes import AssetShape, RentalShape, VariantShape

_CENT = Decimal("0.01")
_WHOLE_CONTRACTS = range(1, 121)


@dataclass(frozen=True, slots=True)
class Detail:
    """A field of `extensionDetails` or `upgradeDetails`; its key is what a quote answers by."""

    key: str
    order_type: str
    label: str
    description: str
    whole: bool = False


# The two objects are documented, their fields are not.
DETAILS = (
    Detail("originalOrderId", "extension", "Order to extend", "The FlexPortal order whose devices are kept longer"),
    Detail("extensionMonths", "extension", "Months to extend by", "A whole number of months", whole=True),
    Detail("previousRentalId", "upgrade", "Subscription to replace", "The FlexPortal subscription that is replaced"),
)
DETAIL_KEYS = frozenset(detail.key for detail in DETAILS)

# Of a subscription while its order is set up: whatever has ended, and whyever, is no live line any more.
RENTALS = {
    "active": Verdict.LIVE,
    "cancelled": Verdict.FAILED,
    "ended_completed": Verdict.FAILED,
    "ended_buyout": Verdict.FAILED,
    "ended_upgrade": Verdict.FAILED,
    "ended_early_return": Verdict.FAILED,
}

# A failed payment holds a pending order until a person has seen to it.
PAYMENT_FAILED = "failed"

# Orders of these types get devices out of stock once they are confirmed. An extension keeps those that are there.
WITH_NEW_DEVICES = frozenset({None, "standard", "upgrade"})


def subscription(order_id: str, customer_id: str, serial: str, place: int) -> Mapping[str, Any]:
    """A new subscription as the schema of its page has it."""
    del place
    return {"orderId": order_id, "assetSerialNumber": serial, "customerId": customer_id}


def subscription_of_the_example(order_id: str, customer_id: str, serial: str, place: int) -> Mapping[str, Any]:
    """As the example on the same page has it. What else that shows, when billing begins, is left to FlexPortal."""
    del customer_id
    return {"orderId": order_id, "orderItemIndex": place, "serialNumber": serial}


def serial_number(shape: RentalShape) -> str:
    """Of a subscription's device, by the name of the schema or of the example."""
    return shape.asset_serial_number or shape.serial_number or ""


def in_stock(shape: AssetShape, sku: str) -> bool:
    """Whether the device can be handed out for this SKU. Both are looked at, since a filter may not filter."""
    return shape.status == "available" and shape.sku is not None and shape.sku.casefold() == sku.casefold()


def sku(shape: VariantShape) -> str:
    """The page of variants says `variantSku`, the orders `sku`: whichever there is."""
    return shape.variant_sku or shape.sku or ""


def same_email(one: str, other: str) -> bool:
    """Whether capitals tell two customers apart is not documented. They do not, and plus-addresses do."""
    return one.strip().casefold() == other.strip().casefold()


def spellings(email: str) -> tuple[str, ...]:
    """What to ask for where the filter is exact: as given, and without capitals; nothing for no address."""
    given = email.strip()
    return tuple(dict.fromkeys((given, given.lower()))) if given else ()


def monthly_prices(pricing: Any) -> Mapping[int, Decimal]:
    """
    What a device costs a month, by contract length in months. The schema has a list of rows, the prose a map by length.

    A row that can't be read is left out: its length counts as not offered. The fee for the set-up is in neither.
    """
    return {months: cost for months, cost in _rows(pricing) if cost is not None}


def _rows(pricing: Any) -> Iterator[tuple[int, Decimal | None]]:
    rows = pricing.items() if isinstance(pricing, Mapping) else ((None, row) for row in _list(pricing))
    for key, row in rows:
        length = _months(row.get("contractLength", key) if isinstance(row, Mapping) else key)
        if length is not None:
            yield length, _monthly(row) if isinstance(row, Mapping) else _number(row)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _monthly(row: Mapping[str, Any]) -> Decimal | None:
    """Less the discount, in one of two forms. One that can't be read counts for nothing, and so for the dearer."""
    price, discount = _number(row.get("monthlyPrice")), row.get("discount")
    if price is None or not isinstance(discount, Mapping):
        return price
    value = _number(discount.get("value"))
    match discount.get("type"):
        case "percentage" if value is not None and value <= 100:
            return (price - price * value / 100).quantize(_CENT)
        case "fixed" if value is not None and value <= price:
            return price - value
        case _:
            return price


def _number(value: Any) -> Decimal | None:
    """A price that can be relied on: a number, not below nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def _months(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number in _WHOLE_CONTRACTS else None
