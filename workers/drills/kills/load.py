"""
What is accepted: each quote with what it may buy, and the messages by which the quote tools tell of it.

No two lines of one customer have the same quantity, so that what is bought tells what it was bought for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, cycle
from typing import Any

from pipeline.marketplaces.appxite.simulator import catalogue as appxite
from pipeline.marketplaces.flexportal.simulator import catalogue as flexportal
from pipeline.marketplaces.limio.simulator import catalogue as limio
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.simulated import Simulated
from workers.drills.kills.counted import BY_EMAIL, Content
from workers.drills.kills.places import Buyer, Places
from workers.drills.kills.plan import Plan, Sort

Json = dict[str, Any]

_SIGNED, _BEARING = "crm", "shop"
_TENANT = {
    "msCustExists": [catalogue.HAS_A_TENANT],
    "msTenantId": ["6f1c2a34-9d55-4c1e-8f0b-2d6a5f3c7e10"],
    "mca2020FirstName": ["Dana"],
    "mca2020LastName": ["Reyes"],
    "mca2020Email": ["dana@customer.example"],
    "mca2020EffectiveDate": ["2026-01-15"],
}
_SIMPLE = (
    (catalogue.BACKUP.id, "Monthly"),
    (catalogue.ENDPOINT_VOLUME.id, "Monthly"),
    (catalogue.ONBOARDING.id, "One-Time"),
)
_REPEATED = 0.15
_OTHERS = (Simulated.APPXITE, Simulated.FLEXPORTAL, Simulated.LIMIO)
# Sorts that make sense elsewhere than at Pax8: an organisation that nobody has let in yet is an inactive one, and who
# makes their customers from orders knows new ones.
_ELSEWHERE: Mapping[Sort, Sequence[Simulated]] = {
    Sort.PLAIN: _OTHERS,
    Sort.BURST: _OTHERS,
    Sort.DATED: _OTHERS,
    Sort.REVISED: _OTHERS,
    Sort.REVOKED: _OTHERS,
    Sort.NEWCOMER: (Simulated.FLEXPORTAL, Simulated.LIMIO),
    Sort.INACTIVE: (Simulated.APPXITE,),
}


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
    """
    An accepted quote. `contents` of each revision, by marketplace; `company` is the customer's name, which no other one
    has, nor its address.
    """

    id: str
    sort: Sort
    company: str
    email: str
    contents: tuple[Mapping[Simulated, Content], ...]

    @property
    def markets(self) -> Sequence[Simulated]:
        """Where it buys: one order each."""
        return tuple(self.contents[0])

    def customer(self, at: Simulated) -> str:
        """What the customer is known by there."""
        return self.email if at in BY_EMAIL else self.company


@dataclass(frozen=True, slots=True)
class Load:
    wanted: Sequence[Wanted]
    deliveries: Sequence[Delivery]

    @property
    def orders(self) -> int:
        return sum(len(one.markets) for one in self.wanted)


@dataclass
class _Writer:
    rng: random.Random
    begin: datetime
    places: Places
    wanted: list[Wanted] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    turns: dict[Sort, Iterator[Simulated]] = field(default_factory=dict)

    def group(self, sort: Sort, size: int, after: float) -> None:
        """Quotes of one customer, all at once."""
        markets = self._markets(sort)
        buyer = self.places.settle(self.rng, sort, next(self.numbers), markets)
        for _ in range(size):
            self._quote(sort, buyer, markets, after)

    def _markets(self, sort: Sort) -> Sequence[Simulated]:
        """Every other one buys at Pax8, the rest in turn elsewhere; one that spans buys at two or more at once."""
        if sort is Sort.SPANNING:
            return (Simulated.PAX8, *self.rng.sample(_OTHERS, self.rng.randint(1, len(_OTHERS))))
        pairs = ((Simulated.PAX8, other) for other in _ELSEWHERE.get(sort, (Simulated.PAX8,)))
        turn = self.turns.setdefault(sort, cycle([market for pair in pairs for market in pair]))
        return (next(turn),)

    def _quote(self, sort: Sort, buyer: Buyer, markets: Sequence[Simulated], after: float) -> None:
        quote_id = f"Q-{next(self.numbers):05d}"
        dated = sort is Sort.DATED or (sort in {Sort.REVISED, Sort.REVOKED} and self.rng.random() < 0.5)
        date = self.begin + timedelta(seconds=after + self.rng.uniform(4, 12)) if dated else None
        contents: list[Mapping[Simulated, Content]] = []
        before = None
        for revision in ("1", "2") if sort is Sort.REVISED else ("",):
            lines = self._lines(sort, buyer, markets)
            contents.append({market: _content(lines, market) for market in markets})
            head = {"id": quote_id, "revision": revision}
            data = self._data(head, buyer, lines, after, date)
            before = self._send(quote_id, "quote.accepted", data, after, before)
            after += self.rng.uniform(0.1, 3)
            if sort is Sort.REVOKED:
                self._send(quote_id, "quote.revoked", data, after, before)
        self.wanted.append(Wanted(quote_id, sort, buyer.name, buyer.email, tuple(contents)))

    def _lines(self, sort: Sort, buyer: Buyer, markets: Sequence[Simulated]) -> list[Json]:
        if sort is not Sort.ADD_ON:
            return [self._line_at(market, number, buyer) for number, market in enumerate(markets, 1)]
        if buyer.base_plans:
            return [_line(1, Simulated.PAX8, catalogue.TEAMS_PHONE.id, next(buyer.quantities))]
        base = _line(1, Simulated.PAX8, catalogue.M365_E3.id, next(buyer.quantities), "Annual")
        child = _line(2, Simulated.PAX8, catalogue.TEAMS_PHONE.id, next(buyer.quantities))
        return [base | {"commitment": "1-Year", "provisioning": _TENANT}, child | {"parent_line": "1"}]

    def _line_at(self, market: Simulated, number: int, buyer: Buyer) -> Json:
        quantity = next(buyer.quantities)
        match market:
            case Simulated.PAX8:
                product_id, term = self.rng.choice(_SIMPLE)
                return _line(number, market, product_id, quantity, term)
            case Simulated.APPXITE:
                answers = {"locationBox1": ["Dublin"]}
                return _line(number, market, appxite.VIRTUAL_SERVER.id, quantity) | {"provisioning": answers}
            case Simulated.FLEXPORTAL:
                return _line(number, market, flexportal.LAPTOP_14, quantity) | {"commitment": "12 months"}
            case Simulated.LIMIO:
                return _line(number, market, limio.BACKUP.id, quantity)

    def _data(self, head: Json, buyer: Buyer, lines: list[Json], after: float, date: datetime | None) -> Json:
        accepted_at = self.begin + timedelta(seconds=after)
        return {
            "quote": {**head, "system": "drill", "accepted_at": accepted_at.isoformat()},
            "customer": buyer.told,
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


def _line(number: int, market: Simulated, product_id: str, quantity: int, term: str = "Monthly") -> Json:
    head = {"id": str(number), "marketplace": market.value, "product_id": product_id}
    return {**head, "quantity": quantity, "billing_term": term}


def _content(lines: Sequence[Json], market: Simulated) -> Content:
    mine = [line for line in lines if line["marketplace"] == market]
    return tuple(sorted((line["product_id"], line["quantity"], line["billing_term"]) for line in mine))


def make_load(plan: Plan, seed: int, begin: datetime, places: Places) -> Load:
    """The quotes of the plan in a chance order, evenly over its seconds. Equal seeds give equal ones."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    groups: list[tuple[Sort, int]] = []
    for sort, number in plan.accepted.items():
        size = plan.at_once if sort in {Sort.BURST, Sort.NEWCOMER} else 1
        groups += [(sort, min(size, number - at)) for at in range(0, number, size)]
    rng.shuffle(groups)
    writer = _Writer(rng, begin, places)
    for at, (sort, size) in enumerate(groups):
        writer.group(sort, size, plan.seconds * at / len(groups))
    return Load(writer.wanted, sorted(writer.deliveries, key=lambda delivery: delivery.after))
