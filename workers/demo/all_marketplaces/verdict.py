"""What the demo of all marketplaces comes to: the quote while one part asked, at the end, and what was bought where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType
from rich.panel import Panel
from rich.text import Text

from pipeline.domain.state import OrderState
from workers.commands.lights import QUIET
from workers.demo.all_marketplaces.stage import ASKING, PARTS
from workers.demo.display import WIDEST

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`bought` counts orders by marketplace, `faults` are sentences."""

    between: Json
    at_the_end: Json
    bought: Mapping[str, int]
    faults: tuple[str, ...]

    @property
    def kept(self) -> bool:
        return not self.faults

    def summary(self) -> dict[str, Any]:
        return {
            "kept": self.kept,
            "between": dict(self.between),
            "at_the_end": dict(self.at_the_end),
            "bought": dict(self.bought),
            "faults": list(self.faults),
        }


def judge(between: Json, at_the_end: Json, bought: Mapping[str, int]) -> Verdict:
    faults = [
        *_states(between, {part.quote_id: "asking" if part.quote_id == ASKING else "done" for part in PARTS}),
        *_states(at_the_end, {part.quote_id: "done" for part in PARTS}),
        *(f"{name}: bought {number} times, not once." for name, number in bought.items() if number != 1),
    ]
    if between and between["state"] != OrderState.ASKING:
        faults.append(f"While one part asked the whole quote was {between['state']}, not asking.")
    return Verdict(between, at_the_end, bought, tuple(faults))


def _states(quote: Json, wanted: Mapping[str, str]) -> list[str]:
    found: dict[str, list[str]] = {}
    for part in quote.get("orders", ()):
        found.setdefault(part["marketplace"], []).append(part["state"])
    return [
        f"{name}: its orders are {', '.join(found.get(name, [])) or 'missing'}, not one that is {state}."
        for name, state in wanted.items()
        if found.get(name) != [state]
    ]


def page(found: Verdict, seconds: float, width: int = WIDEST) -> RenderableType:
    text = Text()
    for name, number in found.bought.items():
        text.append(f"{name} ", style=QUIET).append(f"{number}   ", style="bold" if number == 1 else "bold red")
    for fault in found.faults:
        text.append(f"\n✘ {fault}", style="red")
    kept = "One quote, one order at each marketplace; the part that asked held nothing up."
    colour = "green" if found.kept else "red"
    text.append(f"\n{kept if found.kept else 'The promise was not kept.'}", style=f"bold {colour}")
    text.append(f"  Counted at the marketplaces, {seconds:.0f} s.", style=QUIET)
    return Panel(text, width=width, border_style=colour, title="bought", title_align="left")
