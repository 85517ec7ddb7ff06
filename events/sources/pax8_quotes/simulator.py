"""Pax8's quotes as they answer: token, list, one quote. Nothing of it is documented to tell of a change by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from events.sources.mishaps import Mishaps
from events.sources.polling import Now, utc_now

Quote = dict[str, Any]
_LARGEST = 200
_LIST_ONLY = ("updatedOn",)
_DETAIL_ONLY = ("lineItems", "respondedOn", "acceptedBy", "revokedOn", "declinedBy", "introMessage")


class SimulatedPax8Quotes:
    """
    One partner's quotes. `quotes` are as the detail shows them, with `updatedOn` and `owner` (whose they are at the
    partner) beside. `mishaps` come before any answer; `between` is called after each page of a list, to move things.
    """

    def __init__(self, client_id: str = "id", client_secret: str = "secret", *, now: Now = utc_now) -> None:  # noqa: S107
        self.quotes: dict[str, Quote] = {}
        self.mishaps = Mishaps()
        self.between: Callable[[int], None] = lambda _: None
        self.tokens: list[str] = []
        self._ended = 0
        self.topics = ["SUBSCRIPTION", "PRODUCT", "INVOICE"]
        self.largest = _LARGEST
        self._client = (client_id, client_secret)
        self._now = now

    def send(self, lines: list[Quote], *, client: Quote | None = None, **fields: Any) -> str:
        """A quote that was sent to a customer; its id. `fields` replace or add any other."""
        number = len(self.quotes) + 1
        quote_id = str(uuid5(NAMESPACE_URL, f"quote-{number}"))
        sent = self._now().isoformat()
        client = client or {"id": str(uuid5(NAMESPACE_URL, "client")), "name": "Contoso Ltd", "isShadowCompany": False}
        self.quotes[quote_id] = {
            "id": quote_id,
            "referenceCode": f"REF-{number:05}",
            "status": "sent",
            "published": True,
            "createdOn": sent,
            "publishedOn": sent,
            "updatedOn": sent,
            "expiresOn": sent,
            "owner": "somebody",
            "intentType": "PARTNER_TO_CLIENT",
            "client": client,
            "lineItems": [{"effectiveDate": sent, **each} for each in lines],
            "attachments": [],
            **fields,
        }
        return quote_id

    def accept(self, quote_id: str, *, name: str = "Dana Reyes", email: str = "dana@contoso.example") -> None:
        by = {"fullName": name, "email": email, "ipAddress": "192.0.2.7"}
        self.change(quote_id, status="accepted", acceptedBy=by, respondedOn=self._now().isoformat())

    def decline(self, quote_id: str) -> None:
        self.change(quote_id, status="declined", respondedOn=self._now().isoformat())

    def change(self, quote_id: str, **fields: Any) -> None:
        self.quotes[quote_id].update({"updatedOn": self._now().isoformat(), **fields})

    def end_tokens(self) -> None:
        """Those given so far are refused from now on. A new one ends no other: each process may have its own."""
        self._ended = len(self.tokens)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if (wrong := self.mishaps.next(request)) is not None:
            return wrong
        path = request.url.path
        if request.method == "POST" and path == "/v1/token":
            return self._token(request)
        if request.headers.get("authorization", "") not in {f"Bearer {each}" for each in self.tokens[self._ended :]}:
            return _problem(401, "UNAUTHORIZED_ERROR", path)
        if request.method == "GET" and path == "/v2/quotes":
            return self._list(request.url.params)
        if request.method == "GET" and path == "/api/v2/webhooks/topic-definitions":
            content = [{"topic": each, "name": each} for each in self.topics]
            return httpx.Response(200, json={"content": content, "number": 0, "size": 200})
        found = self.quotes.get(path.removeprefix("/v2/quotes/"))
        if request.method != "GET" or found is None:
            return _problem(404, "QUOTE_NOT_FOUND", path)
        return httpx.Response(200, json=_without(found, *_LIST_ONLY, "owner"))

    def _token(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content or b"{}")
        known = dict(zip(("client_id", "client_secret"), self._client, strict=True))
        if asked != {**known, "audience": "https://api.pax8.com", "grant_type": "client_credentials"}:
            return httpx.Response(401, json={"error": "access_denied", "error_description": "Unauthorized"})
        self.tokens.append(f"token-{len(self.tokens) + 1}")
        return httpx.Response(200, json={"access_token": self.tokens[-1], "expires_in": 86400, "token_type": "Bearer"})

    def _list(self, asked: Mapping[str, str]) -> httpx.Response:
        statuses = [each for each in asked.get("status", "").split(",") if each]
        found = [
            quote
            for quote in self.quotes.values()
            if (not statuses or quote["status"] in statuses)
            and asked.get("intentType") in (None, quote.get("intentType"))
            and (asked.get("account", "user") == "partner" or quote["owner"] == "user")
        ]
        field, _, direction = asked.get("sort", "createdOn,asc").partition(",")
        found.sort(key=lambda quote: datetime.fromisoformat(quote[field]), reverse=direction == "desc")
        size, number = min(int(asked.get("limit", 10)), self.largest), int(asked.get("page", 0))
        rows = [_without(each, *_DETAIL_ONLY, "owner") for each in found[number * size : (number + 1) * size]]
        pages = {"number": number, "size": size, "totalElements": len(found), "totalPages": -(-len(found) // size)}
        self.between(number)
        return httpx.Response(200, json={"content": rows, "page": pages, "statusCounts": {}})


def line(number: int, product_id: str, quantity: int = 10, **fields: Any) -> Quote:
    """A line of a quote for a product of the catalogue. `fields` replace or add any other."""
    return {
        "id": str(uuid5(NAMESPACE_URL, f"line-{number}")),
        "quantity": quantity,
        "billingTerm": "Annual",
        "product": {"id": product_id, "name": "Suite", "sku": "SUITE-1", "isMspOnly": False, "type": "Standalone"},
        "price": {"amount": 36.0, "currency": "USD"},
        "cost": {"amount": 31.1, "currency": "USD"},
        "note": "",
        "totals": {},
        **fields,
    }


def _without(quote: Quote, *names: str) -> Quote:
    return {name: value for name, value in quote.items() if name not in names}


def _problem(status: int, kind: str, path: str) -> httpx.Response:
    details = [{"type": kind, "message": "No."}]
    return httpx.Response(
        status, json={"type": kind, "message": "No.", "instance": path, "status": status, "details": details}
    )
