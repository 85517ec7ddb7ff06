"""Stripe, simulated: quotes with their lines, customers, events, webhook endpoints, and the events that it posts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from events.sources.mishaps import Mishaps
from events.sources.stripe.messages import signature
from events.sources.tool import Post

_KEPT_SECONDS = 30 * 24 * 3600


@dataclass
class StripeSimulator:
    """
    An account. Lists are newest first, but a quote's lines. `between` is called after each page, so that a test can
    change a list under its reader.
    """

    api_key: str = "sk_test_simulated"
    secret: str = "whsec_simulated"  # noqa: S105  the simulator's own
    largest_page: int = 100
    now: Callable[[], float] = time.time
    between: Callable[[str], None] | None = None
    quotes: dict[str, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    mishaps: Mishaps = field(default_factory=Mishaps)
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        if (mishap := self.mishaps.next(request)) is not None:
            return mishap
        if request.headers.get("authorization") != f"Bearer {self.api_key}":
            return _error(401, "Invalid API Key provided")
        parts = [part for part in request.url.path.split("/") if part][1:]
        if request.method == "POST":
            return self._write(parts, request)
        return self._read(parts, request.url.params)

    def quote(self, quote_id: str, lines: Iterable[Mapping[str, Any]] = (), **fields: Any) -> dict[str, Any]:
        """An open quote for Contoso where no customer is named. A line is a price's fields, with its quantity."""
        self.customers.setdefault("cus_1", _customer())
        moments = {"accepted_at": None, "canceled_at": None, "finalized_at": int(self.now())}
        made = {"id": quote_id, "object": "quote", "status": "open", "number": f"QT-{quote_id}", "customer": "cus_1"}
        self.quotes[quote_id] = {
            **made,
            "created": int(self.now()),
            "currency": "usd",
            "metadata": {},
            "status_transitions": moments,
            **fields,
        }
        self.lines[quote_id] = [_line(quote_id, number, dict(line)) for number, line in enumerate(lines, start=1)]
        return self.quotes[quote_id]

    def accept(self, quote_id: str) -> Post:
        """As the customer does. Gives the delivery that follows."""
        return self._decide(quote_id, "accepted")

    def cancel(self, quote_id: str) -> Post:
        return self._decide(quote_id, "canceled")

    def post(self, event: Mapping[str, Any], *, at: float | None = None, secrets: Sequence[str] = ()) -> Post:
        """Whatever event, signed with each secret, as Stripe does while one is being changed."""
        body = json.dumps(event).encode()
        stamp = str(int(self.now() if at is None else at))
        signed = ",".join(f"v1={signature(secret, stamp, body)}" for secret in secrets or (self.secret,))
        return Post(headers={"stripe-signature": f"t={stamp},{signed},v0=00"}, body=body)

    def _decide(self, quote_id: str, status: str) -> Post:
        quote = self.quotes[quote_id]
        moments = {**quote["status_transitions"], f"{status}_at": int(self.now())}
        quote.update(status=status, status_transitions=moments)
        event = {
            "id": f"evt_{len(self.events) + 1}",
            "object": "event",
            "type": f"quote.{status}",
            "created": int(self.now()),
            "data": {"object": dict(quote)},
        }
        self.events.append(event)
        return self.post(event)

    def _read(self, parts: list[str], params: httpx.QueryParams) -> httpx.Response:
        match parts:
            case ["quotes"]:
                wanted = [each for each in self.quotes.values() if each["status"] == params.get("status")]
                return self._list("quotes", wanted[::-1], params)
            case ["quotes", name]:
                return _found(self.quotes.get(name))
            case ["quotes", name, "line_items"]:
                return self._list("line_items", self.lines.get(name, []), params)
            case ["customers", name]:
                return _found(self.customers.get(name))
            case ["events"]:
                return self._list("events", self._wanted_events(params), params)
            case ["webhook_endpoints"]:
                return self._list("webhook_endpoints", list(self.endpoints.values())[::-1], params)
            case _:
                return _found(None)

    def _wanted_events(self, params: httpx.QueryParams) -> list[dict[str, Any]]:
        types = {value for name, value in params.items() if name.startswith("types[")}
        since = max(int(params.get("created[gte]", 0)), int(self.now()) - _KEPT_SECONDS)
        return [each for each in self.events if each["type"] in types and each["created"] >= since][::-1]

    def _list(self, name: str, rows: list[dict[str, Any]], params: httpx.QueryParams) -> httpx.Response:
        limit = min(int(params.get("limit", 10)), self.largest_page)
        start = 0
        if after := params.get("starting_after"):
            ids = [row["id"] for row in rows]
            if after not in ids:
                return _error(400, f"No such object: '{after}'")
            start = ids.index(after) + 1
        answer = {"object": "list", "has_more": start + limit < len(rows), "data": rows[start : start + limit]}
        content = json.dumps(answer)
        if self.between is not None:
            self.between(name)
        return httpx.Response(200, content=content)

    def _write(self, parts: list[str], request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        events = [value for name, value in form.items() if name.startswith("enabled_events[")]
        match parts:
            case ["webhook_endpoints"]:
                name = f"we_{len(self.endpoints) + 1}"
                made = {"id": name, "object": "webhook_endpoint", "url": form["url"], "status": "enabled"}
                self.endpoints[name] = {**made, "enabled_events": events}
                return httpx.Response(200, json={**self.endpoints[name], "secret": self.secret})
            case ["webhook_endpoints", name] if name in self.endpoints:
                status = "disabled" if form.get("disabled") == "true" else "enabled"
                self.endpoints[name].update(enabled_events=events, status=status)
                return httpx.Response(200, json=self.endpoints[name])
            case _:
                return _found(None)


def _line(quote_id: str, number: int, given: dict[str, Any]) -> dict[str, Any]:
    quantity, description = given.pop("quantity", 1), given.pop("description", "Microsoft 365 E3")
    price: dict[str, Any] = {
        "id": f"price_{number}",
        "object": "price",
        "currency": "usd",
        "product": "prod_1",
        "metadata": {},
    }
    price |= {"unit_amount": 3600, "recurring": {"interval": "month", "interval_count": 1}, **given}
    name = f"li_{quote_id}_{number}"
    return {"id": name, "object": "item", "quantity": quantity, "description": description, "price": price}


def _customer() -> dict[str, Any]:
    address = {"line1": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"}
    named = {"id": "cus_1", "object": "customer", "name": "Contoso Ltd", "email": "dana@contoso.example"}
    return {**named, "phone": "+1 555 0100", "address": address, "metadata": {}}


def _found(content: Mapping[str, Any] | None) -> httpx.Response:
    return httpx.Response(200, json=dict(content)) if content is not None else _error(404, "No such object")


def _error(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"type": "invalid_request_error", "message": message}})
