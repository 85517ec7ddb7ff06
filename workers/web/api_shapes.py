"""What the operator API takes and gives. Requests are closed; answers may get new fields."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from pipeline.domain.claim import AnswerClass
from pipeline.domain.money import Money
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from workers.web.quote_shapes import OtherPart

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Value = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]


def _decimal(amount: Any) -> Any:
    if isinstance(amount, int | float):
        raise ValueError("must be a decimal number in quotes, such as '31.10'")  # noqa: TRY004  pydantic's way
    return amount


Amount = Annotated[
    Decimal,
    BeforeValidator(_decimal),
    Field(ge=0, max_digits=20, decimal_places=10),
    WithJsonSchema({"type": "string", "format": "decimal", "examples": ["31.10"]}),
]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Act(_Asked):
    """`version` is the order's, as last read."""

    version: int = Field(ge=1)


class ReasonedAct(Act):
    reason: Words


class RescheduleAct(ReasonedAct):
    """`date`: `2026-12-01` (06:00 in the configured time zone), a date-time with offset, or null for now."""

    date: str | None


class MoneyGiven(_Asked):
    amount: Amount
    currency: str = Field(pattern=r"^[A-Z]{3}$")

    def value(self) -> Money:
        return Money(amount=self.amount, currency=self.currency)


def _form(amount: Any) -> str:
    return "object" if isinstance(amount, dict | MoneyGiven) else "text"


# By a form that is told first, so that what is wrong is said of that form alone.
AmountOrMoney = Annotated[Annotated[Amount, Tag("text")] | Annotated[MoneyGiven, Tag("object")], Discriminator(_form)]


class ApproveAct(ReasonedAct):
    """`amount`: the unit cost that may be paid, in the shown currency where none is given."""

    question: UUID
    amount: AmountOrMoney


class AdoptAct(ReasonedAct):
    marketplace_order_id: Annotated[Words, StringConstraints(max_length=200)]


class ResendAct(ReasonedAct):
    attempt: UUID


class Answers(Act):
    """Values by question id. `remember`: answers about products also go into the product map; for admins."""

    answers: dict[UUID, list[Value]] = Field(min_length=1, max_length=500)
    remember: bool = False


class Replay(_Asked):
    """`confirm`: how many orders the preview said; `true`: however many."""

    confirm: int | bool | None = None


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)


class MoneyTold(_Told):
    amount: str
    currency: str


class OrderTold(_Told):
    ref: str
    version: int
    quote_id: str
    quote_revision: str
    quote_system: str
    quote_number: str
    quote_url: str
    marketplace: str
    company: str
    company_id: str | None
    state: OrderState
    unknown_submit: bool
    stage: Stage
    marketplace_order_id: str | None
    requested_at: datetime | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    waiting_for: str | None
    waiting_since: datetime | None
    waiting_on: str
    next_at: datetime | None


class LineTold(_Told):
    id: str
    label: str
    product_id: str
    product_name: str | None
    sku: str
    description: str
    quantity: int
    billing_term: str
    commitment: str | None
    unit_cost: MoneyTold | None
    total_cost: MoneyTold | None
    quoted_unit_cost: MoneyTold | None
    unit_price: MoneyTold | None
    parent_line: str | None
    parent_subscription: str | None
    changes: str | None
    subscription_id: str | None
    status: str | None
    verdict: str | None
    since: datetime | None


class QuestionTold(_Told):
    id: UUID
    key: str
    kind: str
    text: str
    line: str | None
    possible_values: list[str]
    many: bool
    amount: MoneyTold | None
    acts: list[str]
    owner: str
    asked_at: datetime
    due_at: datetime
    answered_by: str | None
    answered_at: datetime | None
    approved: MoneyTold | None
    withdrawn_at: datetime | None


class WriteTold(_Told):
    """`class` is the answer's class, or `open` while there is none."""

    id: UUID
    kind: str
    claimed_at: datetime
    send_by: datetime
    class_: str = Field(alias="class", description=f"{', '.join(AnswerClass)} or open")
    answered_at: datetime | None
    evidence: list[str]
    closing: str | None
    closed_at: datetime | None
    closed_by: str | None
    marketplace_id: str | None


class AttemptTold(WriteTold):
    marketplace_order_id: str | None
    looks: int


class EntryTold(_Told):
    """`exchanges` only where they were asked for."""

    at: datetime
    kind: str
    stage: str
    outcome: str
    code: str
    actor: str
    milliseconds: int
    notes: list[str]
    exchanges: list[dict[str, Any]] = []


class PendingTold(_Told):
    act: str
    by: str
    reason: str
    at: datetime
    date: datetime | None


class WholeOrder(OrderTold):
    account: str
    other_parts: list[OtherPart]
    lines: list[LineTold]
    questions: list[QuestionTold]
    attempts: list[AttemptTold]
    writes: list[WriteTold]
    timeline: list[EntryTold]
    timeline_omitted: int
    pending_act: PendingTold | None


class OrderPage(_Told):
    items: list[OrderTold]
    next_cursor: str | None


class EventTold(_Told):
    """`result` tells what came of it, `errors` why it cannot be read; `body` only in one alone, for operators."""

    id: UUID
    connection: str
    delivery_id: str | None
    type: str
    status: str
    result: str | None
    errors: list[dict[str, Any]]
    quote_system: str | None = None
    quote_id: str | None = None
    received_at: datetime
    read_at: datetime | None
    body: str | None = None


class EventPage(_Told):
    items: list[EventTold]
    next_cursor: str | None


class ReplayTold(_Told):
    """`replayed` false: only `would_change`, the number of orders that a replay would make, cancel or stop, is told."""

    event_id: UUID
    replayed: bool
    would_change: int | None = None
    changed: int | None = None
    result: str | None = None


class Wrong(_Told):
    """What is wrong with the part of a request that `loc` leads to."""

    loc: list[str | int]
    msg: str


class Unfit(_Told):
    """A request that cannot be meant: what is wrong, part by part, or, with a `code`, a sentence about the whole."""

    detail: list[Wrong] | str
    code: str | None = None


class Refused(_Told):
    """`order` is its present state, where the order's state is why."""

    detail: str
    code: str
    order: WholeOrder | None = None
