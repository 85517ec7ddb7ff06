"""
ConnectWise CPQ's API (once Sell): bare lists, pages counted from 1, filters in a language of its own.

In that language text stands in quotes, True and False have capitals, and a date stands in square brackets. A date with
a time in it is documented by some and finds nothing for others, so only days are asked for.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from events.connections import ToolAccess
from events.sources.answered import Row
from events.sources.client import ToolClient
from events.sources.polling import complete, rows_of

SIZE = 200  # at most 1000


class CpqApi:
    """Reads with one API key. Thread-safe where the client is."""

    def __init__(self, client: ToolClient, access: ToolAccess) -> None:
        user = f"{access.tenant}+{access.username}:{access.password.get_secret_value()}"
        self._client = client
        self._headers = {
            "authorization": f"Basic {base64.b64encode(user.encode()).decode()}",
            "content-type": "application/json; version=1.0",
        }

    @property
    def title(self) -> str:
        return self._client.title

    def one(self, path: str) -> object:
        """Raises ToolFault, NotThere."""
        return self._client.get(path, headers=self._headers).content

    def page(self, path: str, number: int, conditions: str = "", fields: str = "") -> Sequence[Row]:
        """The page of this number, from 0. Raises ToolFault."""
        named = {"conditions": conditions, "includeFields": fields}
        query = {name: value for name, value in named.items() if value}
        answer = self._client.get(path, query={**query, "page": number + 1, "pageSize": SIZE}, headers=self._headers)
        return rows_of(self.title, path, answer.content)

    def every(self, path: str, conditions: str = "", fields: str = "") -> list[Row]:
        """A whole list. Raises ToolFault."""
        return complete(self.title, lambda number: self.page(path, number, conditions, fields), SIZE)


def of_quote(field: str, quote_id: str) -> str:
    """`quote_id` is an identifier: it holds nothing that would end the text."""
    return f'{field} = "{quote_id}"'


def changed_since(flag: str, when: datetime) -> str:
    return f"{flag} = True and modifyDate >= [{when.astimezone(UTC):%Y-%m-%d}]"


def open_since(when: datetime) -> str:
    return f"isAccepted = False and isLost = False and modifyDate >= [{when.astimezone(UTC):%Y-%m-%d}]"
