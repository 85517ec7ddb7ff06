"""A marketplace in memory."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Self, TypeVar
from uuid import uuid4

from pipeline.abilities import BasketGone, Passed, RefusedPayload
from pipeline.domain.catalogue import (
    Dependencies,
    PlacedLine,
    PlacedOrder,
    Price,
    PriceKind,
    Product,
    ProvisioningField,
    Rate,
    Subscription,
    Verdict,
)
from pipeline.domain.claim import (
    AddContact,
    Answer,
    AnswerClass,
    CreateCompany,
    NewContact,
    Payload,
    PlaceOrder,
    Purchase,
    PurchaseLine,
    Write,
)
from pipeline.domain.company import Company, CompanyContact, CompanyStatus
from pipeline.domain.customer import ContactRole
from pipeline.domain.errors import NotFound
from pipeline.domain.known import KnownOrders
from pipeline.domain.terms import BillingTerm

T = TypeVar("T")


def a_price(cost: str = "4.50", term: BillingTerm = BillingTerm.MONTHLY, months: int | None = None) -> Price:
    """A flat price a unit."""
    return Price(term, term.value, months, PriceKind.FLAT, (Rate(Decimal(cost)),))


@dataclass
class FakeMarketplace:
    """
    A marketplace in memory, with a dry run. Everything is a public table that a test fills.

    It keeps the port's promises: a company is active once all roles have a primary, an order makes subscriptions.
    `answers` are given to the next writes instead of carrying them out, `verdicts` to the next dry runs.
    """

    name: str = "pax8"
    title: str = "Pax8"
    listed: dict[str, Company] = field(default_factory=dict)
    people: dict[str, list[CompanyContact]] = field(default_factory=dict)
    catalogue: dict[str, Product] = field(default_factory=dict)
    priced: dict[str, tuple[Price, ...]] = field(default_factory=dict)
    needs: dict[str, Dependencies] = field(default_factory=dict)
    asked: dict[str, tuple[ProvisioningField, ...]] = field(default_factory=dict)
    subscribed: dict[str, Subscription] = field(default_factory=dict)
    placed: dict[str, PlacedOrder] = field(default_factory=dict)
    answers: deque[Answer] = field(default_factory=deque)
    verdicts: deque[RefusedPayload] = field(default_factory=deque)
    sent: list[Write] = field(default_factory=list)
    rehearsed: list[Payload] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    provisions: tuple[str, Verdict] = ("Active", Verdict.LIVE)

    def sells(
        self,
        product_id: str,
        *prices: Price,
        needs: Dependencies | None = None,
        fields: Sequence[ProvisioningField] = (),
        requires_commitment: bool = False,
    ) -> Self:
        """Puts a product on sale, at a plain monthly price unless prices are given."""
        name, sku = product_id.replace("-", " ").title(), f"SKU-{product_id}"
        self.catalogue[product_id] = Product(product_id, name, sku, "", requires_commitment)
        self.priced[product_id] = prices or (a_price(),)
        self.needs[product_id] = needs or Dependencies()
        self.asked[product_id] = tuple(fields)
        return self

    def knows(self, company_id: str, name: str = "Contoso Ltd", **changed: Any) -> Company:
        """Puts a company there, active unless changed."""
        status = changed.pop("status", CompanyStatus.ACTIVE)
        changed.setdefault("country", "US")
        self.listed[company_id] = Company(company_id, name, status, status.value.title(), **changed)
        return self.listed[company_id]

    def subscribes(self, subscription_id: str, product_id: str, **changed: Any) -> Subscription:
        """Puts a subscription there, live unless changed."""
        company_id = changed.pop("company_id", "company")
        quantity = Decimal(changed.pop("quantity", 10))
        word, verdict = changed.pop("status", ("Active", Verdict.LIVE))
        made = Subscription(
            subscription_id, company_id, product_id, quantity, BillingTerm.MONTHLY, word, verdict, **changed
        )
        self.subscribed[subscription_id] = made
        return made

    def company(self, company_id: str) -> Company:
        return _found(self.listed, company_id, self._count("company"))

    def companies(self) -> Sequence[Company]:
        self._count("companies")
        return list(self.listed.values())

    def contacts(self, company_id: str) -> Sequence[CompanyContact]:
        self._count("contacts")
        return list(self.people.get(company_id, ()))

    def product(self, product_id: str) -> Product:
        return _found(self.catalogue, product_id, self._count("product"))

    def products_by_sku(self, sku: str) -> Sequence[Product]:
        self._count("products_by_sku")
        return [product for product in self.catalogue.values() if sku in (product.sku, product.vendor_sku)]

    def prices(self, product_id: str, company_id: str) -> Sequence[Price]:
        del company_id
        return _found(self.priced, product_id, self._count("prices"))

    def dependencies(self, product_id: str) -> Dependencies:
        return _found(self.needs, product_id, self._count("dependencies"))

    def fields(self, product_id: str) -> Sequence[ProvisioningField]:
        return _found(self.asked, product_id, self._count("fields"))

    def subscriptions(self, company_id: str, product_id: str | None = None) -> Sequence[Subscription]:
        self._count("subscriptions")
        return [
            one
            for one in self.subscribed.values()
            if one.company_id == company_id and product_id in (None, one.product_id)
        ]

    def subscription(self, subscription_id: str) -> Subscription:
        return _found(self.subscribed, subscription_id, self._count("subscription"))

    def compose(self, purchase: Purchase) -> Payload:
        content = {"company": purchase.company_id, "lines": [line.model_dump(mode="json") for line in purchase.lines]}
        body = json.dumps(content, sort_keys=True)
        return Payload(body=body, hash=hashlib.sha256(body.encode()).hexdigest())

    def order(self, order_id: str) -> PlacedOrder:
        return _found(self.placed, order_id, self._count("order"))

    def new_orders(self, company_id: str, known: KnownOrders) -> Sequence[PlacedOrder]:
        self._count("new_orders")
        theirs = [order for order in self.placed.values() if order.company_id == company_id]
        unknown = known.unknown(order.id for order in theirs)
        return [order for order in theirs if order.id in unknown]

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload | BasketGone:
        self.rehearsed.append(wanted.payload)
        return self.verdicts.popleft() if self.verdicts else Passed()

    def ready_to_send(self) -> None:
        self._count("ready_to_send")

    def send(self, write: Write, send_before: float) -> Answer:
        del send_before
        self.sent.append(write)
        return self.answers.popleft() if self.answers else self.carry_out(write)

    def carry_out(self, write: Write) -> Answer:
        """What becomes of a write, also of one whose answer was lost."""
        made = str(uuid4())
        match write:
            case CreateCompany():
                self.knows(made, write.name, status=CompanyStatus.INACTIVE, external_id=write.external_id)
                self.listed[made] = replace(self.listed[made], country=write.country)
                for person in write.contacts:
                    self._add(made, person)
            case AddContact():
                made = self._add(write.company_id, write.contact, write.contact_id)
            case PlaceOrder():
                lines = tuple(self._subscribe(write.company_id, line) for line in write.lines)
                self.placed[made] = PlacedOrder(made, write.company_id, lines)
            case _:
                return Answer(AnswerClass.REJECTED, details=("It has no such thing.",), status=404)
        return Answer(AnswerClass.ACCEPTED, ref=made, status=200)

    def _add(self, company_id: str, person: NewContact, contact_id: str | None = None) -> str:
        made, roles = contact_id or str(uuid4()), frozenset(person.roles)
        others = [one for one in self.people.get(company_id, []) if one.id != made]
        one = CompanyContact(made, person.first_name, person.last_name, person.email, person.phone, roles, roles)
        self.people[company_id] = [*(replace(other, primary_for=other.primary_for - roles) for other in others), one]
        if frozenset(ContactRole) <= {role for each in self.people[company_id] for role in each.primary_for}:
            self.listed[company_id] = replace(
                self.listed[company_id], status=CompanyStatus.ACTIVE, status_word="Active"
            )
        return made

    def _subscribe(self, company_id: str, line: PurchaseLine) -> PlacedLine:
        made = self.subscribes(
            str(uuid4()), line.product_id, company_id=company_id, quantity=line.quantity, status=self.provisions
        )
        return PlacedLine(line.product_id, Decimal(line.quantity), line.billing_term, made.id)

    def _count(self, what: str) -> str:
        self.calls[what] += 1
        return what


def _found(table: Mapping[str, T], key: str, what: str) -> T:
    if key not in table:
        raise NotFound(f"The marketplace has no {what} {key}.")
    return table[key]
