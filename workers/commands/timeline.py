"""The timeline of an order: each attempt of each stage and each act, with the redacted exchanges where wanted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from workers.commands.lights import QUIET
from workers.commands.moments import parsed, took

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


def timeline(order: Json, now: datetime, *, exchanges: bool = False) -> RenderableType:
    """Oldest first. Equal neighbours without exchanges, as polls are, stand in one row that counts them."""
    omitted = order.get("timeline_omitted", 0)
    parts: list[RenderableType] = [Text(f"{omitted} earlier entries are not shown", style=QUIET)] if omitted else []
    table = _grid()
    for _, run in groupby(order["timeline"], key=_sameness):
        entries = list(run)
        table.add_row(*_row(entries[-1], len(entries), now))
        told = [_exchange(one) for entry in entries for one in entry.get("exchanges", ()) if exchanges]
        if told:
            parts += [table, *(Padding(exchange, (0, 0, 0, 4)) for exchange in told)]
            table = _grid()
    return Group(*parts, table)


def _grid() -> Table:
    """Columns of fixed widths: between two of these grids there may be exchanges."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style=QUIET, no_wrap=True, width=14)
    table.add_column(no_wrap=True, width=20)
    table.add_column(no_wrap=True, width=9)
    table.add_column(justify="right", style=QUIET, no_wrap=True, width=6)
    table.add_column(overflow="fold")
    return table


def _sameness(entry: Json) -> tuple[Any, ...]:
    return entry["kind"], entry["stage"], entry["outcome"], entry["code"], entry["actor"], said(entry)


def said(entry: Json) -> str:
    """Its sentences, but for when the next step comes: that is past, or stands above."""
    return _NEXT_STEP.sub("", " ".join(entry["notes"]))


def _row(entry: Json, times: int, now: datetime) -> list[Text]:
    at = parsed(entry["at"])
    words = said(entry) or str(entry["code"])
    if entry["outcome"] == "asks" and len(entry["notes"]) > 1:
        words = f"{len(entry['notes'])} questions, above."
    who = f" by {entry['actor']}" if entry["actor"] and entry["actor"] not in words else ""
    count = f" x{times}" if times > 1 else ""
    return [
        Text(_time(at, now)),
        Text(str(entry["stage"])),
        Text(f"{entry['outcome'].replace('_', ' ')}{count}", style=_STYLES.get(str(entry["outcome"]), "")),
        Text(took(entry["milliseconds"]) if entry["milliseconds"] else ""),
        Text(f"{words}{who}"),
    ]


def _time(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}" if at.date() == now.date() else f"{at:%m-%d %H:%M:%S}"


def _exchange(exchange: Json) -> Text:
    answer = exchange["status"] if exchange["status"] is not None else exchange["error"]
    ok = isinstance(exchange["status"], int) and exchange["status"] < 400
    text = Text.assemble((f"{exchange['method']} ", "bold"), f"{exchange['path']} ")
    text.append(f"{answer}", style="green" if ok else "red").append(f" {took(exchange['milliseconds'])}", style=QUIET)
    for arrow, body in (("→", exchange["sent"]), ("←", exchange["received"])):
        if body:
            text.append(f"\n{arrow} {body}", style=QUIET)
    if exchange["request_id"]:
        text.append(f"\nrequest id {exchange['request_id']}", style=QUIET)
    return text
