"""
Looking for what a write has made, by the ids of order items, which are ours.

A cart that was placed has the id that we know; a purchase that was carried out twice has another one, and only the list
of orders shows that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.domain.claim import FillBasket, PlaceOrder
from pipeline.domain.errors import NotFound
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.assumed import Assumed
from pipeline.marketplaces.appxite.carts import Standing, placed_items, standing
from pipeline.marketplaces.appxite.reader import Reader
from pipeline.marketplaces.appxite.references import item_id, joined, order_ref


def purchased(reader: Reader, write: PlaceOrder, assumed: Assumed) -> Sequence[shapes.OrderShape]:
    """
    Every order of the organisation in which an item of this purchase, or of an earlier cart of it, was bought. Raises
    Unreadable for one of ours that does not tell: that would be no proof that nothing was.
    """
    filled = write.filled
    if filled is None:
        return ()
    ours = frozenset(
        item_id(filled.reference, cart, line.number) for cart in range(1, filled.number + 1) for line in write.lines
    )
    read = _cart(reader, write)
    told = {order.id.casefold() for order in read}
    rows = reader.orders(write.company_id) or ()
    listed = [row for row in rows if _tells(row, assumed) or row.id.casefold() not in told]
    seen = [order for order in (*read, *listed) if _has(order.items, ours)]
    found = {order.id.casefold(): order for order in seen if _has(placed_items(order, assumed), ours)}
    return tuple(found.values())


def basket(reader: Reader, write: FillBasket) -> str | None:
    """Of this very cart, placed by somebody meanwhile or not. Most lists show no carts: then nobody can tell."""
    ours = frozenset(item_id(write.reference, write.number, line.number) for line in write.lines)
    listed = reader.orders(write.company_id) or ()
    return next((joined(write.company_id, order.id) for order in listed if _has(order.items, ours)), None)


def _cart(reader: Reader, write: PlaceOrder) -> list[shapes.OrderShape]:
    organisation, order_id = order_ref(write.basket)
    try:
        return [reader.order(organisation, order_id)]
    except NotFound:
        return []


def _tells(row: shapes.OrderShape, assumed: Assumed) -> bool:
    """A list may leave out of its rows what an order tells that is read by itself."""
    return all(standing(row, item, assumed) is not Standing.UNTOLD for item in row.items)


def _has(items: Iterable[shapes.ItemShape], ours: frozenset[str]) -> bool:
    return any(item.id.casefold() in ours for item in items)
