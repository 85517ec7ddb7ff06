"""The simulator itself: who may call, what is broken, and the people who work there."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx

from events.sources.connectwise.simulator.faults import spoilt
from events.sources.connectwise.simulator.routes import Routes
from events.sources.connectwise.simulator.sending import Delivery
from events.sources.connectwise.simulator.world import KEY_ID, Clock, Record, World

CLIENT_ID = "f2b0a3d4-1c5e-4b6a-8d7f-9e0c1b2a3d4e"
_KEY_PATH = "/system/callbackkey/index.rails"


class ConnectWiseSimulator:
    """
    A function from a request to its response. `requests` are those that came, as `METHOD path`.

    `key_wants`: `credentials`, `nothing` (answers 401 to any), or None for either. `most`, `deaf`: see Routes.
    `between` is called after each page that was made up, as somebody who works there meanwhile. Served elsewhere than
    at `address`, `world.address` has to be set: callbacks name it.
    """

    def __init__(
        self,
        *,
        tenant: str = "acme",
        member: str = "Quoteway",
        address: str = "https://psa.example",
        public_key: str = "public",
        private_key: str = "private",
        client_id: str = CLIENT_ID,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.world = World(tenant, member, address, clock)
        self.routes = Routes(self.world)
        self.requests: list[str] = []
        self.between: Callable[[], None] | None = None
        self.key_wants: str | None = None
        user = f"{tenant}+{public_key}:{private_key}"
        self._basic = f"Basic {base64.b64encode(user.encode()).decode()}"
        self._client_id = client_id
        self._faults: list[tuple[str, str]] = []

    def fail(self, kind: str, path: str = "", times: int = 1) -> None:
        """The next calls whose path holds `path` go wrong: see `faults.spoilt`."""
        self._faults += [(kind, path)] * times

    @property
    def outbox(self) -> list[Delivery]:
        return self.world.outbox

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.world.lock:
            self.requests.append(f"{request.method} {request.url.path}")
            response = self._answer(request)
            fault = next((one for one in self._faults if one[1] in request.url.path), None)
            if fault:
                self._faults.remove(fault)
                response = spoilt(fault[0], response)
            response.headers["date"] = format_datetime(self.world.clock().astimezone(UTC), usegmt=True)
            return response

    def company(self, name: str, **more: Any) -> int:
        return self.world.add("companies", {"name": name, "identifier": name.replace(" ", ""), **more})

    def contact(self, first: str, last: str, email: str = "", phone: str = "") -> int:
        ways = [("Email", email), ("Phone", phone)]
        items = [{"communicationType": kind, "value": value, "defaultFlag": True} for kind, value in ways if value]
        return self.world.add("contacts", {"firstName": first, "lastName": last, "communicationItems": items})

    def item(self, identifier: str, **more: Any) -> int:
        """A product of the catalogue, recurring if not said otherwise."""
        return self.world.add("catalogue", {"identifier": identifier, "recurringFlag": True, **more})

    def line(self, item: int, quantity: float = 1, **more: Any) -> Record:
        named = self.world.table("catalogue")[item]["identifier"]
        return {"catalogItem": {"id": item, "identifier": named}, "quantity": float(quantity), **more}

    def opportunity(self, company: int, lines: Sequence[Record] = (), **more: Any) -> int:
        number = self.world.add("opportunities", {"status": self._status("Open"), **self._of(company), **more})
        for line in lines:
            self.world.add("products", {**line, "opportunity": {"id": number}})
        return number

    def ticket(self, company: int, lines: Sequence[Record] = (), opportunity: int | None = None, **more: Any) -> int:
        linked = {"opportunity": {"id": opportunity} if opportunity else None, "closedFlag": False}
        usual = {"status": {"id": 1, "name": "New"}, "board": {"id": 1, "name": "Service"}, **linked}
        number = self.world.add("tickets", {**usual, **self._of(company), **more})
        for line in lines:
            self.world.add("products", {**line, "ticket": {"id": number}})
        return number

    def win(self, opportunity: int, by: str = "Dispatcher") -> None:
        self.move(opportunity, "Won", by, closedDate=self.world.written())

    def lose(self, opportunity: int, by: str = "Dispatcher") -> None:
        self.move(opportunity, "Lost", by, closedDate=self.world.written())

    def move(self, opportunity: int, status: str, by: str = "Dispatcher", **more: Any) -> None:
        self.world.change("opportunities", opportunity, {"status": self._status(status), **more}, by)

    def set_ticket(self, ticket: int, status: str, by: str = "Dispatcher") -> None:
        self.world.change("tickets", ticket, {"status": {"id": 9, "name": status}}, by)

    def note(self, ticket: int, text: str, member: str | None = "Dispatcher", **more: Any) -> int:
        """Written by a member of ours, or, without one, by the customer's contact."""
        author = {"identifier": member, "name": f"{member} (member)"} if member else None
        made = {"ticketId": ticket, "text": text, "member": author, "dateCreated": self.world.written(), **more}
        number = self.world.add("notes", made, member or "email")
        self.world.touch("tickets", ticket, "updated", member or "email")
        return number

    def notes(self, ticket: int) -> list[Record]:
        return [one for one in self.world.table("notes").values() if one["ticketId"] == ticket]

    def _of(self, company: int) -> Record:
        named = {"company": {"id": company, "name": self.world.table("companies")[company]["name"]}}
        contacts = self.world.table("contacts")
        return {**named, "contact": {"id": next(iter(contacts))} if contacts else None}

    def _status(self, name: str) -> Mapping[str, Any]:
        found = next(one for one in self.world.table("statuses").values() if one["name"] == name)
        return {"id": found["id"], "name": name}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        known = request.headers.get("authorization") == self._basic
        known = known and request.headers.get("clientid") == self._client_id
        if request.url.path.endswith(_KEY_PATH):
            return self._key(request, known)
        if not known:
            return httpx.Response(401, json={"code": "Unauthorized"})
        status, content = self.routes.answer(request, self.between)
        return httpx.Response(status, json=content)

    def _key(self, request: httpx.Request, known: bool) -> httpx.Response:
        signed_in = "authorization" in request.headers
        if (self.key_wants == "credentials" and not known) or (self.key_wants == "nothing" and signed_in):
            return httpx.Response(401, json={"code": "Unauthorized"})
        query = dict(parse_qsl(request.url.query.decode()))
        if query != {"companyName": self.world.tenant, "id": KEY_ID}:
            return httpx.Response(404, json={"code": "NotFound"})
        return httpx.Response(200, json={"signing_key": self.world.signing_key})
