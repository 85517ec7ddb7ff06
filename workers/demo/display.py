"""How the demo looks: a row for each order with its eight stages lighting up, and the verdict at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from rich.box import HEAVY_HEAD, ROUNDED
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from workers.commands.lights import QUIET, STYLES, stage_lights
from workers.demo.cases import Case
from workers.demo.verdict import CaseResult, Verdict
from workers.demo.watching import Seen, Watch

WIDEST = 112
_LINE = re.compile(r"^Line \d+ \([^)]*\):? ")


class Shown(Protocol):
    """What has a row in the picture."""

    @property
    def quote_id(self) -> str: ...

    @property
    def title(self) -> str: ...


def state_text(order: Seen) -> Text:
    word = "live" if order.state is OrderState.DONE else order.state.value
    text = Text(word, style=STYLES[order.state])
    return text.append(" (unknown submit)", style="magenta") if order.unknown_submit else text


def progress(cases: Sequence[Shown], watch: Watch, seconds: float, note: str, width: int = WIDEST) -> RenderableType:
    """The picture of this moment, `width` columns wide."""
    table = Table(box=ROUNDED, width=width, border_style=QUIET, header_style="bold", pad_edge=True)
    table.add_column("quote", no_wrap=True)
    table.add_column("what it shows", no_wrap=True)
    table.add_column("1 2 3 4 5 6 7 8", no_wrap=True, width=15)
    table.add_column("state", no_wrap=True, width=9)
    table.add_column("waits for", no_wrap=True, ratio=1, overflow="ellipsis")
    for case in cases:
        table.add_row(*_row(case, watch.order(case.quote_id)))
    head = Text.assemble(("Quoteway demo", "bold"), f"   {note}", (f"   {seconds:4.1f} s", QUIET))
    return Group(head, table, _legend())


def _row(case: Shown, order: Seen | None) -> list[Text]:
    name = Text(case.title, style="white" if order else QUIET)
    if order is None:
        return [Text(case.quote_id), name, stage_lights(None, OrderState.RUNNING), Text("sent", style=QUIET), Text()]
    word = Text("unknown", style="magenta") if order.unknown_submit else state_text(order)
    waiting = "" if order.state in {OrderState.RUNNING, OrderState.DONE} else _LINE.sub("", order.waiting_for)
    return [Text(case.quote_id), name, stage_lights(order.stage, order.state), word, Text(waiting, style=QUIET)]


def _legend() -> Text:
    words = [f"{stage.number} {stage.value.replace('_', ' ')}" for stage in Stage]
    return Text("\n".join(" ".join(f"{word:<21}" for word in row) for row in (words[:4], words[4:])), style=QUIET)


def plain_line(case: Shown, order: Seen, seconds: float) -> str:
    """One change, for output that is no terminal."""
    lights = stage_lights(order.stage, order.state, gap="").plain
    state = state_text(order).plain
    waiting = "" if order.state in {OrderState.RUNNING, OrderState.DONE} else f"  {order.waiting_for}"
    return f"{seconds:5.1f} s  {case.quote_id}  {lights}  {order.stage.value:<21} {state}{waiting}".rstrip()


def verdict(found: Verdict, seconds: float, width: int = WIDEST) -> RenderableType:
    """The table of all cases, as they ended here and at the marketplace, and what it comes to."""
    table = Table(box=HEAVY_HEAD, width=width, border_style=QUIET, header_style="bold")
    table.add_column("quote", no_wrap=True)
    table.add_column("customer", no_wrap=True)
    table.add_column("what it shows", no_wrap=True, ratio=3)
    table.add_column("order", no_wrap=True)
    table.add_column("ended", no_wrap=True)
    table.add_column("bought", no_wrap=True, justify="right")
    table.add_column("", no_wrap=True, width=1)
    for result in found.results:
        table.add_row(*_verdict_row(result))
    return Group(table, *_faults(found), _sum(found, seconds, width))


def _verdict_row(result: CaseResult) -> list[Text]:
    number = len(result.purchases)
    bought = "once" if number == 1 else f"{number} times" if number else "nothing"
    mark = Text("✔", style="bold green") if result.as_expected else Text("✘", style="bold red")
    order = result.order
    return [
        Text(result.case.quote_id),
        Text(result.case.customer.name),
        Text(_shown(result.case)),
        Text(order.ref if order else "none", style=QUIET),
        state_text(order) if order else Text("lost", style="red"),
        Text(bought, style="" if number else QUIET),
        mark,
    ]


def _shown(case: Case) -> str:
    return f"{case.title}, webhook sent twice" if case.copies == 2 else case.title


def _faults(found: Verdict) -> list[Text]:
    of_cases = [f"{one.case.quote_id}: {fault}" for one in found.results for fault in one.faults]
    return [Text(f"✘ {fault}", style="red") for fault in (*of_cases, *found.faults)]


def _sum(found: Verdict, seconds: float, width: int) -> RenderableType:
    numbers = {
        "accepted": found.accepted,
        "ordered": found.ordered,
        "live": found.live,
        "asking": found.asking,
        "doubled": found.doubled,
    }
    text = Text()
    for word, number in numbers.items():
        wrong = word == "doubled" and number
        text.append(f"{word} ", style=QUIET).append(str(number), style="bold red" if wrong else "bold")
        text.append("   ")
    kept = (
        "Every accepted quote became exactly one order, or a question." if found.kept else "The promise was not kept."
    )
    text.append(f"\n{kept}", style="bold green" if found.kept else "bold red")
    text.append(f"  Counted at the marketplace, {seconds:.0f} s.", style=QUIET)
    return Panel(text, width=width, border_style="green" if found.kept else "red", title="verdict", title_align="left")
