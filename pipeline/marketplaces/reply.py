"""What goes out to a marketplace and what comes back, read fully, before anybody judges it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, quote_plus

import httpx

from pipeline.marketplaces.redaction import MASK, SHORTEST_HIDDEN, beginning, scrub

_REQUEST_IDS = ("x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray")
_LONGEST_WAIT = timedelta(days=1)
_MOST_WORDS = 20
_MOST_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Ask:
    """
    One request. `target` is the path below the account's address with its query. `hidden` are values that must not
    come back to light, should the marketplace repeat them in its answer. `repeatable`: making it twice does no harm.
    `headers` are this request's own: for whom it is made, say.
    """

    method: str
    target: str
    body: bytes | None = None
    timeout: float | None = None
    hidden: tuple[str, ...] = field(default=(), repr=False)
    repeatable: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"

    @property
    def shown(self) -> str:
        """The target as it may be told and kept: a query may hold a customer's e-mail address."""
        text = self.target
        for value in sorted(self.hidden, key=len, reverse=True):
            for form in (quote(value, safe=""), quote_plus(value), value):
                text = text.replace(form, MASK) if len(value) >= SHORTEST_HIDDEN else text
        return text


@dataclass(frozen=True, slots=True)
class FarTime:
    """What an answer says about the far clock: its `Date`, when by our clock we had it, and how long it took."""

    date: str
    had_at: datetime
    milliseconds: int

    def apart(self) -> timedelta | None:
        """How far the far clock is ahead of ours, to a second or so; None where the answer tells no time."""
        told = _moment(self.date)
        if told is None or told.tzinfo is None:
            return None
        return told - self.had_at + timedelta(milliseconds=self.milliseconds / 2)


class Reply:
    """A whole answer. Never shown: its body may hold anything."""

    __slots__ = ("_content", "_parsed", "body", "headers", "hidden", "milliseconds", "status")

    def __init__(
        self, status: int, headers: httpx.Headers, body: bytes, milliseconds: int = 0, hidden: tuple[str, ...] = ()
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.milliseconds = milliseconds
        self.hidden = hidden
        self._parsed = False
        self._content: Any = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str | None:
        """The marketplace's own name for the exchange, where it gives one."""
        for name in _REQUEST_IDS:
            if value := self.headers.get(name):
                return scrub(value)[:80]
        return None

    def content(self) -> Any:
        """The JSON body, numbers with a fraction as Decimal. Raises ValueError where it is none; read once."""
        if not self._parsed:
            self._content = parse(self.body)
            self._parsed = True
        return self._content

    def after(self, now: datetime | None = None) -> timedelta | None:
        """How long the answer asks us to wait (`Retry-After`), as seconds or as a date."""
        return retry_after(self.headers.get("retry-after"), now or datetime.now(UTC))

    def far_time(self) -> FarTime:
        """Not compared yet: every read has one, and hardly anybody asks."""
        return FarTime(self.headers.get("date", ""), datetime.now(UTC), self.milliseconds)

    def words(self) -> tuple[str, ...]:
        """What the marketplace says about its refusal, one sentence each and safe to show; empty where it is mute."""
        try:
            content = self.content()
        except ValueError:
            content = None
        return tuple(scrub(word, self.hidden)[:_MOST_CHARACTERS] for word in spoken(content)[:_MOST_WORDS])

    def shape(self) -> str:
        """Status, kind and beginning of the answer, for evidence."""
        kind = self.headers.get("content-type", "no content type").split(";")[0]
        start = beginning(self.body, self.hidden) if self.body else ""
        named = f", request id {self.request_id}" if self.request_id else ""
        return f"HTTP {self.status}, {kind}{named}" + (f": {start}" if start else ", empty body")


def parse(body: bytes) -> Any:
    """JSON with exact decimals. Raises ValueError."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def spoken(content: Any) -> list[str]:
    """The sentences of an error body: each detail's, or else the whole's. Understands what the marketplaces write."""
    if not isinstance(content, Mapping):
        return []
    found = [words for detail in details(content) if (words := _sentence(detail))]
    whole = _sentence(_opened(content))
    return [*([whole] if whole and whole not in found else []), *found]


def details(content: Any) -> list[Any]:
    """The parts of an error body; a single one counts as a list of it."""
    if not isinstance(content, Mapping):
        return []
    opened = _opened(content)
    for key in ("details", "errors"):
        if value := opened.get(key):
            return list(value) if isinstance(value, list) else [value]
    return []


def _opened(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some put all of it into an `error`, as FlexPortal does."""
    inner = content.get("error")
    return inner if isinstance(inner, Mapping) else content


def _sentence(part: Any) -> str:
    if isinstance(part, str):
        return part.strip()
    if not isinstance(part, Mapping):
        return ""
    for key in ("message", "error_description", "detail", "title", "error"):
        if isinstance(value := part.get(key), str) and value.strip():
            return value.strip()
    return ""


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """A `Retry-After`, between nothing and a day; None where there is none or it can't be read."""
    if not header:
        return None
    text = header.strip()
    try:
        wait = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        moment = _moment(text)
        if moment is None:
            return None
        wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _moment(date: str) -> datetime | None:
    """Without a zone where it names none; None for what is no date."""
    try:
        return parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return None
