"""
The orders that a purchase has made, found by our reference: the list's summaries don't show it, so each order of the
time in question is read.

Orders of the buyer's own customer are read first. Whether the others must be read too is told by the checkout session:
one that is not completed has made no order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.claim import PlaceOrder
from pipeline.domain.errors import IncompleteScan, NotFound
from pipeline.domain.known import KnownOrders
from pipeline.marketplaces.limio import assumed, payload, reading
from pipeline.marketplaces.limio.reads import Reads
from pipeline.marketplaces.limio.shapes import BasketShape, ObjectShape


def find_orders(write: PlaceOrder, reads: Reads) -> Sequence[PlacedOrder]:
    """Raises IncompleteScan, also where the session says that something was bought from it and no list shows it."""
    basket = reads.basket(write.basket) if write.basket else None
    rows = [row for row in _of_the_time(basket, reads) if row.external_id in (None, write.reference)]
    theirs = _customers(write, reads)
    near = [row for row in rows if not theirs or row.customer is None or row.customer in theirs]
    reader = _Reader(write, reads)
    found = reader.ours(near)
    if found or (basket is not None and basket.completed is False):
        return found
    known = {row.id for row in near}
    found = reader.ours([row for row in rows if row.id not in known])
    if not found and basket is not None and basket.completed:
        raise IncompleteScan(
            f"Limio says that checkout session {write.basket} is completed, so something was bought from it, but no "
            f"order that can be read has the reference {write.reference} yet."
        )
    return found


def new_orders(company_id: str, known: KnownOrders, reads: Reads) -> Sequence[PlacedOrder]:
    """The customer's orders that are not known, from the whole list."""
    rows = [row for page in reads.objects(assumed.ORDERS) for row in page if row.customer in (None, company_id)]
    unknown = known.unknown(row.id for row in rows)
    read = [_listed(row, reads) for row in rows if row.id in unknown]
    return [reading.order(one) for one in read if one.customer in (None, company_id)]


def _of_the_time(basket: BasketShape | None, reads: Reads) -> Iterator[ObjectShape]:
    """
    Since the session was opened. Where it does not say when that was, since some days before the newest order: nothing
    is looked for longer.
    """
    began = assumed.instant(basket.created) if basket is not None else None
    if began is not None:
        return reads.since(assumed.ORDERS, began - assumed.CLOCKS_APART)
    newest = next(iter(next(reads.objects(assumed.ORDERS), ())), None)
    at = assumed.instant(newest.created) if newest is not None else None
    return reads.since(assumed.ORDERS, _before(at, reads))


def _before(at: datetime | None, reads: Reads) -> datetime | None:
    return at - reads.options.look_back if at is not None else None


def _customers(write: PlaceOrder, reads: Reads) -> frozenset[str]:
    """Whom the order can be for; empty where Limio has nobody of the buyer's address yet."""
    email = payload.email(write.payload).casefold()
    found = {one.id for one in reads.customers(email) if assumed.email(one).casefold() == email} if email else set()
    return frozenset({*found, write.company_id} if found else ())


class _Reader:
    """Reads orders whose summaries leave open whose they are, up to a limit of calls."""

    def __init__(self, write: PlaceOrder, reads: Reads) -> None:
        self._write = write
        self._reads = reads
        self._left = reads.options.most_reads

    def ours(self, rows: Sequence[ObjectShape]) -> list[PlacedOrder]:
        if len(rows) > self._left:
            raise IncompleteScan(
                f"{len(rows)} orders at Limio would have to be read to find the one with the reference "
                f"{self._write.reference}, more than the option most_reads allows ({self._reads.options.most_reads})."
            )
        self._left -= len(rows)
        read = [_listed(row, self._reads) for row in rows]
        return [reading.order(one) for one in read if self._is_ours(one)]

    def _is_ours(self, order: ObjectShape) -> bool:
        """By our reference, or by the session alone where the order names no reference at all."""
        reference = assumed.external_id(order)
        if reference is not None:
            return reference == self._write.reference
        return bool(self._write.basket) and assumed.checkout_of(order) == self._write.basket


def _listed(row: ObjectShape, reads: Reads) -> ObjectShape:
    """Raises IncompleteScan where the order is on the list and can't be read: it may be the one."""
    try:
        return reads.object(assumed.ORDERS, row.id)
    except NotFound as error:
        raise IncompleteScan(f"Limio lists order {row.id}, which cannot be read yet.") from error
