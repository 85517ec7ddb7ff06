"""Quoter, simulated: its API with tokens and pages, and the form posts of its webhook."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from events.sources.answered import instant
from events.sources.mishaps import Mishaps
from events.sources.quoter.messages import digest
from events.sources.tool import Post

_FILTERED = {"line_items": ("quote_id",), "supplier_items": ("item_id",), "quotes": ("number", "status")}
_KINDS = ("quotes", "line_items", "items", "supplier_items", "contacts")


@dataclass
class QuoterSimulator:
    """
    An account. `shelves` holds what there is, by kind and id. `between` is called after each page of a list, with the
    number of the page, so that a test can change the list under its reader.
    """

    client_id: str = "quoter-client"
    client_secret: str = "quoter-secret"  # noqa: S105  the simulator's own
    hash_key: str = "quoter-hash-key"
    largest_page: int = 100
    token_seconds: float = 3600.0
    now: Callable[[], float] = time.time
    between: Callable[[str, int], None] | None = None
    shelves: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in _KINDS})
    mishaps: Mishaps = field(default_factory=Mishaps)
    asked: list[str] = field(default_factory=list)
    _tokens: dict[str, float] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        if (mishap := self.mishaps.next(request)) is not None:
            return mishap
        path = [part for part in request.url.path.split("/") if part and part != "v1"]
        if path == ["auth", "oauth", "authorize"] and request.method == "POST":
            return self._authorize(request)
        if not self._known(request):
            return _error(401, "ERR_AUTHORIZATION_TOKEN_INVALID", "Unauthorized")
        if not path or path[0] not in self.shelves or request.method != "GET" or len(path) > 2:
            return _error(404, "ERR_NOT_FOUND", "Record not found")
        return self._one(*path) if len(path) == 2 else self._list(path[0], request.url.params)

    def put(self, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Adds or changes one; what is modified now is stamped so."""
        stamp = datetime.fromtimestamp(self.now(), UTC).isoformat().replace("+00:00", "Z")
        kept = {"created_at": stamp, "modified_at": stamp, **content}
        self.shelves[kind][str(kept["id"])] = kept
        return kept

    def change(self, kind: str, public_id: str, **fields: Any) -> None:
        kept = {name: value for name, value in self.shelves[kind][public_id].items() if name != "modified_at"}
        self.put(kind, {**kept, **fields})

    def quote(self, quote_id: str, lines: Iterable[Mapping[str, Any]] = (), **fields: Any) -> dict[str, Any]:
        """A quote with its lines, for a contact of Contoso where none is named."""
        self.shelves["contacts"].setdefault("cont_1", self._contact())
        for number, line in enumerate(lines, start=1):
            self.put("line_items", {"id": f"li_{quote_id}_{number}", "quote_id": quote_id, **line})
        made = {"id": quote_id, "number": "7", "revision": None, "parent_quote_id": None, "status": "pending"}
        return self.put("quotes", {**made, "currency_abbr": "USD", "contact_id": "cont_1", **fields})

    def win(self, quote_id: str) -> Post:
        """As its sender or its customer does. Gives the delivery that follows."""
        self.change("quotes", quote_id, status="won")
        return self.webhook(quote_id)

    def webhook(self, quote_id: str, *, at: float | None = None) -> Post:
        """What Quoter posts when this quote was created or updated."""
        quote = self.shelves["quotes"][quote_id]
        told = ("id", "parent_quote_id", "revision", "name", "number", "status")
        total = {"upfront": "2,575.00", "recurring": None}
        return self.post(json.dumps({**{name: quote.get(name) for name in told}, "total": total}), at=at)

    def post(self, data: str, *, at: float | None = None) -> Post:
        """Whatever data, signed."""
        timestamp = str(int(self.now() if at is None else at))
        signature = digest(self.hash_key, timestamp.encode(), data.encode())
        body = urlencode({"hash": signature, "timestamp": timestamp, "data": data}).encode()
        return Post(headers={"content-type": "application/x-www-form-urlencoded"}, body=body)

    def _authorize(self, request: httpx.Request) -> httpx.Response:
        try:
            given = json.loads(request.content)
        except ValueError:
            return _error(400, "ERR_VALIDATION", "Bad Request")
        if given.get("client_id") != self.client_id or given.get("client_secret") != self.client_secret:
            return _error(401, "ERR_AUTHENTICATION", "Unauthorized")
        if given.get("grant_type") != "client_credentials":
            return _error(422, "ERR_VALIDATION", "Validation error in request")
        token = f"token-{len(self._tokens) + 1}"
        self._tokens[token] = self.now() + self.token_seconds
        return httpx.Response(200, json={"access_token": token, "refresh_token": f"refresh-{token}"})

    def _known(self, request: httpx.Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and self._tokens.get(token, 0.0) > self.now()

    def _one(self, kind: str, public_id: str) -> httpx.Response:
        kept = self.shelves[kind].get(public_id)
        return httpx.Response(200, json=kept) if kept else _error(404, "ERR_NOT_FOUND", "Record not found")

    def _list(self, kind: str, params: httpx.QueryParams) -> httpx.Response:
        rows = [row for row in self.shelves[kind].values() if _wanted(kind, row, params)]
        order = params.get("sort_by", "created_at")
        rows.sort(key=lambda row: str(row.get(order.removeprefix("-"), "")), reverse=order.startswith("-"))
        limit, number = min(int(params.get("limit", 50)), self.largest_page), int(params.get("page", 1))
        shown = rows[(number - 1) * limit : number * limit]
        more = number * limit < len(rows)
        if self.between is not None:
            self.between(kind, number)
        return httpx.Response(200, json={"has_more": more, "total_count": len(rows), "data": shown})

    @staticmethod
    def _contact() -> dict[str, Any]:
        return {
            "id": "cont_1",
            "first_name": "Dana",
            "last_name": "Reyes",
            "organization": "Contoso Ltd",
            "email": "dana@contoso.example",
            "work_phone": "+1 555 0100",
            "billing_address": "1 Main St",
            "billing_city": "Denver",
            "billing_region_iso": "CO",
            "billing_postal_code": "80202",
            "billing_country_iso": "US",
        }


def _wanted(kind: str, row: Mapping[str, Any], params: httpx.QueryParams) -> bool:
    for name in _FILTERED.get(kind, ()):
        if name in params and str(row.get(name)) != params[name]:
            return False
    after, modified = instant(params.get("modified_at[gt]")), instant(row.get("modified_at"))
    return after is None or (modified is not None and modified > after)


def _error(status: int, key: str, title: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"key": key, "title": title, "detail": title}]})
