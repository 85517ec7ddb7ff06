"""The messages of a world: quotes that were accepted, revised and revoked, and what each of them asks to be bought."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.products import Product

Bag = Counter[tuple[str, int, str]]
_TENANT = {
    "msCustExists": [catalogue.HAS_NO_TENANT],
    "mca2020FirstName": ["Dana"],
    "mca2020LastName": ["Reyes"],
    "mca2020Email": ["dana@contoso.example"],
    "mca2020EffectiveDate": ["2026-01-02"],
}
FRESH = Customer("", "Fourth Coffee", "CUST-2001")
_CUSTOMERS = (customers.CONTOSO, customers.NORTHWIND_INACTIVE, customers.TAILSPIN_ONE_PARENT, FRESH)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of a quote. `more` is what else its message says of it."""

    id: str
    product: Product
    quantity: int
    term: str = "Monthly"
    more: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the source. `day` is when it is to be bought; empty: at once."""

    quote: str
    revision: str
    accepted_at: datetime
    customer: Customer
    lines: tuple[Wanted, ...]
    day: str = ""
    revokes: bool = False

    @property
    def label(self) -> str:
        return f"{self.quote} r{self.revision or '-'}{' revoked' if self.revokes else ''}"

    def bag(self, line_ids: Sequence[str]) -> Bag:
        """What these lines order, in the form in which the simulated marketplace has it."""
        return Counter((one.product.id, one.quantity, one.term) for one in self.lines if one.id in line_ids)

    def body(self) -> bytes:
        quote = {"system": "shop", "id": self.quote, "revision": self.revision}
        data = {
            "quote": {**quote, "accepted_at": self.accepted_at.isoformat()},
            "customer": _customer(self.customer),
            "lines": [_line(one) for one in self.lines],
            "requested_date": self.day or None,
        }
        kind = "quote.revoked" if self.revokes else "quote.accepted"
        return json.dumps({"type": kind, "timestamp": self.accepted_at.isoformat(), "data": data}).encode()


def messages(chance: random.Random, start: datetime) -> tuple[Message, ...]:
    """One to three quotes, mostly of the same customer, some of them revised or revoked."""
    first = chance.choices(_CUSTOMERS, (60, 14, 12, 14))[0]
    made: list[Message] = []
    for number in range(1, chance.choices((1, 2, 3), (68, 28, 4))[0] + 1):
        customer = first if chance.random() < 0.75 else chance.choice(_CUSTOMERS)
        accepted = start - timedelta(seconds=600 - 7 * number)
        quote = _quote(chance, f"Q{number}", customer, accepted)
        made.append(quote)
        made += _later(chance, quote)
    return tuple(made)


def _quote(chance: random.Random, name: str, customer: Customer, accepted: datetime) -> Message:
    lines = [_first_line(chance, customer)]
    if chance.random() < 0.1:
        lines.append(Wanted("2", catalogue.ONBOARDING, 1, "One-Time", _apart(chance, accepted)))
    revision = chance.choice(("1", "1", ""))
    return Message(name, revision, accepted, customer, tuple(lines), _day(chance, accepted))


def _first_line(chance: random.Random, customer: Customer) -> Wanted:
    # Few quantities, so that some quotes of a customer are twins.
    quantity = chance.choice((2, 2, 3))
    kind = chance.random()
    if customer is customers.TAILSPIN_ONE_PARENT and kind < 0.6:
        return Wanted("1", catalogue.TEAMS_PHONE, quantity)
    if kind < 0.08:
        details = (("commitment", "1-Year"), ("provisioning", _TENANT))
        return Wanted("1", catalogue.M365_E3, quantity, "Annual", details)
    if kind < 0.14:
        return Wanted("1", catalogue.BACKUP, quantity, "Monthly", (("provisioning", {"colour": ["blue"]}),))
    cost = {"amount": "4.50", "currency": "USD"}
    return Wanted("1", catalogue.BACKUP, quantity, "Monthly", (("unit_cost", cost),))


def _apart(chance: random.Random, accepted: datetime) -> tuple[tuple[str, Any], ...]:
    """Some second lines are bought on another day, which makes two orders of the quote."""
    if chance.random() < 0.5:
        return ()
    return (("start_date", f"{accepted + timedelta(days=chance.choice((1, 90))):%Y-%m-%d}"),)


def _day(chance: random.Random, accepted: datetime) -> str:
    days = chance.choices((None, 1, 90, -3), (80, 8, 8, 4))[0]
    return "" if days is None else f"{accepted + timedelta(days=days):%Y-%m-%d}"


def _later(chance: random.Random, quote: Message) -> list[Message]:
    """What the customer thinks better of afterwards, perhaps."""
    later = quote.accepted_at + timedelta(seconds=3)
    match chance.choices(("", "revised", "revoked", "other"), (66, 14, 14, 6))[0]:
        case "revised":
            return [replace(quote, revision="2", accepted_at=later, lines=_dearer(quote))]
        case "revoked":
            return [replace(quote, revokes=True)]
        case "other":
            return [replace(quote, lines=_dearer(quote))]
        case _:
            return []


def _dearer(quote: Message) -> tuple[Wanted, ...]:
    return tuple(replace(line, quantity=line.quantity + 4) for line in quote.lines)


def _customer(customer: Customer) -> dict[str, Any]:
    contact = {"first_name": "Dana", "last_name": "Reyes", "email": "dana@example.com", "phone": "+1 555 0100"}
    return {
        "ref": customer.external_id,
        "external_id": customer.external_id,
        "name": customer.name,
        "phone": "+1 555 0100",
        "website": "https://example.com",
        "address": {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"},
        "contacts": [{**contact, "roles": ["admin", "billing", "technical"]}],
    }


def _line(line: Wanted) -> dict[str, Any]:
    plain = {"id": line.id, "product_id": line.product.id, "quantity": line.quantity, "billing_term": line.term}
    return {**plain, "marketplace": "pax8", **dict(line.more)}
