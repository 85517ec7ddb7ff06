"""What the stages have learnt about an order, each stage its own part. Stored encrypted: answers are personal data."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import Field

from pipeline.domain.catalogue import Verdict
from pipeline.domain.customer import Buyer
from pipeline.domain.money import Money
from pipeline.domain.terms import BillingTerm, SubscriptionTerms
from pipeline.domain.values import Value


class CompanyFacts(Value):
    """
    `how` says by what the company was found, for the timeline: a sentence's end. `made_by_order`: the marketplace makes
    it from the order, and until then `id` is ours. `active_at` is when it was read for this and was active.
    """

    id: str
    name: str
    how: str
    made_by_order: bool = False
    active_at: datetime | None = None


class LineFacts(Value):
    """
    One line as the marketplace sells it today.

    `unit_cost` is the fresh cost of a unit (total by quantity) for one billing period, None where no price was found;
    `parent_line` and `parent_subscription_id` exclude each other. A line that `changes` a subscription says what that
    was `before`, when it was priced; quantity and term are what it is to be.
    """

    line_id: str
    product_id: str
    product_name: str
    quantity: int
    billing_term: BillingTerm
    commitment_id: str | None = None
    commitment_term: str | None = None
    variant: str = ""
    unit_cost: Money | None = None
    total_cost: Money | None = None
    parent_line: str | None = None
    parent_subscription_id: str | None = None
    changes: str = ""
    before: SubscriptionTerms | None = None

    @property
    def after(self) -> SubscriptionTerms:
        """What the subscription is to be."""
        return SubscriptionTerms(quantity=self.quantity, billing_term=self.billing_term)


class CatalogueFacts(Value):
    fetched_at: datetime
    lines: tuple[LineFacts, ...]

    def line(self, line_id: str) -> LineFacts:
        return next(line for line in self.lines if line.line_id == line_id)


class Detail(Value):
    key: str
    values: tuple[str, ...]


class ProvisioningFacts(Value):
    """The answers that will be sent, for each line in the fields' own order."""

    lines: dict[str, tuple[Detail, ...]]


class RehearsalFacts(Value):
    """A dry run that passed: of which bytes, and when. `total` is what it said all of it costs, where it says so."""

    hash: str
    at: datetime
    total: Money | None = None


class Refusal(Value):
    """
    A dry run or a purchase that was refused: of which bytes, when, in whose words.

    `fields` are (line id, field key) pairs that the refusal names; such a field takes only an answer given after `at`.
    `line_company`: what it wants is the company's id on each line.
    """

    hash: str
    at: datetime
    details: tuple[str, ...]
    fields: tuple[tuple[str, str], ...] = ()
    line_company: bool = False


class PurchaseFacts(Value):
    """What was bought, by its id there. Of a change, which makes no order, it is the subscription's id."""

    marketplace_order_id: str
    at: datetime
    adopted: bool = False


class LineProgress(Value):
    """How far one ordered line is. `since` is when its status was first seen."""

    subscription_id: str | None = None
    status_word: str = ""
    verdict: Verdict = Verdict.IN_PROGRESS
    since: datetime
    quantity: Decimal | None = None


class Cancelling(Value):
    """
    That what was bought is to be cancelled: who wants it, why and since when.

    `left` are the ids (`Cancellable.id`) that a person decided to leave, and `among` all that there were when they did:
    what turns up after that is left as well. `most` is how many there were at most. `over`: the rest was left.
    """

    by: str
    reason: str
    at: datetime
    most: int = 0
    left: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    over: bool = False


class Facts(Value):
    company: CompanyFacts | None = None
    catalogue: CatalogueFacts | None = None
    provisioning: ProvisioningFacts | None = None
    buyer: Buyer | None = None
    rehearsal: RehearsalFacts | None = None
    refusals: tuple[Refusal, ...] = ()
    purchase: PurchaseFacts | None = None
    progress: dict[str, LineProgress] = Field(default_factory=dict)
    cancelling: Cancelling | None = None

    def learn(self, **parts: object) -> Facts:
        """These facts with some parts replaced."""
        return self.model_copy(update=parts)
