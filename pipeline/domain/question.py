"""Something that only a person can settle, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pipeline.domain.money import Money


class Act(StrEnum):
    """What a person may do to an order. The first two settle a question by its id."""

    ANSWER = "answer"
    APPROVE = "approve"
    RETRY = "retry"
    ADOPT = "adopt"
    RESEND = "resend"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"


class QuestionKind(StrEnum):
    MARKETPLACE = "marketplace"
    COMPANY = "company"
    CUSTOMER_DETAILS = "customer_details"
    CONTACT = "contact"
    PRODUCT = "product"
    BILLING_TERM = "billing_term"
    COMMITMENT = "commitment"
    PARENT = "parent"
    PRICE = "price"
    CURRENCY = "currency"
    PROVISIONING = "provisioning"
    SUBMIT_UNKNOWN = "submit_unknown"
    SUBSCRIPTION = "subscription"
    STATUS = "status"
    OVERDUE = "overdue"
    REFUSED = "refused"
    REVISION = "revision"
    REVOKED = "revoked"
    REORDER = "reorder"
    CANCELLED_LATE = "cancelled_late"
    CANCELLING = "cancelling"
    LEFT_OUT = "left_out"
    RETRIES = "retries"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Question:
    """
    A question as a stage asks it.

    `key` names it within the order and stays the same when it is asked again (`provisioning:<line>:<field>`), so an
    answer is found by it. `possible_values` empty: free text. `amount` is the unit cost that an approval would hold
    up to. `acts` is how it may be settled: an answer to it, or an act on the order. `label` and `hint` are what the
    customer reads where they are to fill it in; `text` is for our own people.
    """

    key: str
    kind: QuestionKind
    text: str
    line: str | None = None
    possible_values: tuple[str, ...] = ()
    many: bool = False
    amount: Money | None = None
    acts: tuple[Act, ...] = (Act.ANSWER, Act.CANCEL)
    label: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a person said, when and who. `amount` is set by an approval only."""

    values: tuple[str, ...]
    at: datetime
    by: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for its answer."""

    id: UUID
    question: Question
    owner: str
    asked_at: datetime
    due_at: datetime
