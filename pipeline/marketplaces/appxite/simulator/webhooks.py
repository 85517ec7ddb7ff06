"""Notifications as they are set up in the portal: unsigned, one from each level, about an order rather than an item."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.appxite.simulator import assumed
from pipeline.marketplaces.appxite.simulator.records import Item, Order, Organisation

STATUS_CHANGED = "OrderStatusChanged"
NEEDS_APPROVAL = "OrderPendingApproval"


@dataclass(frozen=True, slots=True)
class Notification:
    """What one level (`distributor`, `seller`) posts. `authorization` is the header's whole value, if one is set."""

    level: str
    at: datetime
    body: dict[str, Any]
    authorization: str | None = None

    @property
    def template(self) -> str:
        return str(self.body["TemplateName"])


def body(
    audit_id: str,
    template: str,
    order: Order,
    organisation: Organisation,
    status: str,
    price: Callable[[Item], Decimal],
    currency: str,
) -> dict[str, Any]:
    items = [assumed.notified_item(one.id, one.offer.name, one.quantity) for one in order.lines]
    prices = [assumed.notified_price(one.id, float(price(one)), currency) for one in order.lines]
    data = assumed.notified_order(order.id, organisation.id, organisation.name, status)
    return assumed.notification(audit_id, template, data, items, prices)
