"""ConnectWise's REST API as far as it is used: signed in as our API member, lists read to their end."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from events.connections import SourceConnection
from events.sources.client import Answer, Json, ToolClient
from events.sources.connectwise.fields import identity
from events.sources.tool import ToolFault
from pipeline.marketplaces.transport import Connections

TITLE = "ConnectWise"
ROOT = "/v4_6_release/apis/3.0"
START_OF_LIST = "id>0"
SHORT_PAGE = 25
_PAGE = 200
Record = Mapping[str, Any]


class Api:
    """Thread-safe. Every method raises ToolFault; NotThere where the record does not exist."""

    def __init__(self, connection: SourceConnection, base_url: str, connections: Connections) -> None:
        self.headers = _headers(connection)
        self._client = ToolClient(TITLE, base_url, connections, settings=settings_of(connection))

    def record(self, path: str) -> Record:
        return _record(path, self._client.get(path, headers=self.headers))

    def pages(self, path: str, conditions: str = "", fields: str = "") -> Iterator[tuple[Sequence[Record], Answer]]:
        """
        All records in the order of their ids, each page asked for from the last id on: a record that comes, goes or
        changes meanwhile moves no other past us, as it would with numbered pages.
        """
        last = 0
        while True:
            start = f"id>{last}" if last else START_OF_LIST
            query: dict[str, str | int] = {
                "conditions": f"{conditions} and {start}" if conditions else start,
                "orderBy": "id asc",
                "pageSize": _PAGE,
            }
            if fields:
                query["fields"] = fields
            answer = self._client.get(path, query=query, headers=self.headers)
            page, newest = _page(path, answer, last)
            yield page, answer
            if len(page) < SHORT_PAGE:
                return
            last = newest

    def all(self, path: str, conditions: str = "") -> list[Record]:
        return [one for page, _ in self.pages(path, conditions) for one in page]

    def make(self, path: str, content: Json) -> Record:
        return _record(path, self._client.call("POST", path, content=content, headers=self.headers))

    def replace(self, path: str, values: Mapping[str, Any]) -> None:
        """
        Whole values at the top of the record: a path below that may be answered with 200 and change nothing.
        """
        operations = [{"op": "replace", "path": name, "value": value} for name, value in values.items()]
        self._client.call("PATCH", path, content=operations, headers=self.headers)


def settings_of(connection: SourceConnection) -> str:
    return ", ".join(connection.variable(name) for name in ("TENANT", "CLIENT_ID", "USERNAME", "PASSWORD"))


def _headers(connection: SourceConnection) -> dict[str, str]:
    access = connection.access
    user = f"{access.tenant}+{access.username}:{access.password.get_secret_value()}"
    return {"authorization": f"Basic {base64.b64encode(user.encode()).decode()}", "clientId": access.client_id}


def _record(path: str, answer: Answer) -> Record:
    if not isinstance(answer.content, dict):
        raise ToolFault(f"{TITLE} answered {path} with something that is no record.")
    return answer.content


def _page(path: str, answer: Answer, last: int) -> tuple[list[Record], int]:
    """The page and its last id. One that does not lead on would be read for ever."""
    content = answer.content
    if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
        raise ToolFault(f"{TITLE} answered {path} with something that is no list of records.")
    newest = last
    for one in content:
        found = identity(one, "id")
        if found is None or found <= newest:
            raise ToolFault(f"{TITLE} answered {path} with a page that is not in the order of ids.")
        newest = found
    return content, newest
