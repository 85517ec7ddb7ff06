"""What waits for an answer on a ticket: its orders and their questions, and which of them an answer means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from events.replies.form import Command, key_of
from pipeline.domain.errors import NotAllowed
from pipeline.domain.question import Act
from pipeline.store import orders, questions
from pipeline.store.database import Database
from pipeline.store.questions import Asked


@dataclass(frozen=True, slots=True)
class Waiting:
    """One order of the ticket, with all questions that it ever had."""

    row: orders.Row
    asked: Sequence[Asked]

    @property
    def open(self) -> Sequence[Asked]:
        return [each for each in self.asked if each.open]

    @property
    def ref(self) -> str:
        return str(self.row.ref)


def read(connection: Connection, database: Database, order_ids: Sequence[UUID]) -> Sequence[Waiting]:
    found = [(each, orders.read(connection, each)) for each in order_ids]
    return [Waiting(row, questions.of_order(connection, database, each)) for each, row in found if row is not None]


def named(waiting: Sequence[Waiting], key: str) -> tuple[Waiting, Asked]:
    """The open question of this key. Raises NotAllowed."""
    every = [(order, asked) for order in waiting for asked in order.asked if key_of(asked.id) == key]
    still = [(order, asked) for order, asked in every if asked.open]
    if len(still) == 1:
        return still[0]
    if still:
        raise NotAllowed(f"{key} names more than one question: answer these in Quoteway.")
    if every:
        raise NotAllowed(f"The question {key} waits for no answer any more.")
    raise NotAllowed(f"No question here is named {key}.")


def meant(waiting: Sequence[Waiting], command: Command, at: datetime | None) -> tuple[Waiting, Sequence[Asked]]:
    """
    The one order that a command is about, and its questions that may be settled so and were asked before `at`. Raises
    NotAllowed.
    """
    if command.name and not command.name.startswith("QW-"):
        order, asked = named(waiting, command.name)
        if command.act not in asked.question.acts:
            raise NotAllowed(f"The question {command.name} is not settled by {command.act}.")
        return order, [asked]
    ours = [each for each in waiting if command.name in ("", each.ref)]
    if not ours:
        raise NotAllowed(f"There is no order {command.name} on this ticket.")
    fitting = [(each, found) for each in ours if (found := _settled_by(each, command.act))]
    if not fitting:
        anything = any(each.open for each in ours)
        raise NotAllowed(f"Nothing here waits for {command.act}." if anything else "No question waits here any more.")
    if at is None:
        raise NotAllowed(f"It is not known when this was written: name the question, as in {command.act} KEY.")
    known = [(each, found) for each, all_ in fitting if (found := [one for one in all_ if is_older(one, at)])]
    if not known:
        raise NotAllowed("This was written before the question was asked: if it is the answer, write it again.")
    if len(known) > 1:
        refs = ", ".join(each.ref for each, _ in known)
        raise NotAllowed(f"Several orders wait on this ticket: write {command.act} and the order meant, of {refs}.")
    return known[0]


def is_older(asked: Asked, at: datetime) -> bool:
    """Whether the question was asked by then. Tools that leave out parts of a second are given the whole second."""
    return (asked.asked_at if at.microsecond else asked.asked_at.replace(microsecond=0)) <= at


def _settled_by(order: Waiting, act: Act) -> Sequence[Asked]:
    return [each for each in order.open if act in each.question.acts]
