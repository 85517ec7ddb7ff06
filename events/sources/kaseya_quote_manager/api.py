"""Kaseya Quote Manager's API: read only, bare lists, pages counted from 1, few calls a minute."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from events.connections import ToolAccess
from events.sources.answered import Row, row, text
from events.sources.client import NotThere, ToolClient
from events.sources.kaseya_quote_manager.pace import Pace
from events.sources.polling import complete, rows_of
from events.sources.tool import ToolFault

SIZE = 100  # the most that it gives
_FRESH = 900.0
_MOST_KEPT = 2000


class KaseyaApi:
    """
    Reads with one key. Thread-safe. What belongs to the catalogue is kept for a while, so that a look-up which ran out
    of calls gets further when it is tried again.
    """

    def __init__(
        self, client: ToolClient, access: ToolAccess, pace: Pace, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._headers = {"apiKey": access.client_secret.get_secret_value()}
        self._pace = pace
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Sequence[Row]]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def title(self) -> str:
        return self._client.title

    def one(self, kind: str, item_id: str) -> Row:
        """Raises ToolFault, NotThere."""
        return row(self._get(f"/v1/{kind}/{item_id}", {}))

    def page(self, kind: str, number: int, filters: Mapping[str, str]) -> Sequence[Row]:
        """The page of this number, from 0. Raises ToolFault."""
        path = f"/v1/{kind}"
        return rows_of(self.title, path, self._get(path, {**filters, "page": number + 1, "pageSize": SIZE}))

    def of(self, kind: str, field: str, owner: str) -> list[Row]:
        """All rows whose `field` is `owner`. The API passes over filters that it does not know, so ours counts."""
        rows = complete(self.title, lambda number: self.page(kind, number, {field: owner}), SIZE)
        return [each for each in rows if text(each.get(field)) in ("", owner)]

    def product(self, product_id: str) -> Row:
        """Empty for one that is gone. Raises ToolFault."""
        return self._known("product", product_id)

    def supplier(self, supplier_id: str) -> Row:
        """Empty for one that is gone. Raises ToolFault."""
        return self._known("supplier", supplier_id)

    def suppliers_of(self, product_id: str) -> Sequence[Row]:
        """What each supplier calls the product. Raises ToolFault."""
        return self._keep(f"of/{product_id}", lambda: self.of("productsupplier", "productID", product_id))

    def _known(self, kind: str, item_id: str) -> Row:
        def read() -> Sequence[Row]:
            try:
                return [self.one(kind, item_id)]
            except NotThere:
                return [{}]

        return self._keep(f"{kind}/{item_id}", read)[0]

    def _keep(self, name: str, read: Callable[[], Sequence[Row]]) -> Sequence[Row]:
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        found = read()
        with self._lock:
            self._kept[name] = (self._clock() + _FRESH, found)
            self._kept.move_to_end(name)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _get(self, path: str, query: Mapping[str, str | int]) -> object:
        self._pace.take()
        try:
            return self._client.get(path, query=query, headers=self._headers).content
        except ToolFault as fault:
            if fault.code == "source.throttled":
                self._pace.rest(fault.after)
            raise
