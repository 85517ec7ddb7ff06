"""Marketplaces in memory that do more: customers by e-mail, references, baskets, late prices, changes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from pipeline.abilities import BasketGone, Passed, RefusedPayload
from pipeline.domain.catalogue import PlacedOrder, Subscription
from pipeline.domain.claim import (
    Answer,
    AnswerClass,
    ApproveCompany,
    ChangeSubscription,
    DropBasket,
    FillBasket,
    Payload,
    PlaceOrder,
    Write,
)
from pipeline.domain.company import Company, CompanyStatus
from pipeline.domain.money import Money
from pipeline.domain.terms import SubscriptionTerms
from pipeline.testing.marketplace import FakeMarketplace


@dataclass
class FakeByEmail(FakeMarketplace):
    """Knows customers by `Company.email`, keeps our reference, and says what all of it costs in the dry run only."""

    references: dict[str, str] = field(default_factory=dict)
    total: Money | None = None
    prices_at_rehearsal: bool = True

    def customers(self, email: str) -> Sequence[Company]:
        self._count("customers")
        return [one for one in self.listed.values() if one.email.casefold() == email.casefold()]

    def wanted_of_buyer(self) -> frozenset[str]:
        return frozenset({"email", "first_name", "last_name", "street", "city", "country"})

    def find_orders(self, write: PlaceOrder) -> Sequence[PlacedOrder]:
        self._count("find_orders")
        return [self.placed[made] for made, reference in self.references.items() if reference == write.reference]

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload | BasketGone:
        verdict = super().rehearse(wanted)
        return Passed(self.total) if isinstance(verdict, Passed) else verdict

    def carry_out(self, write: Write) -> Answer:
        answer = super().carry_out(write)
        if isinstance(write, PlaceOrder) and answer.ref is not None:
            self.references[answer.ref] = write.reference
        return answer


@dataclass
class FakeWithBaskets(FakeMarketplace):
    """
    Buys from baskets only, finds orders by them, and lets new companies in. `baskets` are those that are there, by id,
    `bought_from` the basket of each order. `shows_baskets`: one can be found by our number, `drops_baskets`: one can be
    thrown away.
    """

    baskets: dict[str, FillBasket] = field(default_factory=dict)
    bought_from: dict[str, str] = field(default_factory=dict)
    shows_baskets: bool = True
    drops_baskets: bool = True

    def find_basket(self, write: FillBasket) -> str | None:
        self._count("find_basket")
        ours = [key for key, one in self.baskets.items() if one.number == write.number]
        return ours[0] if ours and self.shows_baskets else None

    def find_orders(self, write: PlaceOrder) -> Sequence[PlacedOrder]:
        self._count("find_orders")
        return [self.placed[made] for made, basket in self.bought_from.items() if basket == write.basket]

    def rehearse(self, wanted: PlaceOrder) -> Passed | RefusedPayload | BasketGone:
        if wanted.basket not in self.baskets:
            return BasketGone()
        return super().rehearse(wanted)

    def carry_out(self, write: Write) -> Answer:
        match write:
            case FillBasket():
                made = f"basket-{uuid4()}"
                self.baskets[made] = write
                return Answer(AnswerClass.ACCEPTED, ref=made, status=201)
            case DropBasket():
                self.baskets.pop(write.basket, None)
                return Answer(AnswerClass.ACCEPTED, ref=write.basket, status=200)
            case ApproveCompany():
                self.knows(write.company_id, status=CompanyStatus.ACTIVE)
                return Answer(AnswerClass.ACCEPTED, ref=write.company_id, status=200)
            case PlaceOrder():
                return self._bought(write)
            case _:
                return super().carry_out(write)

    def _bought(self, write: PlaceOrder) -> Answer:
        if write.basket not in self.baskets:
            return Answer(AnswerClass.REJECTED, details=("There is no such basket.",), status=404)
        answer = super().carry_out(write)
        if answer.ref is not None:
            self.bought_from[answer.ref] = write.basket
        return answer


@dataclass
class FakeWithChanges(FakeMarketplace):
    """Changes its subscriptions, as Pax8 does. `lagging` reads show each of them as it was before its last change."""

    lagging: bool = False
    earlier: dict[str, Subscription] = field(default_factory=dict)

    def compose_change(self, subscription_id: str, before: SubscriptionTerms, after: SubscriptionTerms) -> Payload:
        del before
        body = after.model_dump_json()
        return Payload(body=body, hash=hashlib.sha256(f"{subscription_id} {body}".encode()).hexdigest())

    def subscription(self, subscription_id: str) -> Subscription:
        now = super().subscription(subscription_id)
        return self.earlier.get(subscription_id, now) if self.lagging else now

    def becomes(self, subscription_id: str, **changed: Any) -> None:
        """Somebody changes the subscription."""
        self.earlier[subscription_id] = self.subscribed[subscription_id]
        self.subscribed[subscription_id] = replace(self.subscribed[subscription_id], **changed)

    def carry_out(self, write: Write) -> Answer:
        if not isinstance(write, ChangeSubscription):
            return super().carry_out(write)
        if write.subscription_id not in self.subscribed:
            return Answer(AnswerClass.REJECTED, details=("It has no such subscription.",), status=404)
        after = write.after
        self.becomes(write.subscription_id, quantity=Decimal(after.quantity), billing_term=after.billing_term)
        return Answer(AnswerClass.ACCEPTED, ref=write.subscription_id, status=200)
