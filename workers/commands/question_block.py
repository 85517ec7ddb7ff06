"""The questions of an order: what is asked, of whom, and the very command that settles each."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from workers.commands.lights import QUIET
from workers.commands.moments import moment, parsed

Json = Mapping[str, Any]


def questions(order: Json, now: datetime) -> Iterator[RenderableType]:
    """Open ones with how to settle them, then settled ones in a line each."""
    asked = [q for q in order["questions"] if q["withdrawn_at"] is None]
    if not asked:
        return
    yield Text("\nQuestions", style="bold")
    for question in sorted(asked, key=lambda q: q["answered_by"] is not None):
        yield Padding(_block(order, question, now), (0, 0, 0, 1))


def _block(order: Json, question: Json, now: datetime) -> Text:
    where = f" (line {question['line']})" if question["line"] else ""
    if question["answered_by"] is not None:
        return Text.assemble(("✔ ", "green"), (f"{question['text']}{where} ", QUIET), f"by {question['answered_by']}")
    text = Text.assemble(("? ", "bold yellow"), f"{question['text']}{where}")
    due = parsed(question["due_at"])
    text.append(f"\n  {question['owner']}" + (f", until {moment(due, now)}" if due else ""), style=QUIET)
    for value in question["possible_values"]:
        text.append(f"\n  - {value}")
    for command in settling(order["ref"], question):
        text.append(f"\n  {command}", style="cyan")
    return text


def settling(ref: str, question: Json) -> list[str]:
    """The commands that settle a question, ready to be completed and run."""
    return [command for act in question["acts"] if (command := _command(act, ref, question))]


def _command(act: str, ref: str, question: Json) -> str | None:
    match act:
        case "answer":
            given = question["possible_values"]
            value = shlex.quote(given[0]) if len(given) == 1 else "VALUE"
            return f"quoteway order answer {ref} {question['id']}={value}"
        case "approve":
            amount = question["amount"]["amount"] if question["amount"] else "AMOUNT"
            return f"quoteway order approve {ref} {question['id']} --amount {amount} --reason WHY"
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
            return None
