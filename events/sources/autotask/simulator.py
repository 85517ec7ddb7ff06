"""A simulated Autotask zone: entities with queries and picklists, and the webhooks that it sends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from events.sources.autotask.sending import Sending
from events.sources.mishaps import Mishaps
from events.sources.tool import Post

Record = dict[str, Any]
_BASE = "/atservicesrest/v1.0"
_ONE = re.compile(r"/(\w+)/(\d+)")
_CHILD = re.compile(r"/(\w+)/(\d+)/(\w+)")
_CHILDREN = {
    ("Tickets", "Notes"): ("TicketNotes", "ticketID"),
    ("TicketWebhooks", "Fields"): ("WebhookFields", "webhookID"),
}
PICKLISTS: dict[str, dict[str, dict[int, str]]] = {
    "Tickets": {"status": {1: "New", 5: "Complete", 20: "Order Licences", 21: "Ordered", 22: "Cancelled by Customer"}},
    "TicketNotes": {"noteType": {3: "Task Notes"}, "publish": {1: "All Autotask Users", 2: "Internal Only"}},
    "TicketCharges": {"status": {1: "Open", 7: "Canceled"}},
    "QuoteItems": {"periodType": {2: "Monthly", 5: "Yearly"}, "quoteItemType": {1: "Product", 10: "Discount"}},
    "Products": {"periodType": {2: "Monthly", 5: "Yearly"}},
    "Services": {"periodType": {2: "Monthly", 5: "Yearly"}},
    "Opportunities": {"status": {1: "Active", 2: "Lost", 3: "Closed"}},
    "TicketWebhookFields": {"fieldID": {8: "Title", 12: "Status"}},
}
_ENTITIES = (
    *PICKLISTS,
    "Companies",
    "Contacts",
    "Countries",
    "Currencies",
    "Quotes",
    "Resources",
    "TicketWebhooks",
    "WebhookFields",
)


@dataclass
class AutotaskSimulator:
    """
    Stateful. `before_query` is called with an entity before a page is put together. `patch` says which of the two ways
    to change a ticket this tenant has; `ready_after` how often a new webhook is looked at before it is ready.
    """

    integration_code: str = "CODE"
    username: str = "api@msp.example"
    secret: str = "autotask-secret"  # noqa: S105  the simulated account's
    hook_secret: str = "autotask-hook"  # noqa: S105
    api_resource: int = 77
    zone: str = "https://webservices6.autotask.net/ATServicesRest/"
    patch: str = "collection"
    ready_after: int = 0
    most: int = 500
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    before_query: Callable[[str], None] | None = None
    mishaps: Mishaps = field(default_factory=Mishaps)
    tables: dict[str, dict[int, Record]] = field(default_factory=lambda: {name: {} for name in _ENTITIES})
    writes: list[tuple[str, str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sending = Sending(self.hook_secret, str(uuid5(NAMESPACE_URL, "autotask-webhook")), self.now)
        self.put("Resources", userName=self.username, id=self.api_resource, firstName="API", lastName="User")
        self.put("Resources", userName="sam@msp.example", id=31, firstName="Sam", lastName="Ortiz")

    # What people do at Autotask.

    def put(self, entity: str, **record: Any) -> int:
        """Adds or changes an entity; its number is the next where it has none. Gives its number."""
        table = self.tables[entity]
        number = int(record.get("id") or max(table, default=0) + 1)
        table[number] = {**table.get(number, {}), **record, "id": number}
        return number

    def ticket(self, status: int = 1, **more: Any) -> int:
        company = {"ticketNumber": f"T20261121.{len(self.tables['Tickets']) + 1:04}", "companyID": 1}
        company["createDate"] = _stamp(self.now())
        return self.put("Tickets", **{**company, "status": status, **self._activity(31), **self._tracked(), **more})

    def move(self, ticket_id: int, status: int, person: int = 31) -> None:
        self.put("Tickets", id=ticket_id, status=status, **self._activity(person), **self._tracked())

    def write(self, ticket_id: int, said: str, person: int = 31, contact: int | None = None, **more: Any) -> int:
        self.put("Tickets", id=ticket_id, **self._activity(person))
        creator = {"creatorResourceID": None if contact else person, "createdByContactID": contact}
        at = self.now().isoformat()
        return self.put("TicketNotes", ticketID=ticket_id, description=said, createDateTime=at, **{**creator, **more})

    def webhook(self, ticket_id: int, person: int = 31) -> Post:
        """What Autotask sends now that the ticket has changed."""
        return self.sending.ticket(ticket_id, person, Status=self.tables["Tickets"][ticket_id]["status"])

    def _tracked(self) -> Record:
        return {"lastTrackedModificationDateTime": _stamp(self.now())}

    def _activity(self, person: int) -> Record:
        return {"lastActivityDate": _stamp(self.now()), "lastActivityResourceID": person}

    # What its API does.

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path}")
        if mishap := self.mishaps.next(request):
            return mishap
        if not path.lower().startswith(_BASE):
            return httpx.Response(404, text="")
        path = path[len(_BASE) :]
        if path == "/zoneInformation":
            return httpx.Response(200, json={"zoneName": "America East", "url": self.zone})
        given = tuple(request.headers.get(name) for name in ("ApiIntegrationCode", "UserName", "Secret"))
        if given != (self.integration_code, self.username, self.secret):
            return httpx.Response(401, json={"errors": ["The logged in Resource does not have the permission."]})
        if request.method == "GET":
            return self._read(path, request.url.params)
        return self._written(request.method, path, json.loads(request.read()))

    def _read(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        entity = path.split("/")[1]
        if path.endswith("/entityInformation/fields"):
            return httpx.Response(200, json={"fields": _fields(entity)})
        if path.endswith("/query"):
            return self._queried(entity, json.loads(query["search"]))
        if child := _CHILD.fullmatch(path):
            name, parent = _CHILDREN[child[1], child[3]]
            rows = [row for row in self.tables[name].values() if row[parent] == int(child[2])]
            return httpx.Response(200, json={"items": rows, "pageDetails": {"nextPageUrl": None}})
        one = _ONE.fullmatch(path)
        if not one or one[1] not in self.tables:
            return httpx.Response(404, json={"errors": ["No HTTP resource was found."]})
        return httpx.Response(200, json={"item": self._item(one[1], int(one[2]))})

    def _item(self, entity: str, number: int) -> Record | None:
        row = self.tables[entity].get(number)
        if entity == "TicketWebhooks" and row:
            row["looked"] = row.get("looked", 0) + 1
            listens = any(each["webhookID"] == number for each in self.tables["WebhookFields"].values())
            row["isReady"] = listens and row["looked"] > self.ready_after
        return row

    def _queried(self, entity: str, search: Record) -> httpx.Response:
        if entity not in self.tables:
            return httpx.Response(404, json={"errors": ["No HTTP resource was found."]})
        if self.before_query:
            self.before_query(entity)
        rows = [
            row for _, row in sorted(self.tables[entity].items()) if all(_lets(row, each) for each in search["filter"])
        ]
        here = rows[: min(self.most, search["MaxRecords"])]
        fields = search.get("IncludeFields")
        shown = [{name: row.get(name) for name in fields} for row in here] if fields else here
        more = f"https://elsewhere.example/{entity}/query/next" if len(rows) > len(here) else None
        details = {"count": len(here), "requestCount": search["MaxRecords"], "prevPageUrl": None, "nextPageUrl": more}
        return httpx.Response(200, json={"items": shown, "pageDetails": details})

    def _written(self, method: str, path: str, content: Record) -> httpx.Response:
        self.writes.append((method, path, content))
        entity = path.split("/")[1]
        if method == "PATCH":
            return self._patched(path, entity, content)
        if child := _CHILD.fullmatch(path):
            name, parent = _CHILDREN[child[1], child[3]]
            if name == "TicketNotes":
                number = self.write(int(child[2]), content["description"], self.api_resource, **_without(content))
            else:
                number = self.put(name, **{**content, parent: int(child[2])})
            return httpx.Response(200, json={"itemId": number})
        if entity == "TicketWebhooks":
            content = {**content, "isReady": False, "webhookGUID": self.sending.guid}
        return httpx.Response(200, json={"itemId": self.put(entity, **content)})

    def _patched(self, path: str, entity: str, content: Record) -> httpx.Response:
        one = _ONE.fullmatch(path)
        if entity == "Tickets" and bool(one) != (self.patch == "item"):
            return httpx.Response(
                405, json={"errors": ["The requested resource does not support http method 'PATCH'."]}
            )
        number = int(one[2]) if one else int(content["id"])
        activity = {**self._activity(self.api_resource), **self._tracked()} if entity == "Tickets" else {}
        self.put(entity, **{**content, "id": number, **activity})
        return httpx.Response(200, json={"itemId": number})


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _without(content: Record) -> Record:
    return {name: value for name, value in content.items() if name not in ("description", "ticketID")}


def _lets(row: Record, one: Record) -> bool:
    value, wanted = row.get(one["field"]), one["value"]
    match one["op"]:
        case "eq":
            return bool(value == wanted)
        case "gt":
            return value is not None and bool(value > wanted)
        case "gte":
            return value is not None and bool(value >= wanted)
        case _:
            return False


def _fields(entity: str) -> list[Record]:
    named = [
        {
            "name": name,
            "isPickList": True,
            "picklistValues": [
                {"value": str(number), "label": label, "isActive": True} for number, label in values.items()
            ],
        }
        for name, values in PICKLISTS.get(entity, {}).items()
    ]
    return [*named, {"name": "id", "isPickList": False, "picklistValues": None}]
