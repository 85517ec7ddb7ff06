"""
What is accepted: each quote with what it may buy, and the messages by which the quote tools tell of it.

Every line of every revision has a quantity that no other one has, so that what is bought tells what it was bought for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.products import Product
from pipeline.marketplaces.pax8.simulator.records import CONTACT_TYPES
from workers.drills.kills.plan import Plan, Sort

Json = dict[str, Any]
Content = tuple[tuple[str, int, str], ...]
"""Product, quantity and billing term of each line, sorted."""

_SIGNED, _BEARING = "crm", "shop"
DANA = {"first_name": "Dana", "last_name": "Reyes", "email": "dana@customer.example", "phone": "+1 555 0100"}
_ADDRESS = {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"}
_TENANT = {
    "msCustExists": [catalogue.HAS_A_TENANT],
    "msTenantId": ["6f1c2a34-9d55-4c1e-8f0b-2d6a5f3c7e10"],
    "mca2020FirstName": ["Dana"],
    "mca2020LastName": ["Reyes"],
    "mca2020Email": ["dana@customer.example"],
    "mca2020EffectiveDate": ["2026-01-15"],
}
_SIMPLE = ((catalogue.BACKUP, "Monthly"), (catalogue.ENDPOINT_VOLUME, "Monthly"), (catalogue.ONBOARDING, "One-Time"))
_LACKING = ((), ("Admin",), ("Billing", "Technical"))
_REPEATED = 0.15


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to send `after` so many seconds, once `awaits` has been taken. Without an id it is the bearer's."""

    quote_id: str
    connection: str
    delivery_id: str | None
    body: bytes
    after: float
    awaits: Delivery | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An accepted quote. `contents` of each revision; `company` is the name, which no two companies have."""

    id: str
    sort: Sort
    company: str
    contents: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Load:
    wanted: Sequence[Wanted]
    deliveries: Sequence[Delivery]


Place = Callable[..., Customer]
"""Puts a company at the marketplace: its name, the primaries that it has, and how many base plans."""


@dataclass
class _Writer:
    rng: random.Random
    begin: datetime
    place: Place
    wanted: list[Wanted] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def group(self, sort: Sort, size: int, after: float) -> None:
        """Quotes of one company, all at once."""
        company = self._company(sort)
        for _ in range(size):
            self._quote(sort, company, after)

    def _company(self, sort: Sort) -> Json:
        number = next(self.numbers)
        name = f"Company {number:05d}"
        known: Json = {"ref": f"X-{number:05d}", "external_id": f"X-{number:05d}", "name": name}
        whole = {**known, "phone": "+1 555 0100", "website": "https://customer.example", "address": _ADDRESS}
        whole["contacts"] = [DANA]
        if sort is Sort.NEWCOMER:
            return whole
        primaries = self.rng.choice(_LACKING) if sort is Sort.INACTIVE else CONTACT_TYPES
        base_plans = self.rng.randrange(2) if sort is Sort.ADD_ON else 0
        made = self.place(name, known["external_id"], primaries, base_plans)
        named = {"marketplace_ids": {"pax8": made.id}} if self.rng.random() < 0.7 else {}
        return {**whole, **named, "base_plans": base_plans}

    def _quote(self, sort: Sort, company: Json, after: float) -> None:
        quote_id = f"Q-{next(self.numbers):05d}"
        dated = sort is Sort.DATED or (sort in {Sort.REVISED, Sort.REVOKED} and self.rng.random() < 0.5)
        date = self.begin + timedelta(seconds=after + self.rng.uniform(4, 12)) if dated else None
        contents: list[Content] = []
        before = None
        for revision in ("1", "2") if sort is Sort.REVISED else ("",):
            lines = self._lines(sort, company)
            contents.append(_content(lines))
            head = {"id": quote_id, "revision": revision}
            data = self._data(head, company, lines, after, date)
            before = self._send(quote_id, "quote.accepted", data, after, before)
            after += self.rng.uniform(0.1, 3)
            if sort is Sort.REVOKED:
                self._send(quote_id, "quote.revoked", data, after, before)
        self.wanted.append(Wanted(quote_id, sort, company["name"], tuple(contents)))

    def _lines(self, sort: Sort, company: Json) -> list[Json]:
        if sort is not Sort.ADD_ON:
            return [self._line(1, *self.rng.choice(_SIMPLE))]
        if company["base_plans"]:
            return [self._line(1, catalogue.TEAMS_PHONE, "Monthly")]
        base = self._line(1, catalogue.M365_E3, "Annual") | {"commitment": "1-Year", "provisioning": _TENANT}
        return [base, self._line(2, catalogue.TEAMS_PHONE, "Monthly") | {"parent_line": "1"}]

    def _line(self, number: int, product: Product, term: str) -> Json:
        return {
            "id": str(number),
            "marketplace": "pax8",
            "product_id": product.id,
            "quantity": next(self.numbers),
            "billing_term": term,
        }

    def _data(self, head: Json, company: Json, lines: list[Json], after: float, date: datetime | None) -> Json:
        accepted_at = self.begin + timedelta(seconds=after)
        customer = {name: value for name, value in company.items() if name != "base_plans"}
        return {
            "quote": {**head, "system": "drill", "accepted_at": accepted_at.isoformat()},
            "customer": customer,
            "lines": lines,
            "requested_date": date.isoformat() if date else None,
        }

    def _send(self, quote_id: str, kind: str, data: Json, after: float, awaits: Delivery | None) -> Delivery:
        """The message, by one of the doors; now and then it comes again, and then by either."""
        body = json.dumps({"type": kind, "timestamp": self.begin.isoformat(), "data": data}).encode()
        first = self._by(self.rng.choice((_SIGNED, _BEARING)), quote_id, body, after, awaits)
        self.deliveries.append(first)
        if self.rng.random() < _REPEATED:
            again = after + self.rng.choice((0.0, self.rng.uniform(0, 5)))
            other = self._by(self.rng.choice((_SIGNED, _BEARING)), quote_id, body, again, awaits)
            same = Delivery(quote_id, first.connection, first.delivery_id, body, again, awaits)
            self.deliveries.append(self.rng.choice((same, other)))
        return first

    def _by(self, connection: str, quote_id: str, body: bytes, after: float, awaits: Delivery | None) -> Delivery:
        named = connection == _SIGNED or self.rng.random() < 0.5
        delivery_id = f"msg-{next(self.numbers):06d}" if named else None
        return Delivery(quote_id, connection, delivery_id, body, after, awaits)


def _content(lines: Sequence[Json]) -> Content:
    return tuple(sorted((line["product_id"], line["quantity"], line["billing_term"]) for line in lines))


def make_load(plan: Plan, seed: int, begin: datetime, place: Place) -> Load:
    """The quotes of the plan in a chance order, evenly over its seconds. Equal seeds give equal ones."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    groups: list[tuple[Sort, int]] = []
    for sort, number in plan.accepted.items():
        size = plan.at_once if sort in {Sort.BURST, Sort.NEWCOMER} else 1
        groups += [(sort, min(size, number - at)) for at in range(0, number, size)]
    rng.shuffle(groups)
    writer = _Writer(rng, begin, place)
    for at, (sort, size) in enumerate(groups):
        writer.group(sort, size, plan.seconds * at / len(groups))
    return Load(writer.wanted, sorted(writer.deliveries, key=lambda delivery: delivery.after))
