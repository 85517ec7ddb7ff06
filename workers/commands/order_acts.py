"""Carrying an act out: read the order, ask on a terminal where it cannot be undone, act, show what it is now."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import typer

from pipeline.domain.state import OrderState
from pipeline.operations.desk import Desk
from workers.commands.order_reading import find
from workers.commands.output import print_json, print_line
from workers.commands.reach import opened

Json = dict[str, Any]
_WAITING = {OrderState.WAITING, OrderState.ASKING, OrderState.SCHEDULED}
__all__ = ["Deed", "Desk", "Json", "act", "user_name"]


@dataclass(frozen=True, slots=True)
class Deed:
    """
    `does` gets the desk, the order as it stands, who acts, and the version acted on; gives the order afterwards. `done`
    says it of that order, or always the same. `tells` shows what would be done, whether anybody is asked or not.
    """

    done: str | Callable[[Json], str]
    does: Callable[[Desk, Json, str, int], Json]
    asks: Callable[[Json], str] | None = None
    tells: Callable[[Desk, Json], None] | None = None


def act(ref: str, deed: Deed, *, version: int | None, actor: str | None, as_json: bool, yes: bool = False) -> None:
    """Raises what the operation raises; nothing has changed then."""
    with opened() as application:
        desk = application.desk
        order = find(desk.database, ref)
        if deed.tells is not None and not as_json:
            deed.tells(desk, order)
        if deed.asks is not None and not (yes or as_json) and sys.stdin.isatty():
            typer.confirm(deed.asks(order), abort=True)
        after = deed.does(desk, order, actor or user_name(), order["version"] if version is None else version)
    if as_json:
        print_json(after)
    else:
        done = deed.done if isinstance(deed.done, str) else deed.done(after)
        print_line(told(done, order, after))


def told(done: str, before: Json, after: Json) -> str:
    """What was done, or only noted while a purchase is under way, and where the order stands now."""
    wish = after["pending_act"]
    kept = wish is not None and wish != before["pending_act"]
    state, stage = str(after["state"]).replace("_", " "), str(after["stage"]).replace("_", " ")
    waits = f" It waits for: {after['waiting_for']}" if after["waiting_for"] and after["state"] in _WAITING else ""
    pending = f" To {wish['act']} it waits until it is known what became of what is under way there." if wish else ""
    lead = "Noted" if kept else done
    return f"{lead}. {after['ref']} is {state} at {stage}, version {after['version']}.{waits}{pending}"


def user_name() -> str:
    """Of whoever runs this process, for the journal."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
