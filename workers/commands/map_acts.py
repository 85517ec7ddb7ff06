"""Reading the product map and changing one row of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from rich.box import SIMPLE_HEAD
from rich.table import Table

from pipeline.domain.map_row import MapRow, faults
from pipeline.operations import mapping
from pipeline.store import counts, product_map, views
from pipeline.store.database import Database
from pipeline.store.product_map import Kept, MapPage, Narrowed, Outcome
from workers.commands.exits import Exit, Refusal
from workers.commands.lights import QUIET
from workers.commands.order_acts import user_name
from workers.commands.output import print_json, print_line, print_page
from workers.commands.reach import opened

if TYPE_CHECKING:
    from workers.bootstrap import Application

_DONE = {Outcome.ADDED: "Added", Outcome.CHANGED: "Changed", Outcome.UNCHANGED: "Nothing to change: it is there"}


def show_list(*, source: str, key: str, marketplace: str, limit: int, cursor: str, as_json: bool) -> None:
    only = Narrowed(source, key, marketplace.lower())
    with opened() as application:
        page = listed(application.database, only, limit, cursor)
    if as_json:
        print_json({"items": [mapping.kept_json(kept) for kept in page.items], "next_cursor": page.next_cursor})
    elif not page.items:
        print_line("No such rows." if source or key or marketplace else "Nothing is mapped yet.")
    else:
        print_page(table(page.items))
        if page.next_cursor:
            print_line(f"More: --cursor {page.next_cursor}")


def put_one(given: Mapping[str, str], provisioning: Sequence[str], *, actor: str | None, as_json: bool) -> None:
    """`given` by column; an empty day is today, an empty marketplace the only one that is configured."""
    answers = _answers(provisioning)
    with opened() as application:
        row = _row(application, given, answers)
        accounts = application.desk.accounts
        done = mapping.put(application.database, row, actor=actor or user_name(), marketplaces=accounts.keys())
    if as_json:
        print_json({**mapping.kept_json(done.kept), "outcome": done.outcome.value})
    else:
        print_line(f"{_DONE[done.outcome]}. {sentence(done.kept.row)}")


def remove_one(beginning: str, *, as_json: bool) -> None:
    with opened() as application:
        gone = removed(application.database, beginning)
    if gone is None:
        raise Refusal(f"There is no row {beginning}. quoteway map list --json shows the ids.", Exit.NOT_FOUND)
    if as_json:
        print_json(mapping.kept_json(gone))
    else:
        print_line(f"Removed. {sentence(gone.row)}")


def listed(database: Database, only: Narrowed, limit: int, cursor: str) -> MapPage:
    with database.transaction() as connection:
        try:
            return product_map.listed(connection, database, only, limit, cursor)
        except views.BadCursor as error:
            raise Refusal(str(error), Exit.USAGE) from error


def removed(database: Database, beginning: str) -> Kept | None:
    """The row whose id begins so, as it was; None where there is none."""
    with database.transaction() as connection:
        found = product_map.named(connection, beginning) if beginning.strip() else ()
        if len(found) > 1:
            raise Refusal(f"Several rows begin with {beginning}: give more of the id.", Exit.USAGE)
        return product_map.remove(connection, database, found[0]) if found else None


def sentence(row: MapRow) -> str:
    terms = ", ".join(word for word in (row.billing_term, row.commitment) if word)
    what = f"{row.product_id} at {row.marketplace}{f' ({terms})' if terms else ''}"
    return f"From {row.valid_from} on, '{row.key}' of {row.source} is {what}."


def table(items: Sequence[Kept]) -> Table:
    shown = Table(box=SIMPLE_HEAD, expand=True, pad_edge=False, collapse_padding=True)
    shown.header_style = shown.border_style = QUIET
    shown.add_column("row", no_wrap=True)
    for name in ("source", "key", "from", "product", "terms"):
        shown.add_column(name, overflow="fold")
    for kept in items:
        row = kept.row
        terms = [word for word in (row.billing_term, row.commitment) if word]
        terms += [f"{name}: {', '.join(values)}" for name, values in row.provisioning.items()]
        product = f"{row.product_id}\n{row.marketplace}"
        shown.add_row(str(kept.id)[:8], row.source, row.key, str(row.valid_from), product, "\n".join(terms))
    return shown


def _row(application: Application, given: Mapping[str, str], answers: Mapping[str, Any]) -> MapRow:
    values: dict[str, Any] = {**given, "provisioning": answers}
    accounts = sorted(application.desk.accounts)
    if not values["marketplace"]:
        if len(accounts) != 1:
            raise Refusal(f"Say which marketplace: --marketplace, one of {', '.join(accounts)}.", Exit.USAGE)
        values["marketplace"] = accounts[0]
    if not values["valid_from"]:
        with application.database.transaction() as connection:
            values["valid_from"] = counts.now(connection).date()
    try:
        return MapRow(**values)
    except ValidationError as wrong:
        raise Refusal("\n".join(f"{fault}." for fault in faults(wrong)), Exit.BAD_INPUT) from wrong


def _answers(given: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for pair in given:
        name, separator, value = pair.partition("=")
        if not separator or not name.strip():
            raise Refusal(f"--provisioning {pair} is no answer: write FIELD=VALUE.", Exit.USAGE)
        found.setdefault(name.strip(), []).append(value)
    return found
