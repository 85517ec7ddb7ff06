"""What a customer accepted: an immutable snapshot, as it was sent and before anything was looked up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field

from pipeline.domain.customer import Customer
from pipeline.domain.money import Money
from pipeline.domain.terms import BillingTerm, commitment_months, read_billing_term
from pipeline.domain.values import Value


class QuoteKey(Value):
    """(system, id) names a quote; the revision, empty where the sender has none, names one acceptance of it."""

    system: str = Field(min_length=1)
    id: str = Field(min_length=1)
    revision: str = ""


class Person(Value):
    name: str = ""
    email: str = ""


class Ticket(Value):
    system: str
    id: str


class QuoteLine(Value):
    """
    One accepted line. Words (billing term, commitment) are the sender's; reading them is the catalogue's work.

    `parent_line` names another line of the quote, `parent_subscription` a live one at the marketplace. `start_at` is
    an instant; None means now. `source_key` is what the sender's tool knows the product by, as the product map has it.
    `offered` is a fingerprint of the line in the tool's words, where the map made this one of it.

    `changes` is the id of a subscription that is there: quantity and terms are what it is to be, and with `adds` the
    quantity is what it is to be more by.
    """

    id: str = Field(min_length=1)
    marketplace: str = Field(min_length=1)
    quantity: int = Field(gt=0)
    product_id: str = ""
    sku: str = ""
    description: str = ""
    billing_term: str = ""
    commitment: str = ""
    unit_price: Money | None = None
    unit_cost: Money | None = None
    parent_line: str | None = None
    parent_subscription: str | None = None
    start_at: datetime | None = None
    provisioning: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    source_key: str = ""
    offered: str = ""
    changes: str = ""
    adds: bool = False

    @property
    def label(self) -> str:
        """What a person recognises the line by."""
        return self.description or self.sku or self.product_id or self.changes

    @property
    def named(self) -> str:
        """What the sender names the product by, or else the subscription."""
        return self.product_id or self.sku or self.changes

    def content(self) -> dict[str, Any]:
        """
        What was accepted by this line. Where the product map took part, that is what the tool offered: a map that has
        changed since makes no other content of the same acceptance.
        """
        if self.offered:
            return {"id": self.id, "offered": self.offered}
        return self.model_dump(exclude_defaults=True, exclude={"source_key"})


class AcceptedQuote(Value):
    """`lines` are empty where a tool's quote has none that can be ordered as it stands: it is all for a person."""

    key: QuoteKey
    customer: Customer
    lines: tuple[QuoteLine, ...]
    number: str = ""
    url: str = ""
    accepted_at: datetime | None = None
    accepted_by: Person | None = None
    requested_at: datetime | None = None
    ticket: Ticket | None = None
    notes: str = ""

    def content_hash(self) -> str:
        """
        Equal for two messages that accept the same thing, however often and through whichever channel they came.

        What a channel adds about the acceptance itself (when, by whom, a link) is not what was accepted, and how it
        writes an amount, an instant or the order of named values makes no other content.
        """
        accepted = self.model_dump(include={"customer", "requested_at"}, exclude_defaults=True)
        return fingerprint({**accepted, "lines": [line.content() for line in self.lines]})

    def goods(self) -> tuple[tuple[str, str, int], ...]:
        """
        What is bought and how much of it, comparable between channels that name lines and customers in their own ways:
        (marketplace, product, quantity), sorted, equal products added up.
        """
        counted: dict[tuple[str, str], int] = {}
        for line in self.lines:
            product = (line.marketplace, line.named)
            counted[product] = counted.get(product, 0) + line.quantity
        return tuple(sorted((*product, quantity) for product, quantity in counted.items()))

    def terms(self) -> dict[tuple[str, str, str], dict[BillingTerm | int | None, int]]:
        """
        How much of a product is to be billed, or is committed to, how: (marketplace, product, which of the two) -> the
        quantity under each term. Left out where a line of it tells none, or in a word that is no known one.
        """
        told: dict[tuple[str, str, str], dict[BillingTerm | int | None, int]] = {}
        for line in self.lines:
            product = (line.marketplace, line.named)
            billing, commitment = read_billing_term(line.billing_term), commitment_months(line.commitment)
            for kind, term in (("billing", billing), ("commitment", commitment)):
                counted = told.setdefault((*product, kind), {})
                counted[term] = counted.get(term, 0) + line.quantity
        return {what: counted for what, counted in told.items() if None not in counted}

    def agrees_in_terms(self, other: AcceptedQuote) -> bool:
        """Whether both have the same terms, as far as both tell them."""
        ours, theirs = self.terms(), other.terms()
        return all(ours[what] == theirs[what] for what in ours.keys() & theirs.keys())

    def dates(self, now: datetime) -> frozenset[datetime]:
        """The instants ahead on which something of it is to be bought; empty: all of it at once."""
        starts = (line.start_at or self.requested_at for line in self.lines)
        return frozenset(start for start in starts if start is not None and start > now)

    def only(self, line_ids: frozenset[str]) -> AcceptedQuote:
        """
        The same acceptance, seen by the order that buys just these lines. What hangs from a line that changes a
        subscription is bought by another order than that line's: there it hangs from the subscription itself.
        """
        changed = {line.id: line.changes for line in self.lines if line.changes}
        mine = [line for line in self.lines if line.id in line_ids]
        lines = tuple(_hung(line, changed.get(line.parent_line or "", "")) for line in mine)
        return self.model_copy(update={"lines": lines})


def _hung(line: QuoteLine, subscription_id: str) -> QuoteLine:
    if not subscription_id:
        return line
    return line.model_copy(update={"parent_line": None, "parent_subscription": subscription_id})


def fingerprint(content: Mapping[str, Any]) -> str:
    """Equal for equal content, however amounts, instants and the order of names are written."""
    canonical = json.dumps(content, sort_keys=True, default=_canonical)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value: object) -> str:
    """One text for equal values: 36.0 and 36.00, 10:00Z and 11:00+01:00."""
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            raise TypeError(f"a quote holds no {type(value).__name__}")
