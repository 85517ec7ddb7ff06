"""Orders and what they need, made from a few words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.customer import Address, Contact, Customer
from pipeline.domain.facts import Facts
from pipeline.domain.known import KnownOrders
from pipeline.domain.money import Money
from pipeline.domain.order import Order, Policy
from pipeline.domain.quote import AcceptedQuote, QuoteKey, QuoteLine
from pipeline.domain.stage import Stage

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
DANA = Contact(first_name="Dana", last_name="Reyes", email="dana@contoso.example", phone="+1 555 0100")
CONTOSO = Customer(
    ref="CRM-42",
    name="Contoso Ltd",
    phone="+1 555 0100",
    website="https://contoso.example",
    address=Address(street="1 Main St", city="Denver", state="CO", postal_code="80202", country="US"),
    contacts=(DANA,),
)


class MemoryKnownOrders:
    """`KnownOrders` in memory. `owned` are the ids that claims of ours own."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.first_seen: dict[str, datetime] = {}
        self.owned: set[str] = set()

    def count(self) -> int:
        return len(self.first_seen)

    def unknown(self, order_ids: Iterable[str]) -> frozenset[str]:
        return frozenset(order_ids).difference(self.first_seen)

    def learn(self, orders: Sequence[PlacedOrder]) -> None:
        for order in orders:
            self.first_seen.setdefault(order.id, self.now)

    def seen_since(self, moment: datetime) -> tuple[str, ...]:
        late = [key for key, at in self.first_seen.items() if at > moment and key not in self.owned]
        return tuple(sorted(late, key=lambda key: self.first_seen[key]))


def a_line(line_id: str = "1", product_id: str = "backup", **changed: Any) -> QuoteLine:
    """A quoted line; `unit_cost` may be a decimal text in USD."""
    values: dict[str, Any] = {
        "id": line_id,
        "marketplace": "pax8",
        "product_id": product_id,
        "quantity": 10,
        "billing_term": "Monthly",
    }
    if isinstance(changed.get("unit_cost"), str):
        changed["unit_cost"] = Money(amount=Decimal(changed["unit_cost"]), currency="USD")
    return QuoteLine(**(values | changed))


def an_order(
    *lines: QuoteLine,
    customer: Customer = CONTOSO,
    stage: Stage = Stage.RESOLVE_COMPANY,
    now: datetime = NOON,
    known: KnownOrders | None = None,
    **changed: Any,
) -> Order:
    """An order of one plain line, unless lines are given; any field of `Order` may be changed."""
    quote = AcceptedQuote(
        key=QuoteKey(system="crm", id="Q-1001", revision="1"), customer=customer, lines=lines or (a_line(),)
    )
    values: dict[str, Any] = {
        "id": uuid4(),
        "ref": "QW-0123456789",
        "version": 1,
        "marketplace": "pax8",
        "title": "Pax8",
        "account": "pax8",
        "customer_key": hashlib.sha256(customer.identity("crm", "pax8").encode()).hexdigest(),
        "requested_at": None,
        "facts": Facts(),
        "policy": Policy(),
        "entered_at": now,
    }
    made = values | changed
    return Order(stage=stage, now=now, quote=quote, known=known or MemoryKnownOrders(now), **made)
