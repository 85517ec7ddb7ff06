"""Calls to one HaloPSA: the token that they need, and lists over all their pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from events.connections import SourceConnection
from events.sources.answered import amount
from events.sources.answered import text as written
from events.sources.client import Answer, ToolClient
from events.sources.halopsa.words import LISTS
from events.sources.named import Row, an_object, objects
from events.sources.tool import ToolFault
from pipeline.marketplaces.transport import Connections

PAGE_SIZE = 100
_MOST_PAGES = 1000
_LIFETIME, _LEEWAY = 3600.0, 60.0
Query = Mapping[str, str | int]


class Session:
    """
    Thread-safe: one token serves all threads until it ends or HaloPSA refuses it. Then it is fetched anew, once.
    """

    def __init__(
        self, connection: SourceConnection, connections: Connections, clock: Callable[[], float] = time.monotonic
    ) -> None:
        access = connection.access
        self._settings = " and ".join(connection.variable(name) for name in ("CLIENT_ID", "CLIENT_SECRET"))
        base = access.base_url.rstrip("/").removesuffix("/api")
        self._client = ToolClient("HaloPSA", base, connections, settings=self._settings)
        self._tenant = {"tenant": access.tenant} if access.tenant else {}
        self._credentials = {
            "grant_type": "client_credentials",
            "client_id": access.client_id,
            "client_secret": access.client_secret.get_secret_value(),
            "scope": "all",
        }
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._ends = 0.0

    def get(self, path: str, query: Query | None = None) -> Row:
        """One object. Raises ToolFault, NotThere."""
        return an_object(self._call("GET", path, query=query).content, f"HaloPSA answered GET {path}")

    def post(self, path: str, entry: Mapping[str, Any]) -> Row:
        """Writes one entry; HaloPSA takes arrays only, and answers with one or with the entry. Raises ToolFault."""
        content = self._call("POST", path, content=[dict(entry)]).content
        if isinstance(content, list):
            content = content[0] if content else {}
        return content if isinstance(content, dict) else {}

    def pages(self, path: str, query: Query | None = None) -> Iterator[tuple[Sequence[Row], int | None]]:
        """The pages of a list, and how many rows HaloPSA says that there are. Raises ToolFault."""
        seen = 0
        for number in range(1, _MOST_PAGES + 1):
            asked = {**(query or {}), "pageinate": "true", "page_size": PAGE_SIZE, "page_no": number, "count": "true"}
            rows, total = _page(self._call("GET", path, query=asked).content, path)
            seen += len(rows)
            if rows or number == 1:
                yield rows, total
            # A page may be short without being the last; one of a plain list is all there is.
            if not rows or (seen >= total if total is not None else len(rows) < PAGE_SIZE):
                return
        raise ToolFault(f"HaloPSA's list {path} does not end.")

    def rows(self, path: str, query: Query | None = None) -> Iterator[Row]:
        for rows, _ in self.pages(path, query):
            yield from rows

    def _call(self, method: str, path: str, *, query: Query | None = None, content: Any = None) -> Answer:
        token = self._current()
        try:
            return self._with(token, method, path, query, content)
        except ToolFault as fault:
            # Refused before anything was carried out, so that a write may be sent again, too.
            if fault.code != "source.unauthorized":
                raise
        self._forget(token)
        return self._with(self._current(), method, path, query, content)

    def _with(self, token: str, method: str, path: str, query: Query | None, content: Any) -> Answer:
        return self._client.call(
            method, path, query=query, headers={"authorization": f"Bearer {token}"}, content=content
        )

    def _current(self) -> str:
        with self._lock:
            if not self._token or self._clock() >= self._ends:
                self._token, self._ends = self._fetch()
            return self._token

    def _forget(self, token: str) -> None:
        """Not the one that another thread has fetched meanwhile."""
        with self._lock:
            if self._token == token:
                self._token = ""

    def _fetch(self) -> tuple[str, float]:
        asked_at = self._clock()
        try:
            answer = self._client.call("POST", "/auth/token", query=self._tenant, form=self._credentials)
        except ToolFault as fault:
            if fault.passes:
                raise
            raise ToolFault(
                f"HaloPSA gives us no token: check {self._settings}.", passes=False, code="source.unauthorized"
            ) from None
        content = an_object(answer.content, "HaloPSA answered POST /auth/token")
        token = written(content.get("access_token"))
        if not token or not token.isascii() or not token.isprintable():
            raise ToolFault("HaloPSA answered POST /auth/token without a token.")
        lifetime = float(amount(content.get("expires_in")) or _LIFETIME)
        return token, asked_at + max(0.0, lifetime - _LEEWAY)


def _page(content: Any, path: str) -> tuple[Sequence[Row], int | None]:
    """A list, or an object that holds it under a name that differs by resource. Raises ToolFault."""
    said = f"HaloPSA answered GET {path}"
    if isinstance(content, list):
        return objects(content, said), None
    held = an_object(content, said)
    names = [name for name in LISTS[path] if name in held]
    if not names:
        raise ToolFault(f"{said} without the list that was asked for.")
    total = held.get("record_count")
    return objects(held[names[0]], said), total if isinstance(total, int) and not isinstance(total, bool) else None
