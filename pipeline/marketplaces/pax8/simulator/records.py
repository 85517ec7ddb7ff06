"""What the simulated Pax8 remembers about customers and purchases: mutable, only changed under the simulator's lock."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pipeline.marketplaces.pax8.simulator.products import Product

CONTACT_TYPES = ("Admin", "Billing", "Technical")


def normalised(name: str) -> str:
    """Names that differ only in case, spaces and punctuation count as one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@dataclass(slots=True)
class Contact:
    """`types` maps each contact type to whether this is its primary."""

    id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    types: dict[str, bool]
    created: datetime


@dataclass(slots=True)
class Company:
    id: str
    name: str
    updated: datetime
    address: dict[str, str] = field(default_factory=dict)
    phone: str = "555-555-5555"
    website: str = "example.com"
    external_id: str | None = None
    bill_on_behalf_of: bool = False
    self_service: bool = False
    approval_required: bool = False
    contacts: dict[str, Contact] = field(default_factory=dict)
    deleted: bool = False
    forced_status: str | None = None

    @property
    def primaries(self) -> frozenset[str]:
        return frozenset(
            kind for contact in self.contacts.values() for kind, primary in contact.types.items() if primary
        )

    @property
    def status(self) -> str:
        if self.forced_status is not None:
            return self.forced_status
        if self.deleted:
            return "Deleted"
        return "Active" if self.primaries == frozenset(CONTACT_TYPES) else "Inactive"


class Origin(StrEnum):
    """Who made an order: a client over the API, somebody else, or the seed."""

    API = "api"
    STRANGER = "stranger"
    SEED = "seed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was asked for. `details` maps a provisioning key to its values."""

    product_id: str
    quantity: int
    billing_term: str
    number: int = 1
    commitment_term_id: str | None = None
    parent_subscription_id: str | None = None
    parent_line_number: int | None = None
    start: str | None = None
    details: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class OrderLine:
    id: str
    asked: Line
    subscription_id: str | None

    @property
    def product_id(self) -> str:
        return self.asked.product_id

    @property
    def quantity(self) -> int:
        return self.asked.quantity

    @property
    def billing_term(self) -> str:
        return self.asked.billing_term


@dataclass(slots=True)
class Order:
    id: str
    company_id: str
    created: datetime
    lines: list[OrderLine]
    origin: Origin
    ordered_by: str | None = None
    ordered_by_email: str | None = None
    ordered_by_user: str | None = None

    @property
    def contents(self) -> Counter[tuple[str, int, str, str | None]]:
        """What was bought, as a bag of (product, quantity, billing term, commitment term)."""
        return Counter((x.product_id, x.quantity, x.billing_term, x.asked.commitment_term_id) for x in self.lines)


@dataclass(slots=True)
class Subscription:
    """
    `steps` are (from when, status), oldest first; the status is the last one whose time has come. `past` are (until
    when, quantity, billing term), oldest first; `history` has what the API shows of it.
    """

    id: str
    company_id: str
    product: Product
    quantity: int
    billing_term: str
    created: datetime
    steps: list[tuple[datetime, str]]
    price: Decimal
    cost: Decimal
    parent_id: str | None = None
    commitment_term_id: str | None = None
    details: dict[str, list[str]] = field(default_factory=dict)
    updated: datetime | None = None
    start: str | None = None
    end: str | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    past: list[tuple[datetime, int, str]] = field(default_factory=list)

    def stood(self, at: datetime) -> tuple[int, str]:
        """Quantity and billing term as they were then."""
        later = next(((quantity, term) for until, quantity, term in self.past if at < until), None)
        return later or (self.quantity, self.billing_term)

    def set_to(self, now: datetime, quantity: int, billing_term: str) -> None:
        self.past.append((now, self.quantity, self.billing_term))
        self.quantity, self.billing_term, self.updated = quantity, billing_term, now

    def status(self, now: datetime) -> str:
        current = self.steps[0][1]
        for since, word in self.steps:
            if since <= now:
                current = word
        return current

    def become(self, now: datetime, *steps: tuple[datetime, str]) -> None:
        """Drop whatever was still to come and go this way from now on."""
        self.steps = [step for step in self.steps if step[0] <= now] or self.steps[:1]
        self.steps.extend(steps)
        self.updated = now
