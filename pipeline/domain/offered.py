"""
An accepted quote in a tool's own words: products by the tool's keys, quantities as written. What an order needs is
looked up in the product map; what cannot be ordered as it stands is for a person.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from pipeline.domain.customer import Customer
from pipeline.domain.money import Money
from pipeline.domain.quote import Person, QuoteKey, Ticket
from pipeline.domain.values import Value


class OfferedLine(Value):
    """
    One line. `keys` are what the tool knows the product by, the most trusted first; `quantity` as written ("2.5").

    `product_id` is set where the tool names the marketplace's own product: then nothing is looked up. `skipped` says in
    a few words why the line is none that was accepted (an unselected option, a bundle's header, cancelled, not
    recurring): it is left out without a question. `held` says why a person must look at it (a custom product).
    `changes` and `adds` are as in `QuoteLine`: such a line is not looked up either.
    """

    id: str = Field(min_length=1)
    quantity: str
    keys: tuple[str, ...] = ()
    marketplace: str = ""
    product_id: str = ""
    description: str = ""
    billing_term: str = ""
    commitment: str = ""
    unit_price: Money | None = None
    unit_cost: Money | None = None
    parent_line: str | None = None
    start_at: datetime | None = None
    provisioning: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    skipped: str = ""
    held: str = ""
    changes: str = ""
    adds: bool = False


class Link(Value):
    """
    Something that two channels may both know of one acceptance: an opportunity or a ticket of a PSA, a sales order, our
    own marker. `kind` names PSA and thing in small letters (`connectwise:opportunity`), so that it means the same
    whichever tool says it.
    """

    kind: str = Field(min_length=1)
    id: str = Field(min_length=1)


class OfferedQuote(Value):
    """What the customer accepted, as the tool tells it when it is read again."""

    key: QuoteKey
    customer: Customer
    lines: tuple[OfferedLine, ...]
    number: str = ""
    url: str = ""
    accepted_at: datetime | None = None
    accepted_by: Person | None = None
    requested_at: datetime | None = None
    ticket: Ticket | None = None
    links: tuple[Link, ...] = ()
    notes: str = ""
