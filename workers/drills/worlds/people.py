"""
The people of a world: two operators who act on what they have read, now or a while ago. They don't lie.

What they say about the marketplace is true; whether it is wise, or in time, is left to chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pipeline.domain.errors import OperatorError, PortError
from pipeline.domain.question import Act, QuestionKind
from pipeline.operations import acting, answering, cancelling, settling
from pipeline.operations.desk import Desk
from pipeline.store import orders, questions
from pipeline.store.questions import Asked
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.markets.stall import Markets
from workers.drills.worlds.plan import Step
from workers.drills.worlds.rows import Rows

_ACTS = (
    *(Act.ANSWER, Act.ANSWER, Act.ANSWER, Act.RETRY, Act.RETRY),
    *(Act.RESEND, Act.ADOPT, Act.RESCHEDULE, Act.CANCEL, Act.CANCEL),
)
# Questions of such keys are answered so that it is bought: what is asked about is not ours, or has bought nothing.
_BOUGHT_NOTHING = frozenset({"turned_up", "basket", "sold"})
_TEXTS = {
    "provisioning": ("contoso",),
    "contact": ("Dana", "Reyes", "dana@example.com", "+1 555 0100"),
    "company": ("create",),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """An order as the person has it before them."""

    ref: str
    version: int
    order_id: UUID
    unknown: bool
    open: Sequence[Asked]


@dataclass(frozen=True, slots=True)
class Person:
    """Acts at a desk. `rows` and `markets` are what the person knows to be true."""

    desk: Desk
    rows: Rows
    markets: Markets
    clock: VirtualClock
    name: str

    def act(self, step: Step) -> tuple[str, str]:
        """One act, as the step chooses it: what was done, and what is wrong with its having been allowed."""
        if not self.rows.orders:
            return "nothing to act on", ""
        wanted = _ACTS[step.amount % len(_ACTS)]
        seen = self._read(self._chosen(wanted, step).id)
        if wanted is Act.ANSWER and not seen.open:
            wanted = Act.RETRY
        stale = step.pick % 7 == 0
        version = seen.version - 1 if stale else seen.version
        told = f"{self.name}: {wanted}{' (of an old version)' if stale else ''}"
        try:
            self._do(wanted, seen, version, step)
        except (OperatorError, PortError) as error:
            return f"{told}: {error.code}", ""
        wrong = "an act on an old version was carried out" if stale else self._allowed(wanted, seen)
        return f"{told}: done", wrong

    def _chosen(self, wanted: Act, step: Step) -> Any:
        """Mostly any order. What is cancelled is mostly what was bought: before that there is little to it."""
        bought = [order for order in self.rows.orders if order.marketplace_order_id is not None]
        among = bought if wanted is Act.CANCEL and bought and step.amount % 4 else self.rows.orders
        return among[step.pick % len(among)]

    def _read(self, order_id: UUID) -> Seen:
        with self.desk.database.transaction() as connection:
            row = orders.read(connection, order_id)
            assert row is not None  # noqa: S101 - nothing deletes orders
            asked = questions.of_order(connection, self.desk.database, order_id)
        waiting = sorted((one for one in asked if one.open), key=lambda one: one.question.key)
        return Seen(row.ref, row.version, order_id, row.unknown_submit, waiting)

    def _allowed(self, act: Act, seen: Seen) -> str:
        """A retry is never the answer to a purchase of unknown outcome."""
        stopped_by_it = any(Act.RETRY not in one.question.acts for one in seen.open)
        if act is Act.RETRY and seen.unknown and (stopped_by_it or not seen.open):
            return "a purchase of unknown outcome was retried"
        return ""

    def _do(self, act: Act, seen: Seen, version: int, step: Step) -> None:
        desk, ref, who = self.desk, seen.ref, self.name
        choices: dict[Act, Callable[[], Any]] = {
            Act.ANSWER: lambda: self._answer(seen, version, step),
            Act.RETRY: lambda: acting.retry(desk, ref, version, actor=who),
            Act.RESEND: lambda: settling.resend(desk, ref, version, self._attempt(seen), "lost", actor=who),
            Act.ADOPT: lambda: settling.adopt(desk, ref, version, self._ours(seen), "it is ours", actor=who),
            Act.RESCHEDULE: lambda: self._reschedule(seen, version, step),
            Act.CANCEL: lambda: cancelling.cancel(desk, ref, version, "not wanted", actor=who),
        }
        choices[act]()

    def _reschedule(self, seen: Seen, version: int, step: Step) -> Any:
        days = (0, 2, 90)[step.amount % 3]
        date = self.clock.now() + timedelta(days=days) if days else None
        return acting.reschedule(self.desk, seen.ref, version, date, "later", actor=self.name)

    def _attempt(self, seen: Seen) -> UUID:
        open_ones = [claim.id for claim in self.rows.claims_of(seen.order_id) if claim.closing is None]
        return open_ones[0] if open_ones else seen.order_id

    def _ours(self, seen: Seen) -> str:
        """What the order's attempts have bought, or, where they have not, what is nowhere."""
        return self._bought(seen) or str(UUID(int=7))

    def _bought(self, seen: Seen) -> str:
        attempts = {str(claim.id) for claim in self.rows.claims_of(seen.order_id)}
        bought = [purchase.ref for purchase in self.markets.purchases if purchase.attempt in attempts]
        return bought[-1] if bought else ""

    def _answer(self, seen: Seen, version: int, step: Step) -> Any:
        one = seen.open[step.pick % len(seen.open)]
        question, desk, who = one.question, self.desk, self.name
        if question.amount is not None:
            return answering.approve(desk, seen.ref, version, one.id, question.amount, "agreed", actor=who)
        if question.kind is QuestionKind.SUBMIT_UNKNOWN:
            return self._settle(seen, version, one)
        if Act.ANSWER not in question.acts:
            return acting.retry(desk, seen.ref, version, actor=who)
        possible = question.possible_values
        values = (possible[step.amount % len(possible)],) if possible else _text(question.key)
        return answering.answer(desk, seen.ref, version, {one.id: values}, actor=who)

    def _settle(self, seen: Seen, version: int, asked: Asked) -> Any:
        """It is ours: it is adopted. It is not: it is said to be somebody else's, or nothing, or sent again."""
        if ours := self._bought(seen):
            return settling.adopt(self.desk, seen.ref, version, ours, "it is ours", actor=self.name)
        if asked.question.key.partition(":")[0] in _BOUGHT_NOTHING:
            return answering.answer(self.desk, seen.ref, version, {asked.id: ("buy",)}, actor=self.name)
        return settling.resend(self.desk, seen.ref, version, self._attempt(seen), "not found", actor=self.name)


def _text(key: str) -> tuple[str, ...]:
    return _TEXTS.get(key.partition(":")[0], ("contoso",))
