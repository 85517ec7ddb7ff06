"""Calls to one Autotask zone: single entities, and queries over all their pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from events.connections import SourceConnection
from events.sources.client import Answer, NotThere, ToolClient
from events.sources.named import Row, an_object, ident, objects
from events.sources.tool import ToolFault
from pipeline.marketplaces.transport import Connections

PAGE_SIZE = 500
_MOST_PAGES = 1000
_BASE = "/atservicesrest/v1.0"
_SUFFIX = re.compile(r"/atservicesrest(/.*)?$", re.IGNORECASE)
Filter = Mapping[str, Any]


def where(field: str, value: Any, op: str = "eq") -> Filter:
    return {"op": op, "field": field, "value": value}


class Session:
    """Thread-safe."""

    def __init__(self, connection: SourceConnection, connections: Connections) -> None:
        access = connection.access
        settings = ", ".join(connection.variable(name) for name in ("CLIENT_ID", "USERNAME", "PASSWORD"))
        self._client = ToolClient(
            "Autotask", _SUFFIX.sub("", access.base_url.rstrip("/")), connections, settings=settings
        )
        self._headers = {
            "ApiIntegrationCode": access.client_id,
            "UserName": access.username,
            "Secret": access.password.get_secret_value(),
        }

    def item(self, entity: str, number: str) -> Row:
        """One entity. Raises ToolFault, NotThere: Autotask may say 200 and give none."""
        said = f"Autotask answered GET {entity}/{number}"
        content = an_object(self.call("GET", f"/{entity}/{number}").content, said)
        if content.get("item") is None:
            raise NotThere(f"Autotask has no {entity}/{number}.", passes=False, code="source.not_found")
        return an_object(content["item"], said)

    def pages(self, entity: str, *filters: Filter, fields: Sequence[str] = ()) -> Iterator[Sequence[Row]]:
        """
        All that the filters let through, by number upwards. Raises ToolFault.

        A page begins after the last number of the one before: nothing slips when rows come and go meanwhile, and our
        credentials go to no address that an answer names.
        """
        after = 0
        for _ in range(_MOST_PAGES):
            search: dict[str, Any] = {"MaxRecords": PAGE_SIZE, "filter": [*filters, where("id", after, "gt")]}
            if fields:
                search["IncludeFields"] = list(fields)
            content = self.call("GET", f"/{entity}/query", query={"search": json.dumps(search)}).content
            rows, more = _page(content, entity)
            if rows:
                after = _last(rows, after, entity)
                yield rows
            if not rows or not (more or len(rows) >= PAGE_SIZE):
                return
        raise ToolFault(f"Autotask's list of {entity} does not end.")

    def rows(self, entity: str, *filters: Filter) -> Iterator[Row]:
        for rows in self.pages(entity, *filters):
            yield from rows

    def create(self, path: str, content: Mapping[str, Any]) -> str:
        """The number of what was made; empty where Autotask does not tell. Raises ToolFault."""
        answer = self.call("POST", path, content=dict(content)).content
        return ident(answer, "itemId") if isinstance(answer, dict) else ""

    def call(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None = None, content: Any = None
    ) -> Answer:
        return self._client.call(method, _BASE + path, query=query, headers=self._headers, content=content)


def _page(content: Any, entity: str) -> tuple[Sequence[Row], bool]:
    said = f"Autotask answered a query of {entity}"
    held = an_object(content, said)
    details = held.get("pageDetails")
    return objects(held.get("items"), said), isinstance(details, dict) and bool(details.get("nextPageUrl"))


def _last(rows: Sequence[Row], after: int, entity: str) -> int:
    """The highest number. Raises ToolFault where a row has none or they do not go on."""
    numbers = [row.get("id") for row in rows]
    known = [number for number in numbers if isinstance(number, int) and not isinstance(number, bool)]
    if len(known) != len(numbers) or min(known) <= after or known != sorted(known):
        raise ToolFault(f"Autotask's list of {entity} is not in the order of its numbers.")
    return known[-1]
