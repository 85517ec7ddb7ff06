"""Carrying out what a reply says, all of it or nothing, by the same acts as any other person's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from events.replies import waiting
from events.replies.approvers import Says
from events.replies.form import Said, key_of
from events.replies.waiting import Waiting
from pipeline.domain.errors import BadAnswer, Moved, NotAllowed
from pipeline.domain.question import Act
from pipeline.operations.acting import cancel, retry
from pipeline.operations.answering import answer, approve
from pipeline.operations.desk import Desk
from pipeline.store import claims, orders
from pipeline.store.questions import Asked

_WHY = "answered on the ticket"
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Person:
    """Who says it: `name` as the PSA tells it, `actor` as it is journaled."""

    name: str
    actor: str


@dataclass(frozen=True, slots=True)
class Acting:
    """One reply's acts. `desk` works within `connection`. Methods raise OperatorError."""

    desk: Desk
    connection: Connection
    says: Says
    person: Person

    def carry_out(self, said: Said, here: Sequence[Waiting], at: datetime | None) -> Waiting:
        """Gives an order that it was about. Answers come first: they may need the lock of a quote."""
        about = self._answer(said, here)
        for command in said.commands:
            order, asked = waiting.meant(here, command, at)
            self._do(command.act, order, asked)
            about.append(order)
        return about[0]

    def _answer(self, said: Said, here: Sequence[Waiting]) -> list[Waiting]:
        given: dict[str, tuple[Waiting, list[tuple[Asked, Sequence[str]]]]] = {}
        for key, values in said.answers.items():
            order, asked = waiting.named(here, key)
            given.setdefault(order.ref, (order, []))[1].append((asked, values))
        for order, answers in given.values():
            self._answer_one(order, answers)
        return [order for order, _ in given.values()]

    def _answer_one(self, order: Waiting, answers: Sequence[tuple[Asked, Sequence[str]]]) -> None:
        fitted = {asked.id: [_fitted(asked, value) for value in values] for asked, values in answers}
        try:
            self._at_present(
                order, lambda version: answer(self.desk, order.ref, version, fitted, actor=self.person.actor)
            )
        except BadAnswer as wrong:
            sentence = wrong.sentence
            for asked, _ in answers:
                sentence = sentence.replace(str(asked.id), key_of(asked.id))
            raise BadAnswer(sentence) from None

    def _do(self, act: Act, order: Waiting, asked: Sequence[Asked]) -> None:
        if order.row.unknown_submit:
            raise NotAllowed(f"It is not known whether {order.ref} has bought: that is settled in Quoteway only.")
        match act:
            case Act.APPROVE:
                self._approve(order, asked)
            case Act.CANCEL:
                self._at_present(
                    order, lambda version: cancel(self.desk, order.ref, version, _WHY, actor=self.person.actor)
                )
            case Act.RETRY:
                self._ensure_nothing_lost(order)
                self._at_present(order, lambda version: retry(self.desk, order.ref, version, actor=self.person.actor))
            case _:
                raise NotAllowed(f"{act} cannot be said on a ticket.")

    def _approve(self, order: Waiting, asked: Sequence[Asked]) -> None:
        if not self.says.may_approve(self.person.name):
            raise NotAllowed(self.says.refusal)
        for one in asked:
            self._approve_one(order, one)

    def _approve_one(self, order: Waiting, one: Asked) -> None:
        shown = one.question.amount
        if shown is None:
            raise NotAllowed(f"The question {key_of(one.id)} shows no price to approve.")
        self._at_present(
            order,
            lambda version: approve(self.desk, order.ref, version, one.id, shown, _WHY, actor=self.person.actor),
        )

    def _ensure_nothing_lost(self, order: Waiting) -> None:
        """A retry after a lost attempt looks at the marketplace first, which nobody waits for with rows in hand."""
        made = claims.of_order(self.connection, self.desk.database, order.row.id)
        if any(claim.is_purchase and (claim.closing is None or claim.closing.given_up) for claim in made):
            raise NotAllowed(f"{order.ref} may have bought before: it is retried in Quoteway only.")

    def _at_present(self, order: Waiting, act: Callable[[int], Any]) -> None:
        """The act at whatever version the order has: what the person said holds for the question, not the version."""
        for _ in range(_TRIES):
            row = orders.read(self.connection, order.row.id)
            try:
                act(row.version if row is not None else 0)
            except Moved:
                continue
            return
        raise NotAllowed(f"{order.ref} is being worked on: write it again in a minute.")


def _fitted(asked: Asked, value: str) -> str:
    """The possible value that is meant, however its capitals are written."""
    possible = asked.question.possible_values
    meant = [each for each in possible if each.casefold() == value.casefold()]
    return meant[0] if len(meant) == 1 and value not in possible else value
