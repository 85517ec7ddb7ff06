"""The questions of an order: what is asked, of whom, and the very command that settles each."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from workers.commands.lights import QUIET
from workers.commands.moments import moment, parsed
from workers.commands.order_questions import open_questions

Json = Mapping[str, Any]
Block = tuple[Text, Text]
_OF_ONE_QUESTION = ("answer", "approve")
_SHORT = 96


def questions(order: Json, now: datetime) -> Iterator[RenderableType]:
    """Open ones with how to settle each, what settles the order as it is, then answered ones in a line each."""
    waiting = open_questions(order)
    answered = [question for question in order["questions"] if question["answered_by"] is not None]
    if not waiting and not answered:
        return
    yield Text("\nQuestions", style="bold")
    blocks = [_block(order, question, now) for question in waiting]
    if others := _of_the_order(order["ref"], waiting):
        blocks.append((Text(""), _instead(others, waiting)))
    yield _grid([*blocks, *(_answered(question) for question in answered)])


def _grid(blocks: Sequence[Block]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, width=2, justify="right")
    table.add_column(overflow="fold")
    for mark, text in blocks:
        table.add_row(mark, text)
    return table


def _answered(question: Json) -> Block:
    who = Text(f"{question['answered_by']}: ").append(shorten(question["text"], _SHORT, placeholder=" …"), style=QUIET)
    return Text("✔", style="green"), who


def _block(order: Json, question: Json, now: datetime) -> Block:
    text = Text(question["text"])
    due = parsed(question["due_at"])
    text.append(f"\n{question['owner']}" + (f", by {moment(due, now)}" if due else ""), style=QUIET)
    for value in question["possible_values"]:
        text.append(f"\n- {value}")
    name = short_name(question, open_questions(order))
    for act in _OF_ONE_QUESTION:
        if act in question["acts"]:
            text.append(f"\n{_command(act, order['ref'], question, name)}", style="cyan")
    return Text("?", style="bold yellow"), text


def short_name(question: Json, among: Sequence[Json]) -> str:
    """What the command line takes it by: the end of its key where no other has that, else the beginning of its id."""
    last = str(question["key"]).rpartition(":")[2]
    alone = sum(str(other["key"]).rpartition(":")[2] == last for other in among) == 1
    return last if alone and last.isidentifier() else str(question["id"])[:8]


def _instead(commands: Sequence[str], waiting: Sequence[Json]) -> Text:
    settled_singly = any(act in question["acts"] for question in waiting for act in _OF_ONE_QUESTION)
    head = "or, for the order as a whole:\n" if settled_singly else ""
    return Text(head, style=QUIET).append("\n".join(commands), style="cyan")


def _of_the_order(ref: str, waiting: Sequence[Json]) -> list[str]:
    """What settles an order whatever it asks, once each."""
    acts = dict.fromkeys(act for question in waiting for act in question["acts"] if act not in _OF_ONE_QUESTION)
    return [command for act in acts if (command := _command(act, ref, {}, ""))]


def _command(act: str, ref: str, question: Json, name: str) -> str:
    match act:
        case "answer":
            given = question["possible_values"]
            return f"quoteway order answer {ref} {name}={shlex.quote(given[0]) if len(given) == 1 else 'VALUE'}"
        case "approve":
            return f"quoteway order approve {ref} {name} --reason WHY"
        case "adopt":
            return f"quoteway order adopt {ref} MARKETPLACE_ORDER_ID --reason WHY"
        case "resend":
            return f"quoteway order resend {ref} --reason WHY"
        case "retry":
            return f"quoteway order retry {ref}"
        case "reschedule":
            return f"quoteway order reschedule {ref} DATE --reason WHY"
        case "cancel":
            return f"quoteway order cancel {ref} --reason WHY"
        case _:
            return ""
