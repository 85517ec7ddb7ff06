"""What is read of a FlexPortal account, in its own shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from pydantic import TypeAdapter

from pipeline.domain.errors import Forbidden, NotFound, Unavailable
from pipeline.marketplaces.accounts import Timeouts
from pipeline.marketplaces.answers import Thing
from pipeline.marketplaces.deadline import boottime
from pipeline.marketplaces.flexportal import assumed, lists, paths, shapes
from pipeline.marketplaces.flexportal.fulfilment import Rentals, wanted_rentals
from pipeline.marketplaces.flexportal.lists import Fetch
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.reply import Ask, Reply

_ABOUT_NOTHING = frozenset({400, 422})


class Reads:
    """For one order's stage: the list of all variants is long, and read once in it."""

    def __init__(self, caller: Caller, timeouts: Timeouts) -> None:
        self._caller = caller
        self._timeouts = timeouts
        self._variants: Sequence[shapes.VariantShape] | None = None

    def customer(self, customer_id: str) -> shapes.CustomerShape:
        """Raises NotFound."""
        return self._one(shapes.CUSTOMER, paths.below(paths.CUSTOMERS, customer_id))

    def customers(self) -> Sequence[shapes.CustomerShape]:
        return lists.everything(self._fetch(), lists.CUSTOMERS)

    def customers_of(self, email: str) -> Sequence[shapes.CustomerShape]:
        """Those of exactly this address, whatever its capitals, each once."""
        found: dict[str, shapes.CustomerShape] = {}
        for spelling in assumed.spellings(email):
            rows = lists.everything(self._fetch(), lists.CUSTOMERS, {"email": spelling}, (spelling,))
            found |= {row.id: row for row in rows if row.email is not None and assumed.same_email(row.email, email)}
        return list(found.values())

    def variants(self, *, fresh: bool = False) -> Sequence[shapes.VariantShape]:
        if self._variants is None or fresh:
            self._variants = lists.everything(self._fetch(), lists.VARIANTS)
        return self._variants

    def variant(self, sku: str) -> shapes.VariantShape:
        """There is no call for one SKU, nor a filter. Raises NotFound."""
        for shape in self.variants():
            if sku and assumed.sku(shape) == sku:
                return shape
        raise NotFound(f"FlexPortal has no variant with the SKU {sku!r}.")

    def order(self, order_id: str) -> shapes.OrderShape:
        """Raises NotFound."""
        return self._one(shapes.ORDER, paths.below(paths.ORDERS, order_id))

    def orders(self, customer_id: str) -> Sequence[shapes.OrderShape]:
        return lists.everything(self.fetch_orders(), lists.ORDERS, {"customerId": customer_id})

    def fetch_orders(self) -> Fetch:
        """For lists of orders, which take their time."""
        return self._fetch(self._timeouts.orders)

    def rental(self, rental_id: str) -> shapes.RentalShape:
        """Raises NotFound."""
        return self._one(shapes.RENTAL, paths.below(paths.SUBSCRIPTIONS, rental_id))

    def rentals(self, customer_id: str) -> Sequence[shapes.RentalShape]:
        return lists.everything(self._fetch(), lists.RENTALS, {"customerId": customer_id})

    def rentals_of(self, order: shapes.OrderShape) -> Rentals:
        """
        The subscriptions that decide how far the order is, as far as they can be read. In one list where they are the
        order's own; those that an extension made longer are of another order.
        """
        wanted = wanted_rentals(order)
        if not wanted:
            return {}
        rows = lists.everything(self._fetch(), lists.RENTALS, {"orderId": order.id})
        found = {row.id: row for row in rows}
        if order.order_type in (None, "standard"):
            return found
        for rental_id in sorted(wanted - found.keys()):
            try:
                found[rental_id] = self.rental(rental_id)
            except NotFound:
                continue
        return found

    def stock(self, sku: str) -> Sequence[shapes.AssetShape]:
        """Devices of that SKU that can be handed out, as the list has them: the first page on which there are any."""
        for page in lists.pages(self._fetch(), lists.ASSETS, {"status": "available", "sku": sku}):
            if found := [asset for asset in page if assumed.in_stock(asset, sku)]:
                return found
        return ()

    def asset(self, serial: str) -> shapes.AssetShape:
        """Raises NotFound."""
        return self._one(shapes.ASSET, paths.below(paths.ASSETS, serial))

    def rental_of(
        self, serial: str, order_id: str, fits: Callable[[shapes.RentalShape], bool], within: timedelta | None = None
    ) -> shapes.RentalShape | None:
        """The first subscription of this device and order that fits. `within` bounds all of the search."""
        query = {"serialNumber": serial, "orderId": order_id}
        fetch = self._fetch() if within is None else self._fetch_within(within)
        for page in lists.pages(fetch, lists.RENTALS, query):
            for rental in page:
                if fits(rental):
                    return rental
        return None

    def may_order(self, *, hands_out: bool = False) -> bool:
        """
        An order of nothing, for nobody: who may order is told what is wrong with it, who may not is told just that.

        Raises Forbidden where an order could be made and its subscriptions not be read, or its devices not handed out.
        """
        self._fetch()(Ask("GET", paths.asking(paths.SUBSCRIPTIONS, {"limit": 1}), repeatable=True))
        if hands_out:
            self._fetch()(Ask("GET", paths.asking(paths.ASSETS, {"limit": 1}), repeatable=True))
            self._caller.call(Ask("POST", paths.SUBSCRIPTIONS, b"{}"), self._timeouts.read, also=_ABOUT_NOTHING)
        nothing = Ask("POST", paths.ORDERS, b'{"items":[]}')
        try:
            self._caller.call(nothing, self._timeouts.read, also=_ABOUT_NOTHING)
        except Forbidden:
            return False
        return True

    def _one(self, adapter: TypeAdapter[Thing], path: str) -> Thing:
        reply = self._fetch()(Ask("GET", path, repeatable=True))
        return lists.ANSWERS.one(adapter.validate_python, f"GET {path}", reply)

    def _fetch_within(self, within: timedelta) -> Fetch:
        ends = boottime() + within.total_seconds()

        def fetch(ask: Ask) -> Reply:
            left = ends - boottime()
            if left <= 0:
                raise Unavailable(f"There was no time left for {ask.method} {ask.shown}.")
            return self._caller.call(ask, min(self._timeouts.read, timedelta(seconds=left)))

        return fetch

    def _fetch(self, timeout: timedelta | None = None) -> Fetch:
        return lambda ask: self._caller.call(ask, timeout or self._timeouts.read)
