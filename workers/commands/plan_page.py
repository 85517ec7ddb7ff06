"""A plan as a page: per order the company, the lines with fresh prices against quoted ones, questions, the dry run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from workers.commands.lights import QUIET
from workers.commands.moments import parsed
from workers.commands.order_page import lines

Json = Mapping[str, Any]
_DRY_RUN_STYLES = {"passed": "green", "refused": "red"}


def would_go_through(plan: Json) -> bool:
    """Whether every order would be bought without a person."""
    return bool(plan["orders"]) and not any(_stops(order) for order in plan["orders"])


def page(plan: Json) -> RenderableType:
    """`plan` as `POST /api/plan` answers it."""
    quote = plan["quote"]
    head = Text.assemble(("Plan for quote ", ""), (quote["number"] or quote["id"], "bold"), f", {plan['customer']}")
    verdict = (
        Text("\nIt would be bought as it is.", style="bold green")
        if would_go_through(plan)
        else Text("\nIt would not be bought before this is settled.", style="bold yellow")
    )
    orders = (part for order in plan["orders"] for part in _order(order))
    return Group(head, *orders, verdict.append("  Nothing was bought or kept by this plan.", style=QUIET))


def _stops(order: Json) -> bool:
    return bool(order["questions"] or order["problems"]) or order["dry_run"] not in {"passed", "not offered"}


def _order(order: Json) -> Iterator[RenderableType]:
    at = parsed(order["requested_at"])
    when = f", on {at:%Y-%m-%d %H:%M %Z}" if at else ", at once"
    yield Text(f"\nOrder at {order['marketplace']}{when}", style="bold")
    yield _facts(order)
    yield lines(order)
    for question in order["questions"]:
        yield _question(question)
    for problem in order["problems"]:
        yield Text.assemble((" ✘ ", "bold red"), problem)


def _facts(order: Json) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style=QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("company", _company(order))
    for write in order["writes"]:
        grid.add_row("would write", f"{write['kind'].replace('_', ' ')}: {write['what']}")
    dry_run = Text(order["dry_run"], style=_DRY_RUN_STYLES.get(order["dry_run"], "yellow"))
    grid.add_row("dry run", dry_run)
    for said in order["said"]:
        grid.add_row("", said)
    for note in order["notes"]:
        grid.add_row("note", note)
    return grid


def _company(order: Json) -> str:
    company = order["company"]
    return f"{company['name']} ({company['id']})" if company else "not known there"


def _question(question: Json) -> Text:
    where = f" (line {question['line']})" if question["line"] else ""
    text = Text.assemble((" ? ", "bold yellow"), f"{question['text']}{where}")
    for value in question["possible_values"]:
        text.append(f"\n   - {value}")
    return text
