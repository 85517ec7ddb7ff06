"""A Pax8 whose list of orders is in any order and changes while it is read."""

import json
from collections.abc import Callable
from typing import Any

import httpx

COMPANY = "b0000000-0000-4000-8000-000000000001"


def order(order_id: str, company_id: str = COMPANY, **fields: Any) -> dict[str, Any]:
    line = {"productId": "p-1", "quantity": 5, "billingTerm": "Monthly", "subscriptionId": None}
    return {"id": order_id, "companyId": company_id, "lineItems": [line]} | fields


def orders(first: int, after: int) -> list[dict[str, Any]]:
    return [order(f"o-{n:05d}") for n in range(first, after)]


class Listing:
    """An httpx handler. `then` runs after each page was made; `counters` makes the block of counters."""

    def __init__(
        self,
        items: list[dict[str, Any]],
        then: Callable[["Listing"], None] = lambda _: None,
        largest: int = 200,
        counters: Callable[[dict[str, int]], dict[str, Any]] = lambda block: {"page": block},
    ) -> None:
        self.items = items
        self.then = then
        self.largest = largest
        self.counters = counters
        self.pages: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 86400})
        number, size = int(request.url.params["page"]), min(int(request.url.params["size"]), self.largest)
        self.pages.append(number)
        block = {
            "size": size,
            "number": number,
            "totalElements": len(self.items),
            "totalPages": -(-len(self.items) // size),
        }
        content = {"content": self.items[number * size : (number + 1) * size], **self.counters(block)}
        self.then(self)
        return httpx.Response(200, content=json.dumps(content))
