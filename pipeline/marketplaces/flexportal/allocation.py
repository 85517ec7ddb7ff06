"""
Which device an order gets next, where that is ours to decide (the strategy *allocate*).

Of one order's devices each is handed out by a write of its own, so what is decided here is one device, from the order
and the stock as they are now. FlexPortal itself refuses a device that is not free, and one more than was ordered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from pipeline.domain.claim import AllocateUnit
from pipeline.domain.errors import NotFound, Unreadable
from pipeline.marketplaces.flexportal import assumed
from pipeline.marketplaces.flexportal.shapes import AssetShape, OrderShape

Stock = Mapping[str, Sequence[str]]
"""By the SKUs that an order lacks devices of, and that are ours to hand out: serial numbers of some in stock."""
NOTHING_TO_DO: Stock = MappingProxyType({})

_CONFIRMED = frozenset({"confirmed", "partial"})
_BETWEEN = "/"
# Lists lag behind: so many devices that they still show as free are looked at before it is left for later.
_MOST_LOOKS = 10


class Warehouse(Protocol):
    """What is read of the devices."""

    def stock(self, sku: str) -> Sequence[AssetShape]: ...

    def asset(self, serial: str) -> AssetShape:
        """Raises NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Lacking:
    """An item with fewer devices than were ordered, and its place among the order's items, counted from 0."""

    sku: str
    place: int


def lacking(order: OrderShape) -> Sequence[Lacking]:
    """None while the order is not confirmed, nor where it keeps the devices that are there."""
    if order.status not in _CONFIRMED or order.order_type not in assumed.WITH_NEW_DEVICES:
        return ()
    return [Lacking(item.sku, place) for place, item in enumerate(order.items) if len(item.rental_ids) < item.quantity]


def stock(warehouse: Warehouse, order: OrderShape) -> Stock:
    """Of each SKU that the order lacks."""
    skus = dict.fromkeys(one.sku for one in lacking(order))
    return {sku: [asset.serial_number for asset in warehouse.stock(sku)] for sku in skus}


def next_unit(warehouse: Warehouse, order: OrderShape, listed: Stock) -> AllocateUnit | None:
    """The first item's that there is a device for. Raises Unreadable for an order of nobody."""
    for item in lacking(order):
        serial = _free(warehouse, order.id, item.sku, listed.get(item.sku, ()))
        if serial is not None:
            return AllocateUnit(company_id=_customer(order), order_id=order.id, product_id=_name(item), unit=serial)
    return None


def item_of(write: AllocateUnit) -> Lacking:
    """The item that it is for. Raises ValueError for a write that is not of `next_unit`."""
    sku, _, place = write.product_id.rpartition(_BETWEEN)
    return Lacking(sku, int(place))


def _name(item: Lacking) -> str:
    return f"{item.sku}{_BETWEEN}{item.place}"


def _customer(order: OrderShape) -> str:
    if order.customer is None or not order.customer.customer_id:
        raise Unreadable(f"FlexPortal's order {order.id} names no customer: nobody can be handed its devices.")
    return order.customer.customer_id


def _free(warehouse: Warehouse, order_id: str, sku: str, listed: Sequence[str]) -> str | None:
    """The device itself says whether it is free: a list may be late."""
    for serial in sorted(listed, key=lambda one: _turn(order_id, one))[:_MOST_LOOKS]:
        for asset in _found(warehouse, serial):
            if assumed.in_stock(asset, sku):
                return serial
    return None


def _found(warehouse: Warehouse, serial: str) -> Iterator[AssetShape]:
    try:
        yield warehouse.asset(serial)
    except NotFound:
        return


def _turn(order_id: str, serial: str) -> str:
    """
    The same for an order whenever it asks, so that what it tries again is the same device; another for another order,
    so that orders seldom want the same one.
    """
    return hashlib.sha256(f"{order_id}{_BETWEEN}{serial}".encode()).hexdigest()
