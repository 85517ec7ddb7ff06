"""The tenant's API: which address gives what, and what a write does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from events.sources.connectwise.simulator.conditions import Refused, chosen
from events.sources.connectwise.simulator.world import Record, World

ROOT = "/v4_6_release/apis/3.0"
_TABLES = {
    "/sales/opportunities": "opportunities",
    "/sales/opportunities/statuses": "statuses",
    "/procurement/products": "products",
    "/procurement/catalog": "catalogue",
    "/finance/billingCycles": "cycles",
    "/company/companies": "companies",
    "/company/contacts": "contacts",
    "/service/tickets": "tickets",
    "/system/callbacks": "callbacks",
}
_NOTES = re.compile(r"/service/tickets/(\d+)/notes(?:/(\d+))?")
_FORECAST = re.compile(r"/sales/opportunities/(\d+)/forecast")
_RECORD = re.compile(r"(/.+)/(\d+)")
Answer = tuple[int, Any]


class Routes:
    """`most` is the longest page. `deaf` answers a ticket's new status with 200 and leaves it as it was."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.most = 1000
        self.deaf = False

    def answer(self, request: httpx.Request, between: Callable[[], None] | None) -> Answer:
        path = request.url.path.removeprefix(ROOT)
        content = json.loads(request.content) if request.content else None
        if found := _NOTES.fullmatch(path):
            return self._notes(request, int(found[1]), int(found[2] or 0), content)
        if found := _FORECAST.fullmatch(path):
            number = int(found[1])
            return 200, {"id": number, "forecastItems": self.world.forecasts.get(number, [])}
        if path in _TABLES:
            return self._table(request, _TABLES[path], content, between)
        found = _RECORD.fullmatch(path)
        if found and found[1] in _TABLES:
            return self._record(request, _TABLES[found[1]], int(found[2]), content)
        return 404, {"code": "NotFound", "message": "no such route"}

    def _table(self, request: httpx.Request, name: str, content: Any, between: Callable[[], None] | None) -> Answer:
        if request.method == "POST" and name == "callbacks":
            number = self.world.add(name, {"inactiveFlag": False, **content}, self.world.member)
            return 201, self.world.table(name)[number]
        if request.method != "GET":
            return 405, {"code": "MethodNotAllowed"}
        return self._list(list(self.world.table(name).values()), request.url.params, between)

    def _list(self, records: list[Record], query: Mapping[str, str], between: Callable[[], None] | None) -> Answer:
        try:
            page = chosen(records, query, self.most)
        except Refused as wrong:
            return 400, {"code": "InvalidConditions", "message": str(wrong)}
        if between:
            between()
        return 200, page

    def _record(self, request: httpx.Request, name: str, number: int, content: Any) -> Answer:
        record = self.world.table(name).get(number)
        if record is None:
            return 404, {"code": "NotFound", "message": f"{name} {number} not found"}
        if request.method == "PATCH":
            return self._patch(name, number, content)
        return 200, record

    def _patch(self, name: str, number: int, content: Any) -> Answer:
        """A JSON Patch array. A path below the top is answered with 200 and changes nothing."""
        if not isinstance(content, list):
            return 400, {"code": "InvalidObject", "message": "a list of operations is wanted"}
        values = {one["path"].strip("/"): one["value"] for one in content if one["op"] == "replace"}
        values = {path: value for path, value in values.items() if "/" not in path}
        if name == "tickets" and "status" in values:
            if self.deaf:
                return 200, self.world.table(name)[number]
            named = [one for one in self.world.board_statuses if one.lower() == values["status"]["name"].lower()]
            if not named:
                return 400, {"code": "InvalidObject", "message": "no such status on this board"}
            values["status"] = {"id": self.world.board_statuses.index(named[0]) + 1, "name": named[0]}
        self.world.change(name, number, values, self.world.member)
        return 200, self.world.table(name)[number]

    def _notes(self, request: httpx.Request, ticket: int, note: int, content: Any) -> Answer:
        if ticket not in self.world.table("tickets"):
            return 404, {"code": "NotFound", "message": f"ticket {ticket} not found"}
        notes = {number: one for number, one in self.world.table("notes").items() if one["ticketId"] == ticket}
        if request.method == "POST":
            author = {"identifier": self.world.member, "name": "Quoteway"}
            made = {**content, "ticketId": ticket, "member": author, "dateCreated": self.world.written()}
            number = self.world.add("notes", made, self.world.member)
            self.world.touch("tickets", ticket, "updated", self.world.member)
            return 201, self.world.table("notes")[number]
        if note and note not in notes:
            return 404, {"code": "NotFound", "message": f"note {note} not found"}
        if request.method == "PATCH":
            answer = self._patch("notes", note, content)
            self.world.touch("tickets", ticket, "updated", self.world.member)
            return answer
        return (200, notes[note]) if note else self._list(list(notes.values()), request.url.params, None)
