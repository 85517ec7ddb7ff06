"""The timeline of an order: each attempt of each stage and each act, with the redacted exchanges where wanted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workers.commands.lights import QUIET
from workers.commands.moments import parsed, took

Json = Mapping[str, Any]
_STYLES = {"advance": "green", "ask": "yellow", "asked": "yellow", "reject": "red", "failed": "red", "wait": "blue"}


def timeline(order: Json, now: datetime, *, exchanges: bool = False) -> RenderableType:
    """Oldest first. Equal neighbours without exchanges, as polls are, stand in one row that counts them."""
    table = Table.grid(padding=(0, 2))
    for style in (QUIET, "", ""):
        table.add_column(style=style, no_wrap=True)
    table.add_column(justify="right", style=QUIET, no_wrap=True)
    table.add_column(overflow="fold")
    for _, run in groupby(order["timeline"], key=_sameness):
        entries = list(run)
        table.add_row(*_row(entries[-1], len(entries), now))
        for entry in entries if exchanges else ():
            for exchange in entry.get("exchanges", ()):
                table.add_row("", "", "", "", _exchange(exchange))
    omitted = order.get("timeline_omitted", 0)
    return Group(Text(f"{omitted} earlier entries are not shown", style=QUIET), table) if omitted else table


def _sameness(entry: Json) -> tuple[Any, ...]:
    return entry["kind"], entry["stage"], entry["outcome"], entry["code"], entry["actor"], tuple(entry["notes"])


def _row(entry: Json, times: int, now: datetime) -> list[Text]:
    at = parsed(entry["at"])
    said = " ".join(entry["notes"]) or str(entry["code"])
    who = f" by {entry['actor']}" if entry["actor"] and entry["actor"] not in said else ""
    count = f" x{times}" if times > 1 else ""
    return [
        Text(_time(at, now)),
        Text(str(entry["stage"])),
        Text(f"{entry['outcome']}{count}", style=_STYLES.get(str(entry["outcome"]), "")),
        Text(took(entry["milliseconds"]) if entry["milliseconds"] else ""),
        Text(f"{said}{who}"),
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
