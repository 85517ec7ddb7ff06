"""A simulated HaloPSA: its API with pages, tokens and arrays, and the webhooks that it sends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import NAMESPACE_URL, uuid5

import httpx

from events.sources.halopsa.sending import Payload, Sending
from events.sources.mishaps import Mishaps
from events.sources.tool import Post

Record = dict[str, Any]
_ONE = re.compile(r"/api/([A-Za-z]+)/([A-Za-z0-9-]+)")
_LISTS = {
    "Quotation": "quotations",
    "SalesOrder": "salesorders",
    "Tickets": "tickets",
    "Actions": "actions",
    "Status": "statuses",
    "Webhook": "webhooks",
    "Notification": "notifications",
    "Item": "items",
    "Client": "clients",
    "Users": "users",
}
_PLAIN = ("Status", "Webhook", "Notification")  # whose lists come without their count
_STATUSES = {1: "New", 9: "Closed", 21: "Awaiting Approval", 22: "Order Licences", 23: "Ordered"}


def stamp(moment: datetime) -> str:
    """As HaloPSA writes it, with seven digits and without an offset."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0")


@dataclass
class HaloSimulator:
    """
    Stateful. `before_page` is called with a resource and a page's number before the page is put together;
    `ignores_filters` makes lists give every row, as a version does that does not know a filter.
    """

    client_id: str = "halo-client"
    client_secret: str = "halo-secret"  # noqa: S105  the simulated account's
    tenant: str = ""
    secret: str = "bearer:halo-hook"  # noqa: S105
    api_agent: int = 77
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ignores_filters: bool = False
    before_page: Callable[[str, int], None] | None = None
    mishaps: Mishaps = field(default_factory=Mishaps)
    tables: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in _LISTS})
    writes: list[tuple[str, Any]] = field(default_factory=list)
    tokens_given: int = 0
    tokens: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for number, name in _STATUSES.items():
            self.put("Status", {"id": number, "name": name})
        self.sending = Sending(self.secret, self.now)

    # What people do at HaloPSA.

    def put(self, resource: str, record: Mapping[str, Any]) -> Record:
        """Adds or changes a record; its number is the next where it has none."""
        table = self.tables[resource]
        number = record.get("id") or len(table) + 1
        table[str(number)] = {**table.get(str(number), {}), **record, "id": number}
        return table[str(number)]

    def ticket(self, status: int = 1, **more: Any) -> int:
        made = self.put("Tickets", {"status_id": status, "lastupdate": stamp(self.now()), "client_id": 1, **more})
        return int(made["id"])

    def quotation(self, ticket_id: int, lines: list[Record], **more: Any) -> int:
        record = {
            "quotenumber": f"Q-{1000 + len(self.tables['Quotation'])}",
            "client_id": 1,
            "ticket_id": ticket_id,
            "status": "Sent",
            "accepted": False,
            "currency_code": "USD",
            "lastupdate": stamp(self.now()),
            "lines": [{"id": number, **line} for number, line in enumerate(lines, 1)],
        }
        return int(self.put("Quotation", {**record, **more})["id"])

    def accept(self, quotation_id: int) -> None:
        """As HaloPSA does it: the quotation is won, a sales order is made, the ticket moves on."""
        now = stamp(self.now())
        change = {"status": "Accepted", "accepted": True, "accepteddate": now, "lastupdate": now}
        row = self.put("Quotation", {"id": quotation_id, **change})
        order = {"quotation_id": quotation_id, "ticket_id": row["ticket_id"], "client_id": 1, "lastupdate": now}
        self.put("SalesOrder", order)
        self.put("Tickets", {"id": row["ticket_id"], "status_id": 22, "lastupdate": now})

    def decline(self, quotation_id: int) -> None:
        self.put("Quotation", {"id": quotation_id, "status": "Declined", "lastupdate": stamp(self.now())})

    def write(self, ticket_id: int, note: str, agent: int | None = 3, **more: Any) -> Record:
        """A note on a ticket; without an agent, a customer's."""
        actions = self.tables["Actions"]
        number = more.pop("id", 0) or 1 + sum(each["ticket_id"] == ticket_id for each in actions.values())
        record = {"who": "Sam Ortiz" if agent else "Dana Reyes", "who_agentid": agent or 0, "note": note}
        at = stamp(self.now())
        made = {"id": number, "ticket_id": ticket_id, **record, "actiondate": at, **more}
        actions[f"{ticket_id}:{number}"] = made
        self.put("Tickets", {"id": ticket_id, "lastupdate": at})
        return made

    def webhook(self, ticket_id: int, kind: Payload = Payload.SMALL, *, batched: bool = False) -> Post:
        """What HaloPSA sends now that the ticket's status has changed."""
        event = self.sending.event(self.tables["Tickets"][str(ticket_id)], kind)
        return self.sending.post(event, batched=batched)

    def end_tokens(self) -> None:
        self.tokens.clear()

    # What its API does.

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if mishap := self.mishaps.next(request):
            return mishap
        path, query = request.url.path, request.url.params
        if path == "/auth/token":
            return self._token(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return httpx.Response(401, text="")
        if request.method == "POST":
            return self._written(path.removeprefix("/api/"), json.loads(request.read()))
        if one := _ONE.fullmatch(path):
            return self._one(one[1], one[2])
        return self._listed(path.removeprefix("/api/"), query)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.read().decode()).items()}
        wanted = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        if {name: form.get(name) for name in wanted} != wanted or request.url.params.get("tenant", "") != self.tenant:
            return httpx.Response(400, json={"error": "invalid_client"})
        self.tokens_given += 1
        token = f"token-{self.tokens_given}"
        self.tokens.add(token)
        return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def _one(self, resource: str, number: str) -> httpx.Response:
        record = self.tables.get(resource, {}).get(number)
        return httpx.Response(200, json=record) if record else httpx.Response(404, text="")

    def _listed(self, resource: str, query: httpx.QueryParams) -> httpx.Response:
        if resource not in _LISTS:
            return httpx.Response(404, text="")
        page, size = int(query.get("page_no", 1)), int(query.get("page_size", 50))
        if self.before_page:
            self.before_page(resource, page)
        rows = self._filtered(resource, query)
        here = rows[(page - 1) * size : page * size] if query.get("pageinate") == "true" else rows
        if resource in _PLAIN:
            return httpx.Response(200, json=here)
        # A list's rows are short: a quotation's lines come with the quotation alone.
        short = [{name: value for name, value in row.items() if name != "lines"} for row in here]
        return httpx.Response(200, json={"record_count": len(rows), _LISTS[resource]: short})

    def _filtered(self, resource: str, query: httpx.QueryParams) -> list[Record]:
        rows = list(self.tables[resource].values())
        if self.ignores_filters:
            return rows
        if ticket := query.get("ticket_id"):
            rows = [row for row in rows if str(row.get("ticket_id")) == ticket]
        if since := query.get("lastupdatefromdate"):
            rows = [row for row in rows if row["lastupdate"] >= since.rstrip("Z")]
        if order := query.get("order"):
            rows.sort(key=lambda row: str(row.get(order)), reverse=query.get("orderdesc") == "true")
        return rows

    def _written(self, resource: str, content: Any) -> httpx.Response:
        if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
            return httpx.Response(400, json={"error": "The request body must be an array."})
        if resource not in _LISTS:
            return httpx.Response(404, text="")
        self.writes.append((resource, content))
        made = [self._one_written(resource, entry) for entry in content]
        return httpx.Response(201, json=made[0] if len(made) == 1 else made)

    def _one_written(self, resource: str, entry: Record) -> Record:
        if resource == "Actions":
            kept = {name: value for name, value in entry.items() if name not in ("ticket_id", "note")}
            return self.write(entry["ticket_id"], entry["note"], self.api_agent, **kept)
        if resource in ("Webhook", "Notification") and not entry.get("id"):
            entry = {
                "auto_disable_attempts": 0,
                **entry,
                "id": str(uuid5(NAMESPACE_URL, f"{resource}-{len(self.tables[resource])}")),
            }
        return self.put(resource, {**entry, "lastupdate": stamp(self.now())})
