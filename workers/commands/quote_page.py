"""`quoteway quote show`: one quote as a whole, with a line for each order that it has made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pipeline.domain.state import OrderState
from pipeline.store import quote_views
from workers.commands.exits import Exit, Refusal
from workers.commands.lights import QUIET, state_word
from workers.commands.output import print_json, print_page
from workers.commands.reach import opened

Json = Mapping[str, Any]


def show(quote: str, *, as_json: bool) -> Exit:
    """Every quote of this id or number. Raises Refusal where there is none."""
    with opened() as application, application.database.transaction() as connection:
        found = quote_views.quotes_called(connection, application.database, quote)
    if not found:
        raise Refusal(f"There is no quote with the id or number {quote}.", Exit.NOT_FOUND)
    if as_json:
        print_json({"items": found})
    else:
        for one in found:
            print_page(page(one))
    return Exit.OK


def page(quote: Json) -> RenderableType:
    """`quote` as `GET /api/quotes` answers it."""
    name = quote["number"] or quote["quote_id"]
    revision = f" revision {quote['revision']}" if quote["revision"] else ""
    title = Text.assemble((f"{name}{revision}", "bold"), "  ", state_word(OrderState(quote["state"])), "\n")
    title.append(f"{quote['lines_live']} of {quote['lines']} lines are live, from {quote['system']}", style=QUIET)
    return Group(title, _orders(quote["orders"])) if quote["orders"] else title


def _orders(parts: list[Json]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("order", "marketplace", "state", "lines live", "how it stands"):
        table.add_column(name)
    for part in parts:
        table.add_row(
            part["ref"],
            part["marketplace"],
            state_word(OrderState(part["state"]), part["unknown_submit"]),
            f"{part['lines_live']} of {part['lines']}",
            part["waiting_for"] or "",
        )
    return table
