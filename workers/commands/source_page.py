"""The source connections as a page: one row each, and below what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from events.standing import Standing
from events.trying import Tried
from workers.commands.lights import QUIET
from workers.commands.moments import short_span

POLLED = "polled"


@dataclass(frozen=True, slots=True)
class Row:
    """`door` is the address to send to; empty of a tool that is only polled, and of what is no longer configured."""

    standing: Standing
    door: str

    def json(self) -> dict[str, Any]:
        """As the health of the API has it, and the door."""
        told = {"door": self.door or None, "configured": self.standing.configured, **asdict(self.standing)}
        moments = {name: value.isoformat() for name, value in told.items() if isinstance(value, datetime)}
        return {**told, **moments, "problems": list(self.standing.problems)}


def page(rows: Sequence[Row], now: datetime) -> RenderableType:
    problems = [
        Text.assemble(("✘ ", "bold red"), (row.standing.name, "bold"), f": {problem}")
        for row in rows
        for problem in row.standing.problems
    ]
    return Group(_table(rows, now), *problems)


def tried_page(tried: Sequence[Tried]) -> RenderableType:
    marks = {True: ("✔ ", "bold green"), False: ("✘ ", "bold red")}
    return Group(*(Text.assemble(marks[one.ok], one.sentence) for one in tried))


def _table(rows: Sequence[Row], now: datetime) -> Table:
    table = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False, collapse_padding=True)
    table.header_style = table.border_style = QUIET
    table.add_column("source", overflow="fold")
    for name in ("last event", "last poll", "next poll"):
        table.add_column(name, no_wrap=True)
    table.add_column("refused", justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for row in rows:
        one = row.standing
        table.add_row(
            _who(row),
            _ago(one.last_event_at, now),
            _ago(one.last_poll_at, now),
            _soon(one.next_poll_at, now),
            str(one.refused or ""),
            _state(one),
        )
    return table


def _who(row: Row) -> Text:
    """The name, what it is, and where it sends to: in one column, so that an address is rarely broken."""
    one = row.standing
    if one.kind is None:
        return Text(one.name, style="bold")
    return Text.assemble((one.name, "bold"), f" {one.kind.value}\n", (row.door or POLLED, QUIET))


def _state(one: Standing) -> Text:
    """The worst first. A poll that failed and may go better by itself is no problem yet."""
    if not one.configured:
        return Text("not configured", style=QUIET)
    if one.deactivated:
        return Text("switched off", style="red")
    if one.problems:
        return Text("problems", style="red")
    if one.poll_failures:
        return Text(f"poll failed ({one.poll_failures})", style="yellow")
    return Text("ok", style="green")


def _ago(at: datetime | None, now: datetime) -> str:
    return "" if at is None else f"{short_span(now - at)} ago"


def _soon(at: datetime | None, now: datetime) -> str:
    return "" if at is None else "now" if at <= now else f"in {short_span(at - now)}"
