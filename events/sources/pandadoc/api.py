"""PandaDoc's API: an API key, lists of numbered pages."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote as quoted

from events.connections import SourceConnection
from events.sources.anchored import Sheet
from events.sources.answered import Row, page, row
from events.sources.client import Json, ToolClient
from events.sources.pandadoc.words import BASE_URL, TITLE
from events.sources.tool import ToolFault
from pipeline.marketplaces.transport import Connections

_COUNT = 100


class PandaDocApi:
    """Thread-safe. All calls raise ToolFault."""

    def __init__(self, connection: SourceConnection, connections: Connections) -> None:
        access = connection.access
        settings = connection.variable("CLIENT_SECRET")
        self._client = ToolClient(TITLE, access.base_url or BASE_URL, connections, settings=settings)
        self._headers = {"authorization": f"API-Key {access.client_secret.get_secret_value()}"}

    def document(self, document_id: str) -> Row:
        """With its pricing. Raises NotThere."""
        return self._one(f"/public/v1/documents/{quoted(document_id, safe='')}/details", "document")

    def contact(self, contact_id: str) -> Row:
        """Raises NotThere."""
        return self._one(f"/public/v1/contacts/{quoted(contact_id, safe='')}", "contact")

    def completed(self, since: datetime, number: int) -> Sheet:
        """A page of the documents completed since, in that order, whatever became of them."""
        asked = {"completed_from": _written(since), "order_by": "date_completed"}
        return self._documents({**asked, "page": number})

    def in_state(self, status: int, since: datetime, number: int) -> Sheet:
        """A page of the documents of one state that were modified since, in that order."""
        asked = {"modified_from": _written(since), "order_by": "date_modified"}
        return self._documents({**asked, "status": status, "page": number})

    def subscriptions(self) -> list[Row]:
        answer = self._client.get("/public/v1/webhook-subscriptions", headers=self._headers)
        return page(TITLE, answer.content, "items")

    def subscribe(self, content: Json) -> Row:
        """A write: it is not repeated here."""
        path = "/public/v1/webhook-subscriptions"
        return row(self._client.call("POST", path, content=content, headers=self._headers).content)

    def change_subscription(self, uuid: str, content: Json) -> Row:
        path = f"/public/v1/webhook-subscriptions/{quoted(uuid, safe='')}"
        return row(self._client.call("PATCH", path, content=content, headers=self._headers).content)

    def _documents(self, asked: dict[str, str | int]) -> Sheet:
        answer = self._client.get("/public/v1/documents", query={"count": _COUNT, **asked}, headers=self._headers)
        listed = page(TITLE, answer.content, "results")
        return Sheet(listed, more=bool(listed))  # only an empty page is the end

    def _one(self, path: str, what: str) -> Row:
        found = row(self._client.get(path, headers=self._headers).content)
        if not found:
            raise ToolFault(f"{TITLE} answered for a {what} with something that is none.")
        return found


def _written(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
