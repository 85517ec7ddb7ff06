"""
The orders that a purchase has made, found by our reference: the list's summaries don't show it, so each order of the
time in question is read, but for those that are surely another customer's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    rows = [row for row in _of_the_time(write, basket, reads) if row.external_id in (None, write.reference)]
    search = _Search(write, reads)
    found = [reading.order(one) for row in rows if (one := search.ours(row)) is not None]
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


def _of_the_time(write: PlaceOrder, basket: BasketShape | None, reads: Reads) -> Iterator[ObjectShape]:
    """
    Since the session was opened, which may be long before an order of a later date is bought, and since the first
    attempt. Where neither is known, since some days before the newest order: nothing is looked for longer.
    """
    opened = assumed.instant(basket.created) if basket is not None else None
    bounds = [opened - assumed.CLOCKS_APART] if opened is not None else []
    if write.since is not None:
        bounds.append(write.since - assumed.OUR_CLOCK_APART)
    if bounds:
        return reads.since(assumed.ORDERS, max(bounds))
    newest = next(iter(next(reads.objects(assumed.ORDERS), ())), None)
    at = assumed.instant(newest.created) if newest is not None else None
    return reads.since(assumed.ORDERS, at - reads.options.look_back if at is not None else None)


class _Search:
    """Reads customers and orders, up to a limit of calls. An order is for whoever has its buyer's e-mail address."""

    def __init__(self, write: PlaceOrder, reads: Reads) -> None:
        self._write = write
        self._reads = reads
        self._email = payload.email(write.payload).casefold()
        self._somebody_else: dict[str, bool] = {}
        self._spent = 0

    def ours(self, row: ObjectShape) -> ObjectShape | None:
        """The order of this summary, if it is of this purchase."""
        if row.external_id is None and row.customer is not None and self._is_somebody_else(row.customer):
            return None
        self._spend()
        order = _listed(row, self._reads)
        reference = assumed.external_id(order)
        if reference is None:  # it names none at all: then only the session can tell
            of_session = bool(self._write.basket) and assumed.checkout_of(order) == self._write.basket
            return order if of_session else None
        return order if reference == self._write.reference else None

    def _is_somebody_else(self, customer: str) -> bool:
        """Only of a customer who can be read, and has another address."""
        if customer not in self._somebody_else:
            self._spend()
            try:
                email = assumed.email(self._reads.object(assumed.CUSTOMERS, customer)).casefold()
            except NotFound:
                email = ""
            self._somebody_else[customer] = bool(email) and email != self._email
        return self._somebody_else[customer]

    def _spend(self) -> None:
        self._spent += 1
        if self._spent > (most := self._reads.options.most_reads):
            raise IncompleteScan(
                f"To find the order with the reference {self._write.reference} at Limio more than {most} orders and "
                "customers would have to be read, which is what the option most_reads allows."
            )


def _listed(row: ObjectShape, reads: Reads) -> ObjectShape:
    """Raises IncompleteScan where the order is on the list and can't be read: it may be the one."""
    try:
        return reads.object(assumed.ORDERS, row.id)
    except NotFound as error:
        raise IncompleteScan(f"Limio lists order {row.id}, which cannot be read yet.") from error
