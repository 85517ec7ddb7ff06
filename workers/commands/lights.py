"""How a state and the eight stages look, wherever an order is shown."""

from __future__ import annotations

from rich.text import Text

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState

STYLES = {
    OrderState.RUNNING: "cyan",
    OrderState.WAITING: "blue",
    OrderState.SCHEDULED: "blue",
    OrderState.ASKING: "yellow",
    OrderState.DONE: "green",
    OrderState.PARTLY_DONE: "magenta",
    OrderState.FAILED: "red",
    OrderState.CANCELLED: "red",
}
QUIET = "bright_black"
PASSED, HERE, AHEAD = "●", "◉", "·"


def state_word(state: OrderState, unknown_submit: bool = False) -> Text:
    """The state in its colour, `asking`; with what is not known of the purchase: `waiting, purchase unknown`."""
    text = Text(state.value.replace("_", " "), style=STYLES[state])
    return text.append(", purchase unknown", style="magenta") if unknown_submit else text


def stage_lights(stage: Stage | None, state: OrderState, gap: str = " ") -> Text:
    """Eight marks: passed, here, ahead. Stage None: not begun."""
    passed = 0 if stage is None else 8 if state is OrderState.DONE else stage.number - 1
    return Text(gap).join(_light(one, passed, one is stage, state) for one in Stage)


def _light(one: Stage, passed: int, here: bool, state: OrderState) -> Text:
    if one.number <= passed:
        return Text(PASSED, style="green")
    return Text(HERE, style=f"bold {STYLES[state]}") if here else Text(AHEAD, style=QUIET)
