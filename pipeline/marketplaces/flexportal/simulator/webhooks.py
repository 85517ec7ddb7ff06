"""The bodies of webhooks: unsigned, without an id, and never of a confirmation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

EVENTS = (
    "order.created",
    "order.fulfilled",
    "subscription.created",
    "subscription.extended",
    "subscription.upgraded",
    "subscription.ended",
    "payment.scheduled",
    "payment.succeeded",
    "payment.failed",
    "asset.assigned",
    "asset.returned",
)


def instant(moment: datetime) -> str:
    """`2026-01-15T09:00:00.000Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def webhook(event: str, at: datetime, data: Mapping[str, str | None]) -> dict[str, Any]:
    """`data` has `subscriptionId`, `customerId`, `orderId` and `serialNumber` where they are known.

    KeyError for an event that FlexPortal does not have, such as `order.confirmed`.
    """
    if event not in EVENTS:
        raise KeyError(event)
    known = {name: value for name, value in data.items() if value is not None}
    return {"event": event, "timestamp": instant(at), "data": known}
