"""What the wording reads of an order as the operator API shows it. All else in it, and what is missing, is no error."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.domain.money import Money


def _plain(text: Any) -> Any:
    """Words from outside on one line, so that they cannot pass for lines of ours; null is nothing."""
    return "" if text is None else " ".join(str(text).split())


Words = Annotated[str, BeforeValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class QuestionShown(_Part):
    """`acts` are words of `pipeline.domain.question.Act`."""

    id: Words = ""
    text: Words = ""
    owner: Words = ""
    due_at: datetime | None = None
    possible_values: tuple[Words, ...] = ()
    many: bool = False
    acts: tuple[Words, ...] = ()
    answered_by: Words = ""
    answered_at: datetime | None = None
    withdrawn_at: datetime | None = None

    @property
    def open(self) -> bool:
        return not self.answered_by and self.withdrawn_at is None


class LineShown(_Part):
    """
    `total_cost` is for one billing period. `verdict` is a word of `pipeline.domain.catalogue.Verdict`; `changes` the id
    of a subscription.
    """

    label: Words = Field(default="", validation_alias=AliasChoices("label", "product_name", "description", "sku"))
    quantity: int | None = None
    billing_term: Words = ""
    total_cost: Money | None = None
    verdict: Words = Field(default="", validation_alias=AliasChoices("verdict", "state"))
    status: Words = Field(default="", validation_alias=AliasChoices("status", "status_word"))
    changes: Words = ""


class SourceShown(_Part):
    """A source connection, with its problems, or, where all is well again, those that are over."""

    connection: Words = ""
    problems: tuple[Words, ...] = ()


class OrderShown(_Part):
    """
    `reason` says why it failed, in the marketplace's words; where it is missing, `waiting_for` is taken. `heard` says
    what was wrong with an answer on a ticket. `reminder`: what is told was told before, and is still so.
    """

    ref: Words = ""
    quote_id: Words = ""
    quote_number: Words = ""
    marketplace: Words = ""
    company: Words = ""
    unknown_submit: bool = False
    marketplace_order_id: Words = ""
    waiting_for: Words = ""
    reason: Words = ""
    state: Words = ""
    heard: Words = ""
    reminder: bool = False
    pending_act: dict[str, Any] | None = None
    lines: tuple[LineShown, ...] = ()
    questions: tuple[QuestionShown, ...] = ()

    @property
    def quote(self) -> str:
        """The number by which people know the quote."""
        return self.quote_number or self.quote_id

    @property
    def changes(self) -> bool:
        """A subscription was changed, and no order made of it there."""
        return any(line.changes and line.changes == self.marketplace_order_id for line in self.lines)

    @property
    def open_questions(self) -> tuple[QuestionShown, ...]:
        """Those that wait for an answer, the most urgent first."""
        waiting = [question for question in self.questions if question.open]
        return tuple(sorted(waiting, key=lambda question: question.due_at.timestamp() if question.due_at else 1e12))
