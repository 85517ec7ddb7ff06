"""PandaDoc, simulated: documents, contacts and webhook subscriptions, and the arrays that its webhook posts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from events.sources.answered import instant
from events.sources.mishaps import Mishaps
from events.sources.pandadoc.messages import EVENT_ID, signature
from events.sources.tool import Post

_NUMBERS = {2: "document.completed", 10: "document.paid", 11: "document.voided", 12: "document.declined"}
_LISTED = ("id", "name", "status", "date_created", "date_modified", "date_completed", "expiration_date", "version")


@dataclass
class PandaDocSimulator:
    """
    A workspace. `between` is called after each page of documents, so that a test can change the list under its reader.
    `listed` are the fields that its lists show.
    """

    api_key: str = "pandadoc-key"
    shared_key: str = "pandadoc-shared-key"
    largest_page: int = 100
    listed: tuple[str, ...] = _LISTED
    now: Callable[[], float] = time.time
    between: Callable[[int], None] | None = None
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    contacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    mishaps: Mishaps = field(default_factory=Mishaps)
    asked: list[str] = field(default_factory=list)
    _sent: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        if (mishap := self.mishaps.next(request)) is not None:
            return mishap
        if request.headers.get("authorization") != f"API-Key {self.api_key}":
            return httpx.Response(401, json={"type": "authentication_error", "detail": "Unauthorized"})
        match [part for part in request.url.path.split("/") if part][2:]:
            case ["documents"]:
                return self._list(request.url.params)
            case ["documents", name, "details"]:
                return _found(self.documents.get(name))
            case ["contacts", name]:
                return _found(self.contacts.get(name))
            case ["webhook-subscriptions", *rest]:
                return self._subscriptions(request, rest)
            case _:
                return _found(None)

    def document(self, document_id: str, pricing: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """A document, signed by Dana of Contoso where no recipients are given."""
        self.contacts.setdefault("cont_1", _contact())
        made: dict[str, Any] = {
            "id": document_id,
            "name": "Proposal",
            "status": "document.draft",
            "version": "2",
            "metadata": {},
        }
        made |= {"date_created": self._stamp(), "ref_number": f"REF-{document_id}", "linked_objects": []}
        made |= {"recipients": [_signer()], "pricing": dict(pricing or {})}
        made |= {"created_by": {"email": "sales@partner.example"}, "sent_by": {"email": "sales@partner.example"}}
        made |= {"grand_total": {"amount": "0", "currency": "USD"}, "date_completed": None}
        self.documents[document_id] = made
        self.change(document_id, **fields)
        return made

    def change(self, document_id: str, **fields: Any) -> None:
        """What changes is stamped; what becomes completed or paid is completed at that moment."""
        document = self.documents[document_id]
        document |= {"date_modified": self._stamp(), **fields}
        if document["status"] in ("document.completed", "document.paid") and not document["date_completed"]:
            document["date_completed"] = document["date_modified"]

    def complete(self, document_id: str) -> Post:
        """As its last recipient does. Gives the delivery that follows."""
        self.change(document_id, status="document.completed")
        return self.webhook(document_id)

    def webhook(self, *document_ids: str, event: str = "document_state_changed", event_id: str = "") -> Post:
        """One delivery about these documents as they are now."""
        self._sent += 1
        told = ("id", "name", "status", "date_created", "date_modified", "version")
        events = [
            {"event": event, "data": {name: self.documents[each].get(name) for name in told}} for each in document_ids
        ]
        return self.post(json.dumps(events).encode(), event_id=event_id or f"event-{self._sent}")

    def post(self, body: bytes, *, event_id: str = "event") -> Post:
        """Whatever body, signed."""
        headers = {"content-type": "application/json", EVENT_ID: event_id}
        return Post(headers=headers, query=f"signature={signature(self.shared_key, body)}", body=body)

    def _list(self, params: httpx.QueryParams) -> httpx.Response:
        rows = [document for document in self.documents.values() if _wanted(document, params)]
        order = params.get("order_by", "date_status_changed")
        rows.sort(key=lambda document: str(document.get(order)))
        count, number = min(int(params.get("count", 50)), self.largest_page), int(params.get("page", 1))
        shown = rows[(number - 1) * count : number * count]
        answer = {"results": [{name: each[name] for name in self.listed if name in each} for each in shown]}
        if self.between is not None:
            self.between(number)
        return httpx.Response(200, json=answer)

    def _subscriptions(self, request: httpx.Request, rest: list[str]) -> httpx.Response:
        match request.method, rest:
            case "GET", []:
                return httpx.Response(200, json={"items": list(self.subscriptions.values())})
            case "POST", []:
                given = json.loads(request.content)
                uuid = f"00000000-0000-4000-8000-{len(self.subscriptions) + 1:012}"
                made = {"uuid": uuid, "status": "ACTIVE", "active": True, "shared_key": self.shared_key, **given}
                self.subscriptions[uuid] = made
                return httpx.Response(201, json=made)
            case "PATCH", [uuid] if uuid in self.subscriptions:
                changed = self.subscriptions[uuid] | json.loads(request.content)
                changed["status"] = "ACTIVE" if changed["active"] else "INACTIVE"
                self.subscriptions[uuid] = changed
                return httpx.Response(200, json=changed)
            case _:
                return _found(None)

    def _stamp(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _wanted(document: Mapping[str, Any], params: httpx.QueryParams) -> bool:
    if "status" in params and document["status"] != _NUMBERS.get(int(params["status"])):
        return False
    for name, written in (("completed_from", "date_completed"), ("modified_from", "date_modified")):
        since, when = instant(params.get(name)), instant(document.get(written))
        if since is not None and (when is None or when < since):
            return False
    return True


def _found(content: Mapping[str, Any] | None) -> httpx.Response:
    if content is None:
        return httpx.Response(404, json={"type": "request_error", "detail": "Not found"})
    return httpx.Response(200, json=dict(content))


def _signer() -> dict[str, Any]:
    return {
        "first_name": "Dana",
        "last_name": "Reyes",
        "email": "dana@contoso.example",
        "phone": "+1 555 0100",
        "recipient_type": "signer",
        "has_completed": True,
        "role": "Client",
        "roles": ["Client"],
        "contact_id": "cont_1",
    }


def _contact() -> dict[str, Any]:
    return {
        "id": "cont_1",
        "company": "Contoso Ltd",
        "street_address": "1 Main St",
        "city": "Denver",
        "state": "CO",
        "postal_code": "80202",
        "country": "US",
    }
