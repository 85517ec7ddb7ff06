"""
A company's orders that are not known yet, without reading the whole list each time.

Pax8 lists orders without a date filter or an order of its own, so what is complete is decided by counting: the known
ones and the new ones that were found are everything as soon as together they are as many as the list counts. That
holds whatever order the list is in, because orders are never taken away and only listed ones are learnt. Only the
speed rests on new orders coming at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.errors import NotFound, Unreadable
from pipeline.domain.known import KnownOrders
from pipeline.marketplaces.pax8 import reading
from pipeline.marketplaces.pax8.lists import SIZE, ListReader, Page
from pipeline.marketplaces.pax8.shapes import OrderShape

PATH = "/orders"
_ROUNDS = 1000


def new_orders(orders: ListReader[OrderShape], company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
    """
    One call where nothing is new. Raises IncompleteScan where it does not add up, also after reading everything.

    Pax8's contract permits a 404 ("Order not found") for the list: it is an empty one as long as no order is known.
    """
    search = _Search(orders, company_id, known)
    try:
        found = search.from_the_end()
    except NotFound:
        if known.count():
            raise
        return ()
    return found if found is not None else search.everything()


class _Search:
    def __init__(self, orders: ListReader[OrderShape], company_id: str, known: KnownOrders) -> None:
        self._orders = orders
        self._company_id = company_id
        self._known = known
        self._count = known.count()
        self._new: dict[str, PlacedOrder] = {}
        self._listed: set[str] = set()
        self._total: int | None = None

    def from_the_end(self) -> Sequence[PlacedOrder] | None:
        """
        Pages from the end back until everything is accounted for. None where they never were, or gave no counters.
        """
        number = max(self._count - 1, 0) // SIZE
        read: set[int] = set()
        for _ in range(_ROUNDS):
            counted = self._total
            page = self._page(number)
            if page.total is None or page.size != SIZE:
                return None
            if self._complete():
                return list(self._new.values())
            # A list that grew may have grown on a page that was read before.
            read = {number} if page.total != counted else read | {number}
            left = [at for at in range(self._last() + 1) if at not in read]
            if not left:
                return None
            number = left[-1]
        return None

    def everything(self) -> Sequence[PlacedOrder]:
        """The whole list, complete by its own count."""
        listed = self._orders.all(PATH, companyId=self._company_id)
        for shape in listed:
            self._own(shape)
        unknown = self._known.unknown([shape.id for shape in listed])
        return [reading.order(shape) for shape in listed if shape.id in unknown]

    def _page(self, number: int) -> Page[OrderShape]:
        page = self._orders.page(number, PATH, companyId=self._company_id)
        for shape in page.items:
            self._own(shape)
        fresh = {shape.id: shape for shape in page.items if shape.id not in self._listed}
        self._listed.update(fresh)
        if fresh:
            for order_id in self._known.unknown(fresh):
                self._new[order_id] = reading.order(fresh[order_id])
        self._total = page.total
        return page

    def _complete(self) -> bool:
        """Everything is accounted for: by what is known and new, or, once all of it was read, by the list itself."""
        return self._total in (self._count + len(self._new), len(self._listed))

    def _last(self) -> int:
        return max((self._total or 0) - 1, 0) // SIZE

    def _own(self, shape: OrderShape) -> None:
        if shape.company_id.casefold() != self._company_id.casefold():
            raise Unreadable(
                f"Pax8's list of the orders of company {self._company_id} holds order {shape.id} of another one."
            )
