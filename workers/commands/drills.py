"""`quoteway drill`: runs drills, shows a table of what was counted, and answers whether all limits were kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from workers import logs
from workers.commands.exits import Exit, Refusal
from workers.commands.output import console, print_json
from workers.drills.catalog import DRILLS, Listed
from workers.drills.house import fresh_folder
from workers.drills.report import Figure, Form, Report, Setting


@dataclass(frozen=True, slots=True)
class Ran:
    drill: Listed
    report: Report
    seconds: float


def run(names: Sequence[str], *, short: bool, seed: int, as_json: bool) -> Exit:
    """Runs the named drills, or all. Raises Refusal for a name that none has."""
    form = Form.SHORT if short else Form.FULL
    # Parts of ours run in this process too, and what they log of the harm would stand in the middle of the report.
    logs.silence()
    to = Console(stderr=True) if as_json else console()
    ran = [_one(drill, form, seed, to) for drill in _chosen(names)]
    if as_json:
        print_json({"seed": seed, "form": form.value, "drills": [_as_json(one) for one in ran]})
    else:
        _show(to, ran, form, seed)
    return Exit.OK if all(one.report.kept for one in ran) else Exit.NOT_SO


def list_drills() -> None:
    """The drills by name."""
    for drill in DRILLS:
        console().print(f"{drill.name:9} {drill.title}", markup=False)


def _chosen(names: Sequence[str]) -> Sequence[Listed]:
    known = {drill.name: drill for drill in DRILLS}
    for name in names:
        if name not in known:
            raise Refusal(f"There is no drill {name}; there are: {', '.join(known)}.", Exit.USAGE)
    return [known[name] for name in dict.fromkeys(names)] or DRILLS


def _one(drill: Listed, form: Form, seed: int, to: Console) -> Ran:
    began = time.monotonic()

    def tell(line: str) -> None:
        to.print(f"{time.monotonic() - began:6.1f} s  {drill.name}: {line}", soft_wrap=True, markup=False)

    tell(drill.title)
    with fresh_folder() as folder:
        report = drill.load()(Setting(form, seed, folder, tell))
    seconds = time.monotonic() - began
    tell("all limits kept" if report.kept else "NOT KEPT: " + "; ".join(report.broken()))
    for line in report.evidence if not report.kept else ():
        to.print(f"{drill.name}: {line}", soft_wrap=True, markup=False)
    return Ran(drill, report, seconds)


def _show(to: Console, ran: Sequence[Ran], form: Form, seed: int) -> None:
    table = Table("drill", "what was counted", "", "limit", "", title=f"seed {seed}, {form}", title_justify="left")
    table.columns[2].justify = "right"
    for one in ran:
        table.add_section()
        table.add_row(one.drill.name, one.drill.title, f"{one.seconds:.0f} s", "", "")
        for figure in one.report.figures:
            table.add_row("", _named(figure), _value(figure), figure.limit, _verdict(figure))
    to.print(table)


def _named(figure: Figure) -> str:
    return figure.name if figure.kept or not figure.note else f"{figure.name} ({figure.note})"


def _value(figure: Figure) -> str:
    number = f"{figure.value:,}" if isinstance(figure.value, int) else f"{figure.value:,.2f}"
    return f"{number} {figure.unit}".rstrip()


def _verdict(figure: Figure) -> str:
    if not figure.limit:
        return ""
    return "kept" if figure.kept else "BROKEN"


def _as_json(one: Ran) -> dict[str, Any]:
    head = {"name": one.drill.name, "title": one.drill.title, "seconds": round(one.seconds, 1)}
    return {**head, **one.report.as_json()}
