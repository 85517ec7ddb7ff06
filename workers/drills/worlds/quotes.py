"""The messages of a world: quotes that were accepted, revised and revoked, and what each of them asks to be bought."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.simulated import Simulated
from workers.drills.worlds import wares
from workers.drills.worlds.wares import Wanted

Bag = Counter[tuple[str, int, str]]
FRESH = Customer("", "Fourth Coffee", "CUST-2001")
_CUSTOMERS = (customers.CONTOSO, customers.NORTHWIND_INACTIVE, customers.TAILSPIN_ONE_PARENT, FRESH)


def email_of(customer: Customer) -> str:
    """The address by which some marketplaces know a customer: as their simulators have it, where they have it."""
    return f"ada@{customer.name.split()[0].casefold()}.example"


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
        """What these lines order, in the form in which the simulated marketplaces have it."""
        return Counter(one.bought_as for one in self.lines if one.id in line_ids)

    def lines_at(self, marketplace: Simulated) -> tuple[Wanted, ...]:
        return tuple(one for one in self.lines if one.marketplace is marketplace)

    def body(self) -> bytes:
        quote = {"system": "shop", "id": self.quote, "revision": self.revision}
        data = {
            "quote": {**quote, "accepted_at": self.accepted_at.isoformat()},
            "customer": _customer(self.customer),
            "lines": [one.line() for one in self.lines],
            "requested_date": self.day or None,
        }
        kind = "quote.revoked" if self.revokes else "quote.accepted"
        return json.dumps({"type": kind, "timestamp": self.accepted_at.isoformat(), "data": data}).encode()


def messages(chance: random.Random, start: datetime, markets: Sequence[Simulated]) -> tuple[Message, ...]:
    """One to three quotes, mostly of the same customer, some of them revised or revoked."""
    first = chance.choices(_CUSTOMERS, (60, 14, 12, 14))[0]
    made: list[Message] = []
    for number in range(1, chance.choices((1, 2, 3), (78, 18, 4))[0] + 1):
        customer = first if chance.random() < 0.75 else chance.choice(_CUSTOMERS)
        accepted = start - timedelta(seconds=600 - 7 * number)
        quote = _quote(chance, f"Q{number}", customer, accepted, markets)
        made.append(quote)
        made += _later(chance, quote)
    return tuple(made)


def _quote(
    chance: random.Random, name: str, customer: Customer, accepted: datetime, markets: Sequence[Simulated]
) -> Message:
    spans = len(markets) > 1 and chance.random() < 0.7
    asked = markets if spans else (chance.choice(markets),)
    lines = [wares.line(chance, str(number), customer, one) for number, one in enumerate(asked, 1)]
    if chance.random() < 0.1 and Simulated.PAX8 in asked:
        more = _apart(chance, accepted)
        lines.append(Wanted(str(len(lines) + 1), catalogue.ONBOARDING.id, 1, "One-Time", "One-Time", more))
    revision = chance.choice(("1", "1", ""))
    return Message(name, revision, accepted, customer, tuple(lines), _day(chance, accepted))


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


def _customer(customer: Customer) -> Mapping[str, Any]:
    contact = {
        "first_name": "Dana",
        "last_name": "Reyes",
        "email": email_of(customer),
        "phone": "+1 555 0100",
        "roles": ["admin", "billing", "technical"],
    }
    return {
        "ref": customer.external_id,
        "external_id": customer.external_id,
        "name": customer.name,
        "phone": "+1 555 0100",
        "website": "https://example.com",
        "address": {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"},
        "contacts": [contact],
    }
