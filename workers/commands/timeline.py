"""The timeline of an order: each attempt of each stage and each act, with the redacted exchanges where wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from textwrap import shorten
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workers.commands.lights import QUIET
from workers.commands.moments import parsed, took
from workers.commands.order_questions import open_questions

Json = Mapping[str, Any]
_STYLES = {
    "accepted": "green",
    "advanced": "green",
    "finished": "green",
    "asks": "yellow",
    "went_back": "yellow",
    "waits": "blue",
    "retries": "magenta",
    "rejected": "red",
    "bug": "red",
}
_NEXT_STEP = re.compile(r" Next step at \S+ \S+ UTC\.$")
_SHORT = 96
_WIDE = 100
"""From this many columns on, an entry's words stand beside it; below, they have lines of their own under it."""


def timeline(order: Json, now: datetime, *, exchanges: bool = False) -> RenderableType:
    """Oldest first. Equal neighbours without exchanges, as polls are, stand in one row that counts them."""
    return Group(*_parts(order, now, exchanges))


def _parts(order: Json, now: datetime, exchanges: bool) -> Iterator[RenderableType]:
    if omitted := order.get("timeline_omitted", 0):
        yield Text(f"{omitted} earlier entries are not shown", style=QUIET)
    asked = {question["text"] for question in open_questions(order)}
    for _, run in groupby(order["timeline"], key=_sameness):
        entries = list(run)
        yield _row(entries[-1], len(entries), now, asked)
        if exchanges:
            yield from (_exchange(one) for entry in entries for one in entry.get("exchanges", ()))


@dataclass(frozen=True, slots=True)
class _Row:
    """`head` is when, where, what came of it and how long it took; `words` is the rest."""

    head: tuple[Text, Text, Text, Text]
    words: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        beside = options.max_width >= _WIDE
        grid = Table.grid(padding=(0, 2), collapse_padding=True)
        grid.add_column(style=QUIET, no_wrap=True, width=14)
        grid.add_column(no_wrap=True, width=20)
        grid.add_column(width=12)
        grid.add_column(justify="right", style=QUIET, no_wrap=True, width=6)
        grid.add_column(overflow="fold")
        grid.add_row(*self.head, self.words if beside else Text())
        yield grid
        if self.words and not beside:
            yield Padding(self.words, (0, 0, 0, 4))


def _sameness(entry: Json) -> tuple[Any, ...]:
    return entry["kind"], entry["stage"], entry["outcome"], entry["code"], entry["actor"], said(entry)


def said(entry: Json) -> str:
    """Its sentences, but for when the next step comes: that is past, or stands above."""
    return _NEXT_STEP.sub("", " ".join(entry["notes"]))


def _row(entry: Json, times: int, now: datetime, asked: set[str]) -> _Row:
    at = parsed(entry["at"])
    count = f" x{times}" if times > 1 else ""
    who = f" by {entry['actor']}" if entry["actor"] and entry["actor"] not in said(entry) else ""
    head = (
        Text(_time(at, now)),
        Text(str(entry["stage"])),
        Text(f"{entry['outcome'].replace('_', ' ')}{count}", style=_STYLES.get(str(entry["outcome"]), "")),
        Text(took(entry["milliseconds"]) if entry["milliseconds"] else ""),
    )
    return _Row(head, Text(f"{_words(entry, asked)}{who}"))


def _words(entry: Json, asked: set[str]) -> str:
    """What is asked stands above in full, and is not repeated while it is; what was, in short."""
    if entry["outcome"] == "asks" and len(entry["notes"]) > 1:
        return f"{len(entry['notes'])} questions, above."
    words = said(entry) or str(entry["code"])
    if entry["outcome"] == "answered":
        return shorten(words, _SHORT, placeholder=" …")
    return "The question above." if entry["outcome"] == "asks" and words in asked else words


def _time(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}" if at.date() == now.date() else f"{at:%m-%d %H:%M:%S}"


def _exchange(exchange: Json) -> RenderableType:
    answer = exchange["status"] if exchange["status"] is not None else exchange["error"]
    ok = isinstance(exchange["status"], int) and exchange["status"] < 400
    head = Text.assemble((f"{exchange['method']} ", "bold"), f"{exchange['path']} ")
    head.append(f"{answer}", style="green" if ok else "red").append(f" {took(exchange['milliseconds'])}", style=QUIET)
    bodies = Table.grid(padding=(0, 1), collapse_padding=True)
    bodies.add_column(style=QUIET, width=1)
    bodies.add_column(style=QUIET, overflow="fold")
    for arrow, body in (("→", exchange["sent"]), ("←", exchange["received"])):
        if body:
            bodies.add_row(arrow, Text(str(body)))
    if exchange["request_id"]:
        bodies.add_row("", Text(f"request id {exchange['request_id']}"))
    return Padding(Group(head, bodies), (0, 0, 0, 4))
