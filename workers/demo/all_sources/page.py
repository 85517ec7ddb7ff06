"""The end of the demo of all sources: a row for each source, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.box import HEAVY_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from workers.commands.lights import QUIET
from workers.demo.all_sources.verdict import SourceResult, Verdict
from workers.demo.display import WIDEST, state_text

_COUNTS = ("accepted", "joined", "ordered", "live", "doubled", "noted")


def page(found: Verdict, seconds: float, width: int = WIDEST) -> RenderableType:
    table = Table(box=HEAVY_HEAD, width=width, border_style=QUIET, header_style="bold")
    table.add_column("source", no_wrap=True)
    table.add_column("how", no_wrap=True)
    table.add_column("quote", no_wrap=True)
    table.add_column("order", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("note at the PSA", no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column("", no_wrap=True, width=1)
    for result in found.results:
        table.add_row(*_row(result))
    faults = [Text(f"✘ {one.play.title}: {fault}", style="red") for one in found.results for fault in one.faults]
    return Group(table, *faults, _sum(found, seconds, width))


def _row(result: SourceResult) -> list[Text]:
    order = result.order
    return [
        Text(result.play.title),
        Text(result.how),
        Text(result.play.quote),
        Text(order.ref if order else "none", style=QUIET),
        state_text(order) if order else Text("lost", style="red"),
        Text(result.note, style="" if result.play.wanted.ticket else QUIET),
        Text("✘", style="bold red") if result.faults else Text("✔", style="bold green"),
    ]


def _sum(found: Verdict, seconds: float, width: int) -> RenderableType:
    text = Text()
    for word, number in _counts(found).items():
        wrong = word == "doubled" and number
        text.append(f"{word} ", style=QUIET).append(str(number), style="bold red" if wrong else "bold")
        text.append("   ")
    kept = "Each source's acceptance is live, and nothing was bought twice."
    text.append(f"\n{kept if found.kept else 'The promise was not kept.'}", style=f"bold {_colour(found)}")
    text.append(f"  Counted at Pax8 and the PSAs, {seconds:.0f} s.", style=QUIET)
    return Panel(text, width=width, border_style=_colour(found), title="verdict", title_align="left")


def summary(found: Verdict) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "kept": found.kept,
        **_counts(found),
        "sources": [
            {
                "source": result.play.name,
                "how": result.how,
                "quote": result.play.quote,
                "order": asdict(result.order) if result.order else None,
                "note": result.note,
                "faults": list(result.faults),
            }
            for result in found.results
        ],
    }


def _counts(found: Verdict) -> Mapping[str, int]:
    return {name: getattr(found, name) for name in _COUNTS}


def _colour(found: Verdict) -> str:
    return "green" if found.kept else "red"
