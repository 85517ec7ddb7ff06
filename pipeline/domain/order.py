"""An order as a stage sees it: everything that it may decide from, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pipeline.domain.claim import Claim, FillBasket, Write
from pipeline.domain.facts import Facts, LineFacts
from pipeline.domain.known import KnownOrders
from pipeline.domain.question import Answered
from pipeline.domain.quote import AcceptedQuote, QuoteLine
from pipeline.domain.stage import Stage


class CompanyPolicy(StrEnum):
    """Whether a customer that the marketplace does not know is made there."""

    ASK = "ask"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What the settings decide for an order. `price_tolerance` is in per cent.

    `settle` is how long an unknown outcome is looked for; `timeout` one deadline over a whole exchange; `send_within`
    how long after its claim a write may still be sent; the deadlines say how long a line may wait on whom before a
    person is asked.
    """

    currency: str = "USD"
    price_tolerance: Decimal = Decimal(0)
    create_companies: CompanyPolicy = CompanyPolicy.ASK
    fresh: timedelta = timedelta(seconds=900)
    poll_intervals: tuple[timedelta, ...] = tuple(
        timedelta(seconds=s) for s in (5, 10, 20, 40, 60, 120, 300, 900, 1800)
    )
    settle: timedelta = timedelta(seconds=180)
    resend_when_absent: bool = False
    timeout: timedelta = timedelta(seconds=30)
    send_within: timedelta = timedelta(seconds=30)
    provisioning_deadline: timedelta = timedelta(hours=24)
    person_deadline: timedelta = timedelta(hours=72)
    owner: str = "operator"


@dataclass(frozen=True, slots=True)
class Order:
    """
    `now` is the database's, read with the row; `title` the marketplace's name for sentences. `entered_at` is when the
    order came to its stage, `polls` how often this stage has waited, `retried_at` when a person last asked for another
    try, `link` the company that this customer was last ordered for.

    `behind` is the reference of the order whose open claim this one must wait for at `submit`; `rivals` those of our
    other orders whose lost attempt could be mistaken for this one's; `known` reads and keeps what is known of the
    company's orders.

    `announced_at` is when the marketplace last said that something has changed there, or up to a moment after that.
    """

    id: UUID
    ref: str
    version: int
    stage: Stage
    now: datetime
    marketplace: str
    title: str
    account: str
    quote: AcceptedQuote
    customer_key: str
    requested_at: datetime | None
    facts: Facts
    policy: Policy
    known: KnownOrders
    entered_at: datetime
    polls: int = 0
    link: str | None = None
    answers: Mapping[str, Answered] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    retried_at: datetime | None = None
    behind: str | None = None
    rivals: tuple[str, ...] = ()
    announced_at: datetime | None = None

    @property
    def lines(self) -> tuple[QuoteLine, ...]:
        return self.quote.lines

    @property
    def change(self) -> LineFacts | None:
        """The line by which it changes a subscription, once the catalogue is known. None: it is a purchase."""
        lines = self.facts.catalogue.lines if self.facts.catalogue is not None else ()
        return next((line for line in lines if line.before is not None), None)

    def answer(self, key: str) -> Answered | None:
        """The newest answer to the question of this key, if a person has given one."""
        return self.answers.get(key)

    @property
    def reference(self) -> str:
        """What the order is called at a marketplace that keeps such a name: ours, and nobody else's."""
        return f"{self.ref}-{self.id.hex[-12:]}"

    def baskets(self) -> tuple[Claim, ...]:
        """The claims of its baskets, oldest first."""
        found = [claim for claim in self.claims if isinstance(claim.write, FillBasket)]
        return tuple(sorted(found, key=lambda claim: claim.claimed_at))

    def open_claim(self, kind: type[Write]) -> Claim | None:
        """The claim of this kind whose outcome is not known, if there is one."""
        return next((claim for claim in self.claims if claim.open and isinstance(claim.write, kind)), None)

    @property
    def is_out_there(self) -> bool:
        """Something of it is at the marketplace, or may be: it has bought, or a write of it has an unknown outcome."""
        return self.facts.purchase is not None or self.has_open_claim

    @property
    def has_open_claim(self) -> bool:
        return any(claim.open for claim in self.claims)

    def poll_interval(self) -> timedelta:
        """How long to wait before the next look; the last interval repeats for ever."""
        intervals = self.policy.poll_intervals
        return intervals[min(self.polls, len(intervals) - 1)]
