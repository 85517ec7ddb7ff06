"""Kaseya Quote Manager as it answers: bare lists, a filter that it does not know passed over, 60 calls a minute."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx

from events.sources.mishaps import Mishaps
from events.sources.polling import Now, utc_now

Row = dict[str, Any]
_PATH = re.compile(r"/v1/([a-z]+)(?:/(\d+))?")
_FILTERS = {
    "salesorder": ("orderNumber",),
    "salesorderline": ("salesOrderID",),
    "productsupplier": ("productID",),
    "quote": ("quoteNumber",),
    "quotesection": ("quoteID",),
    "quoteline": ("quoteSectionID",),
}
_WITHOUT_TIME = ("quoteline", "quotesection")
_MINUTE = timedelta(minutes=1)


class SimulatedKaseya:
    """
    One tenant. `rows` are those of each kind by id. `mishaps` come before any answer; `between` is called after each
    page of a list, to move things; `most` is how many calls a minute are answered.
    """

    def __init__(self, key: str = "key", *, now: Now = utc_now, most: int = 60) -> None:
        self.rows: dict[str, dict[int, Row]] = {kind: {} for kind in (*_FILTERS, "product", "supplier", "customer")}
        self.mishaps = Mishaps()
        self.between: Callable[[int], None] = lambda _: None
        self.calls: deque[datetime] = deque()
        self.asked: list[str] = []
        self._key = key
        self._now = now
        self._most = most
        self.add("customer", id=1, name="Contoso Ltd", accountNumber="C-42", billingCountry="US", billingCity="Denver")

    def add(self, kind: str, **fields: Any) -> int:
        """A row of that kind; its id."""
        rows, stamp = self.rows[kind], self._now().isoformat()
        row_id = int(fields.get("id", len(rows) + 1))
        rows[row_id] = {"id": row_id, "createdDate": stamp, "modifiedDate": stamp, **fields}
        return row_id

    def sell(self, number: str, supplier: str = "Pax8", **fields: Any) -> int:
        """A product that one supplier sells by this number; its id."""
        suppliers = self.rows["supplier"]
        known = next((each for each, row in suppliers.items() if row["name"] == supplier), None)
        supplier_id = self.add("supplier", name=supplier) if known is None else known
        product = self.add("product", productNumber=f"OWN-{number}", manufacturerPartNumber=f"M-{number}", **fields)
        self.add("productsupplier", productID=product, supplierID=supplier_id, productNumber=number, cost=31.1)
        return product

    def quote(self, **fields: Any) -> int:
        """A quote that was sent; its id."""
        number = 100 + len(self.rows["quote"])
        named = {"quoteNumber": f"Q{number}", "status": 2, "customerID": 1, "contactName": "Dana Reyes"}
        autotask = {"autotaskQuoteID": 7000 + number, "autotaskOpportunityID": 8000 + number}
        return self.add("quote", id=number, **{**named, **autotask, **fields})

    def accept(self, quote_id: int, lines: list[Row], **fields: Any) -> int:
        """The customer accepts: a sales order of these lines appears; its id."""
        contact = {"contactFirstName": "Dana", "contactLastName": "Reyes", "contactEmail": "dana@contoso.example"}
        named = {"quoteID": quote_id, "customerID": 1, "status": 1, "orderDate": self._now().isoformat(), **contact}
        order = self.add("salesorder", orderNumber=f"SO{len(self.rows['salesorder']) + 1}", **{**named, **fields})
        for place, each in enumerate(lines, start=1):
            self.add("salesorderline", salesOrderID=order, lineNumber=place, **each)
        if quote_id in self.rows["quote"]:
            self.change("quote", quote_id, status=3, salesOrderId=order)
        return order

    def change(self, kind: str, row_id: int, **fields: Any) -> None:
        self.rows[kind][row_id].update({"modifiedDate": self._now().isoformat(), **fields})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if (wrong := self.mishaps.next(request)) is not None:
            return wrong
        if request.headers.get("apikey") != self._key or "apikey" in str(request.url).lower():
            return httpx.Response(401)
        if (wait := self._too_many()) is not None:
            return httpx.Response(429, headers={"retry-after": str(wait)})
        self.asked.append(request.url.path)
        named = _PATH.fullmatch(request.url.path)
        if request.method != "GET" or named is None or named[1] not in self.rows:
            return httpx.Response(404)
        kind, row_id = named[1], named[2]
        if row_id is None:
            return self._list(kind, request.url.params)
        found = self.rows[kind].get(int(row_id))
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)

    def _too_many(self) -> int | None:
        now = self._now()
        while self.calls and self.calls[0] <= now - _MINUTE:
            self.calls.popleft()
        if len(self.calls) >= self._most:
            return int((self.calls[0] + _MINUTE - now).total_seconds()) + 1
        self.calls.append(now)
        return None

    def _list(self, kind: str, asked: Mapping[str, str]) -> httpx.Response:
        wanted = {name: asked[name] for name in _FILTERS.get(kind, ()) if name in asked}
        after = asked.get("modifiedAfter") if kind not in _WITHOUT_TIME else None
        found = [
            row
            for row in self.rows[kind].values()
            if all(str(row.get(name)) == value for name, value in wanted.items())
            and (after is None or _instant(row["modifiedDate"]) > _instant(after))
        ]
        size, number = min(int(asked.get("pageSize", 100)), 100), int(asked.get("page", 1))
        shown = found[(number - 1) * size : number * size]
        content = httpx.Response(200, json=shown)
        self.between(number)
        return content


def line(product_id: int, quantity: float = 10.0, **fields: Any) -> Row:
    """A line of a sales order. `fields` replace or add any other."""
    return {
        "productID": product_id,
        "quantity": quantity,
        "title": "Suite",
        "price": 36.0,
        "cost": 31.1,
        "isRecurring": True,
        "recurringType": 2,
        "recurringDuration": 12,
        **fields,
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
