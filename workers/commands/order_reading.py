"""Reading orders from the database, for lists and the page of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from pipeline.domain.errors import UnknownOrder
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.store import counts, orders, views
from pipeline.store.database import Database
from workers.commands.exits import Exit, Refusal
from workers.commands.lights import QUIET, stage_lights, state_word
from workers.commands.moments import parsed, short_span
from workers.commands.order_page import page
from workers.commands.output import print_json, print_line, print_page
from workers.commands.reach import opened

Json = Mapping[str, Any]


def find(database: Database, ref: str, *, with_exchanges: bool = False) -> dict[str, Any]:
    """The order of this reference, capitals or not, as the API shows it. Raises UnknownOrder."""
    with database.transaction() as connection:
        order_id = orders.find(connection, ref.strip().upper())
        if order_id is None:
            raise UnknownOrder(f"There is no order {ref}. quoteway order list shows those there are.")
        return views.order_view(connection, database, order_id, with_exchanges=with_exchanges)


def show_one(ref: str, *, verbose: bool, as_json: bool) -> None:
    with opened() as application:
        order = find(application.database, ref, with_exchanges=verbose)
        now = _now(application.database)
    if as_json:
        print_json(order)
    else:
        print_page(page(order, now, exchanges=verbose))


def list_all(filters: Mapping[str, str], *, limit: int, cursor: str | None, as_json: bool) -> None:
    """`filters` by the names of `views.Filters`."""
    _check_state(filters.get("state", ""))
    with opened() as application:
        database = application.database
        try:
            with database.transaction() as connection:
                found = views.order_list(connection, database, views.Filters(**filters), limit, cursor)
        except views.BadCursor as error:
            raise Refusal(str(error), Exit.USAGE) from error
        now = _now(database)
    if as_json:
        print_json({"items": list(found.items), "next_cursor": found.next_cursor})
    elif not found.items:
        print_line("No such orders." if any(filters.values()) else "No orders yet.")
    else:
        print_page(table(found.items, now))
        if found.next_cursor:
            print_line(f"More: --cursor {found.next_cursor}")


def table(items: Sequence[Json], now: datetime) -> Table:
    """Orders in rows, as `GET /api/orders` gives them."""
    shown = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False, collapse_padding=True)
    shown.header_style = shown.border_style = QUIET
    for name in ("order", "state", "stages"):
        shown.add_column(name, no_wrap=True)
    shown.add_column("for", no_wrap=True, justify="right")
    shown.add_column("quote and what it waits for", no_wrap=True, overflow="ellipsis", ratio=1)
    for item in items:
        shown.add_row(*_row(item, now))
    return shown


def _row(item: Json, now: datetime) -> list[Text]:
    state = OrderState(item["state"])
    since = parsed(item["waiting_since"] or item["updated_at"])
    quote = item["quote_number"] or item["quote_id"]
    waiting = "" if state in {OrderState.RUNNING, OrderState.DONE} else item["waiting_for"] or ""
    return [
        Text(item["ref"], style="bold"),
        state_word(state).append("\nunknown" if item["unknown_submit"] else "", style="magenta"),
        stage_lights(Stage(item["stage"]), state, gap=""),
        Text(short_span(now - since) if since else "", style=QUIET),
        Text(", ".join(word for word in (quote, item["company"]) if word)).append(
            f"\n{waiting}" if waiting else "", style=QUIET
        ),
    ]


def _check_state(state: str) -> None:
    if state and state not in set(OrderState):
        raise Refusal(f"There is no state {state}: it is one of {', '.join(OrderState)}.", Exit.USAGE)


def _now(database: Database) -> datetime:
    with database.transaction() as connection:
        return counts.now(connection)
