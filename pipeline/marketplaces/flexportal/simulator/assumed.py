"""What nobody could establish about FlexPortal's API, in one place: the smallest reasonable guesses.

A real account that shows other names, statuses or rules is followed by changing this module (and the knobs that
choose between two of them), and nothing else.
"""

import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.flexportal.simulator.knobs import Knobs
from pipeline.marketplaces.flexportal.simulator.products import Price, Variant
from pipeline.marketplaces.flexportal.simulator.records import Item, Json

STATUS_OF = {
    "VALIDATION_ERROR": 400,
    "VARIANT_NOT_FOUND": 400,
    "VARIANT_INACTIVE": 400,
    "INVALID_CONTRACT_LENGTH": 400,
    "ORDER_NOT_CANCELLABLE": 400,
    "ALREADY_CANCELLED": 400,
    "ORDER_NOT_CONFIRMED": 400,
    "ITEM_FULLY_FULFILLED": 400,
    "SKU_MISMATCH": 400,
    "SUBSCRIPTION_NOT_ACTIVE": 400,
    "AUTH_REQUIRED": 401,
    "INVALID_TOKEN": 401,
    "NO_TENANT_ACCESS": 403,
    "INSUFFICIENT_PERMISSIONS": 403,
    "NOT_FOUND": 404,
    "ORDER_NOT_FOUND": 404,
    "ASSET_NOT_FOUND": 404,
    "ASSET_NOT_AVAILABLE": 409,
}
"""Only those of VALIDATION_ERROR, ORDER_NOT_CANCELLABLE, 401, 403 and NOT_FOUND are documented."""

CODE_OF = {
    400: "VALIDATION_ERROR",
    401: "INVALID_TOKEN",
    403: "INSUFFICIENT_PERMISSIONS",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    422: "VALIDATION_ERROR",
    429: "RATE_LIMITED",
}
"""The word for a status that comes without one; INTERNAL_ERROR for all others."""

NO_TENANT_NAMED = "NO_TENANT_ACCESS"
"""What a call without `Tenant-ID` gets."""

ASSET_AFTER = {
    "cancelled": "returned",
    "ended_completed": "returned",
    "ended_early_return": "returned",
    "ended_upgrade": "returned",
    "ended_buyout": "sold",
}
"""What becomes of the device when its subscription ends. That a replaced one becomes unavailable is documented."""

EXTENSION_NEEDS = ("originalOrderId", "extensionMonths")
UPGRADE_NEEDS = ("previousRentalId",)
"""The fields of `extensionDetails` and `upgradeDetails` are documented; which of them have to be there is not."""


def permission(label: str) -> str:
    """What a key needs for a route: `orders:write` for `POST /v1/orders`."""
    method, _, path = label.partition(" ")
    return f"{path.split('/')[2]}:{'read' if method == 'GET' else 'write'}"


def detail_code(message: str) -> str:
    """The word beside each detail of a VALIDATION_ERROR."""
    return "required" if message.endswith("is required") else "invalid"


def same_email(one: str, other: str, knobs: Knobs) -> bool:
    """Whether two addresses are one customer's. Plus-addresses are another's."""
    return one.casefold() == other.casefold() if knobs.emails_fold_case else one == other


def natural_key(email: str, items: list[Item], knobs: Knobs) -> tuple[str, frozenset[tuple[Any, int]]]:
    """Orders with equal keys are one order within the window, whatever else they say."""
    bag = Counter((item.sku, item.quantity, item.contract_length) for item in items)
    return email.casefold() if knobs.emails_fold_case else email, frozenset(bag.items())


def looks_like_a_code(country: str) -> bool:
    """`DE`: no country's name is that short."""
    return re.fullmatch("[A-Za-z]{2}", country.strip()) is not None


def monthly(price: Price) -> Decimal:
    """What a device costs a month: less its discount, and without the set-up fee."""
    if price.discount is None:
        return price.monthly
    value = price.discount.value
    off = price.monthly * value / 100 if price.discount.kind == "percentage" else value
    return (price.monthly - off).quantize(Decimal("0.01"))


def contract_length_left_out(variant: Variant) -> int:
    """The contract length of an item that names none."""
    return variant.prices[0].contract_length


def serial_number_in(body: Mapping[str, Any], knobs: Knobs) -> tuple[str, str]:
    """Name of the field that carries the serial number of a new subscription, and what it holds."""
    name = "assetSerialNumber" if knobs.subscription_names == "schema" else "serialNumber"
    return name, str(body.get(name) or "")


def subscription_needs(knobs: Knobs) -> tuple[str, ...]:
    """What a new subscription has to name; the schema and the example on the same page contradict each other."""
    if knobs.subscription_names == "schema":
        return "orderId", "assetSerialNumber", "customerId"
    return "orderId", "orderItemIndex", "serialNumber"


def order_id(number: str) -> str:
    return f"ord_{number}"


def rental_id(number: str) -> str:
    return f"sub_{number}"


def customer_id(number: str) -> str:
    return f"cust_{number}"


def done(message: str, **fields: Any) -> Json:
    """The answer to a write."""
    return {"success": True, "message": message, **fields}
