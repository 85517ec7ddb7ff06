"""What the simulated Limio remembers: mutable, only changed under the simulator's lock."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

Steps = list[tuple[datetime, str]]
"""(from when, status), oldest first."""


def word_at(steps: Sequence[tuple[datetime, str]], now: datetime) -> str:
    """The last one whose time has come."""
    current = steps[0][1]
    for since, word in steps:
        if since <= now:
            current = word
    return current


class Origin(StrEnum):
    """Who made an order: a client over the API, somebody else, or the seed."""

    API = "api"
    STRANGER = "stranger"
    SEED = "seed"


@dataclass(slots=True)
class Partner:
    """The organisation that the credentials belong to. Without a Zuora account it can't order."""

    name: str = "Quoteway Demo Partner"
    zuora_account_id: str | None = "8ad0850988f1"
    is_zuora_invoice_owner: bool = True


@dataclass(slots=True)
class Customer:
    """`owner` is the identity that owns what is made for this customer."""

    id: str
    owner: str
    email: str
    first_name: str
    last_name: str
    company: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Item:
    offer_id: str
    version: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity


@dataclass(slots=True)
class Basket:
    """`completed_at` is when an order was first made from it."""

    id: str
    created: datetime
    order: dict[str, Any]
    subscription_id: str | None = None
    completed_at: datetime | None = None
    order_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Process:
    """One run of a plug-in for an order; `ends` is None for one that never does."""

    id: str
    order_id: str
    plugin: str
    critical: bool
    begins: datetime
    ends: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """What a plug-in made elsewhere. It stays, whatever becomes of the order."""

    id: str
    service: str
    kind: str
    order_id: str
    customer_id: str
    created: datetime


@dataclass(slots=True)
class Subscription:
    """`contents` are (from when, items), oldest first. Nobody sees it before `created`."""

    id: str
    reference: str
    order_id: str
    customer: Customer
    created: datetime
    contents: list[tuple[datetime, tuple[Item, ...]]]
    steps: Steps
    locked_until: datetime | None = None

    def status(self, now: datetime) -> str:
        return word_at(self.steps, now)

    def items(self, now: datetime) -> tuple[Item, ...]:
        current = self.contents[0][1]
        for since, items in self.contents:
            if since <= now:
                current = items
        return current

    def become(self, now: datetime, *steps: tuple[datetime, str]) -> None:
        """Drop whatever was still to come and go this way from now on."""
        self.steps = [step for step in self.steps if step[0] <= now] or self.steps[:1]
        self.steps.extend(steps)

    def is_locked(self, now: datetime) -> bool:
        return self.locked_until is not None and now < self.locked_until


@dataclass(slots=True)
class Order:
    """`partner` is the organisation it is attributed to; None for orders that did not come in as a partner's."""

    id: str
    reference: str
    kind: str
    customer: Customer
    created: datetime
    items: tuple[Item, ...]
    origin: Origin
    steps: Steps
    external_id: str | None = None
    checkout_id: str | None = None
    country: str = ""
    source: str | None = None
    partner: str | None = None
    subscription: Subscription | None = None
    processes: list[Process] = field(default_factory=list)

    @property
    def email(self) -> str:
        return self.customer.email

    def status(self, now: datetime) -> str:
        return word_at(self.steps, now)

    @property
    def contents(self) -> Counter[tuple[str, int, str | None]]:
        """What was bought, as a bag of (offer, quantity, subscription that it changes)."""
        changed = self.subscription.id if self.subscription and self.subscription.order_id != self.id else None
        return Counter((item.offer_id, item.quantity, changed) for item in self.items)
