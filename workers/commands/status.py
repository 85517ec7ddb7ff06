"""`quoteway status`: what `quoteway up` runs, told truly from any other process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from workers.commands.exits import Exit
from workers.commands.lights import QUIET
from workers.commands.moments import short_span
from workers.commands.output import print_json, print_line, print_page
from workers.commands.reach import data_folder
from workers.supervision import PartState, Status, read_status

_STYLES = {PartState.READY: "green", PartState.STOPPED: "bright_black", PartState.LEFT_OVER: "red"}


def tell(data_dir: Path | None, *, as_json: bool) -> Exit:
    """OK when all parts are ready; NOT_SO when nothing runs, or something of it isn't ready."""
    folder = data_folder(data_dir)
    found = read_status(folder)
    if as_json:
        print_json(found.model_dump(mode="json"))
    elif not found.running and not any(part.pid for part in found.parts):
        print_line(f"No quoteway up runs on {folder}.")
    else:
        print_page(_table(found, datetime.now(UTC)))
    return Exit.OK if _all_ready(found) else Exit.NOT_SO


def _all_ready(found: Status) -> bool:
    return found.running and all(part.state is PartState.READY for part in found.parts)


def _table(found: Status, now: datetime) -> Table:
    title = f"quoteway up, process {found.pid}" if found.running else "Not running, but something is left over"
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, header_style=QUIET)
    table.collapse_padding = True
    for name in ("part", "state"):
        table.add_column(name, no_wrap=True)
    for name in ("for", "pid", "restarts"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("address", overflow="fold")
    for part in found.parts:
        table.add_row(
            part.name,
            Text(part.state.value, style=_STYLES.get(part.state, "yellow")),
            short_span(now - part.since),
            str(part.pid or ""),
            str(part.restarts or ""),
            part.address or "",
        )
    return table
