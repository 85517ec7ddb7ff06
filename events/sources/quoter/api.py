"""Quoter's API: a token for an hour, lists of pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote as quoted

from events.connections import SourceConnection
from events.sources.anchored import Sheet
from events.sources.answered import Row, page, row, text
from events.sources.client import Answer, ToolClient
from events.sources.quoter.words import BASE_URL
from events.sources.tool import ToolFault
from pipeline.marketplaces.transport import Connections

TITLE = "Quoter"
_LIMIT = 100
_MOST_PAGES = 200
# A token is good for an hour.
_TOKEN_SECONDS = 50 * 60.0


class QuoterApi:
    """Thread-safe. All calls raise ToolFault."""

    def __init__(
        self, connection: SourceConnection, connections: Connections, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        access = connection.access
        settings = f"{connection.variable('CLIENT_ID')} and {connection.variable('CLIENT_SECRET')}"
        self._client = ToolClient(TITLE, access.base_url or BASE_URL, connections, settings=settings)
        self._access = access
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._token_until = 0.0

    def one(self, kind: str, public_id: str) -> Row:
        """Raises NotThere."""
        found = row(self._get(f"/{kind}/{quoted(public_id, safe='')}").content)
        if not found:
            raise ToolFault(f"{TITLE} answered for one of its {kind} with something that is none.")
        return found

    def all(self, kind: str, name: str, value: str) -> list[Row]:
        """The list of those whose field `name` is `value`, to its end."""
        listed: dict[str, Row] = {}
        for number in range(1, _MOST_PAGES + 1):
            answer = self._get(f"/{kind}", {name: value, "limit": _LIMIT, "page": number, "sort_by": "created_at"})
            for each in page(TITLE, answer.content, "data"):
                listed.setdefault(text(each.get("id")), each)
            if row(answer.content).get("has_more") is not True:
                return self._of(kind, name, value, list(listed.values()))
        raise ToolFault(f"{TITLE} has more than {_MOST_PAGES} pages of {kind}.", passes=False)

    def _of(self, kind: str, name: str, value: str, listed: list[Row]) -> list[Row]:
        """A filter that Quoter does not know would give the rows of all others, too."""
        if any(name not in each for each in listed):
            raise ToolFault(f"{TITLE} does not tell the {name} of its {kind}.", passes=False)
        return [each for each in listed if text(each.get(name)) == value]

    def modified(self, since: datetime, number: int) -> Sheet:
        """A page of the quotes that were modified after `since`, oldest first."""
        after = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        answer = self._get(
            "/quotes", {"modified_at[gt]": after, "sort_by": "modified_at", "limit": _LIMIT, "page": number}
        )
        return Sheet(page(TITLE, answer.content, "data"), row(answer.content).get("has_more") is True)

    def _get(self, path: str, query: Mapping[str, str | int] | None = None) -> Answer:
        token, fresh = self._authorized()
        try:
            return self._client.get(path, query=query, headers={"authorization": f"Bearer {token}"})
        except ToolFault as fault:
            if fault.code != "source.unauthorized" or fresh:
                raise
        token, _ = self._authorized(instead_of=token)
        return self._client.get(path, query=query, headers={"authorization": f"Bearer {token}"})

    def _authorized(self, instead_of: str = "") -> tuple[str, bool]:
        """The token, and whether it was made just now. One thread makes it for all."""
        with self._lock:
            if self._token and self._token != instead_of and self._clock() < self._token_until:
                return self._token, False
            answer = self._client.call(
                "POST",
                "/auth/oauth/authorize",
                content={
                    "client_id": self._access.client_id,
                    "client_secret": self._access.client_secret.get_secret_value(),
                    "grant_type": "client_credentials",
                },
            )
            token = text(row(answer.content).get("access_token"))
            if not token or not token.isascii() or not token.isprintable():
                raise ToolFault(f"{TITLE} gave no access token.")
            self._token, self._token_until = token, self._clock() + _TOKEN_SECONDS
            return token, True
