"""What `quoteway marketplace ...` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from pipeline.marketplaces import factory, marketplaces
from pipeline.operations.checking import Finding, Verdict
from pipeline.operations.checking import check as checked
from pipeline.ports import Account
from workers.commands.exits import Exit, Refusal
from workers.commands.output import print_json, print_page
from workers.commands.reach import opened

if TYPE_CHECKING:
    from workers.bootstrap import Application

_MARKS = {Verdict.RIGHT: ("✓", "green"), Verdict.WRONG: ("✗", "red"), Verdict.UNKNOWN: ("?", "yellow")}


def show_list(*, as_json: bool) -> None:
    with opened() as application:
        found = [_listed(application, name) for name in marketplaces()]
    if as_json:
        print_json({"items": found})
        return
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("marketplace", "account", "address", "billed in", "calls a minute"):
        table.add_column(column)
    for one in found:
        has = Text("yes", style="green") if one["configured"] else Text("none", style="bright_black")
        calls = str(one["calls_per_minute"]) if one["configured"] else ""
        table.add_row(one["name"], has, one["address"], one["currency"] if one["configured"] else "", calls)
    print_page(table)


def check(name: str | None, *, as_json: bool) -> Exit:
    """OK where nothing is wrong. Raises Refusal where no account of that name, or none at all, is configured."""
    with opened() as application:
        accounts = _chosen(application, name)
        found = {each: checked(account) for each, account in accounts.items()}
    if as_json:
        items = [{"name": each, "findings": [asdict(one) for one in findings]} for each, findings in found.items()]
        print_json({"items": items})
    else:
        print_page(Group(*(_page(accounts[each].title, findings) for each, findings in found.items())))
    wrong = any(one.verdict is Verdict.WRONG for findings in found.values() for one in findings)
    return Exit.NOT_SO if wrong else Exit.OK


def _chosen(application: Application, name: str | None) -> Mapping[str, Account]:
    accounts = application.accounts
    if name is None and accounts:
        return accounts
    if name is None:
        raise Refusal("No account at a marketplace is configured.", Exit.NOT_FOUND)
    if name.lower() not in accounts:
        known = f"Configured are {', '.join(accounts)}." if accounts else "None is configured."
        raise Refusal(f"No account at {name} is configured. {known}", Exit.NOT_FOUND)
    return {name.lower(): accounts[name.lower()]}


def _listed(application: Application, name: str) -> dict[str, Any]:
    account = application.settings.marketplaces.get(name)
    return {
        "name": name,
        "configured": name in application.accounts,
        "address": account.address(name) if account is not None else factory(name).address,
        "currency": account.currency if account is not None else None,
        "calls_per_minute": account.calls(name) if account is not None else None,
    }


def _page(title: str, findings: tuple[Finding, ...]) -> Group:
    table = Table.grid(padding=(0, 2))
    for one in findings:
        mark, style = _MARKS[one.verdict]
        table.add_row(Text(mark, style=style), one.what, one.sentence)
    return Group(Text(title, style="bold"), table, Text())
