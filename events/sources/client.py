"""Reading a tool's API: one deadline over an exchange, an answer of bounded size, faults in words for an operator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from events.sources.tool import ToolFault
from pipeline.marketplaces.deadline import Watch, watching
from pipeline.marketplaces.transport import Connections

_LARGEST = 8 * 1024 * 1024
_SECONDS = 30.0
_HEADERS = {"accept": "application/json", "accept-encoding": "gzip", "user-agent": "quoteway"}
_PACKED = ("content-encoding", "content-length", "transfer-encoding")
Json = Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. `content` is its JSON, None where the body is empty."""

    status: int
    headers: Mapping[str, str]
    content: Json


class ToolClient:
    """
    One tool's API at one address. Follows no redirect, keeps no cookie. Thread-safe.

    `title` is the tool's name in sentences; `settings` names the variables of its credentials. An exchange may take
    `seconds` in all, and an answer may hold `largest` bytes.
    """

    def __init__(
        self,
        title: str,
        base_url: str,
        connections: Connections,
        *,
        settings: str,
        seconds: float = _SECONDS,
        largest: int = _LARGEST,
    ) -> None:
        self.title = title
        self.settings = settings
        self._base_url = base_url.rstrip("/")
        self._connections = connections
        self._seconds = seconds
        self._largest = largest

    def get(
        self, path: str, *, query: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises ToolFault."""
        return self.call("GET", path, query=query, headers=headers)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Json = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        One request, `path` below the address. Raises ToolFault for whatever is no good answer, NotThere for a 404.

        A write is not repeated here: after a ToolFault it may have been carried out.
        """
        url = httpx.URL(self._base_url + path)
        if query is not None:
            url = url.copy_merge_params({name: str(value) for name, value in query.items()})
        what = f"{method} {url.path}"
        try:
            response = self._exchange(
                httpx.Request(
                    method,
                    url,
                    headers={**_HEADERS, **(headers or {})},
                    json=content,
                    data=None if form is None else dict(form),
                    extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)},
                )
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ToolFault(f"{self.title} did not answer {what} ({type(error).__name__}).") from None
        return self._read(what, response)

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        with watching(Watch(self._seconds)):
            response = self._connections.pooled().handle_request(request)
            try:
                size, parts = 0, []
                for part in response.iter_bytes():
                    size += len(part)
                    if size > self._largest:
                        raise httpx.ReadError(f"the answer is longer than {self._largest} bytes")
                    parts.append(part)
            finally:
                with suppress(Exception):
                    response.close()
        # Read and unpacked already: the headers that told how it was packed no longer hold.
        kept = {name: value for name, value in response.headers.items() if name not in _PACKED}
        return httpx.Response(response.status_code, headers=kept, content=b"".join(parts))

    def _read(self, what: str, response: httpx.Response) -> Answer:
        status = response.status_code
        if status in (401, 403):
            raise ToolFault(
                f"{self.title} refused our credentials for {what} ({status}): check {self.settings}.",
                passes=False,
                code="source.unauthorized",
            )
        if status == 404:
            raise NotThere(f"{self.title} has nothing at {what} (404).", passes=False, code="source.not_found")
        if status == 429:
            raise ToolFault(
                f"{self.title} wants fewer calls ({what}: 429).", after=_seconds(response), code="source.throttled"
            )
        if not 200 <= status < 300:
            passes = status >= 500 or status in (408, 409, 425)
            raise ToolFault(f"{self.title} answered {what} with {status}.", passes=passes, after=_seconds(response))
        if not response.content.strip():
            return Answer(status, response.headers, None)
        try:
            return Answer(status, response.headers, json.loads(response.content))
        except (ValueError, RecursionError):
            raise ToolFault(f"{self.title} answered {what} with something that is no JSON.") from None


class NotThere(ToolFault):
    """What was asked for does not exist at the tool."""


def _seconds(response: httpx.Response) -> float | None:
    """How long the tool wants us to wait: seconds, or a date."""
    told = response.headers.get("retry-after", "").strip()
    if not told:
        return None
    with suppress(ValueError):
        return max(0.0, min(float(told), 3600.0))
    with suppress(ValueError, TypeError):
        until = parsedate_to_datetime(told)
        return max(0.0, min((until - datetime.now(until.tzinfo or UTC)).total_seconds(), 3600.0))
    return None
