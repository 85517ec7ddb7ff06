"""
Writes at a marketplace, what became of them, and the claim: the committed record that one is about to be made.

A claim stays open until we know what became of it. While it is open nobody else writes for the same customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pipeline.domain.customer import Buyer, ContactRole
from pipeline.domain.terms import BillingTerm, SubscriptionTerms
from pipeline.domain.values import Value

_BEHIND = tuple(timedelta(minutes=minutes) for minutes in (1, 1, 2, 5, 15, 60, 240, 1440))


class NewContact(Value):
    """A person to be made the primary contact for `roles`; for `secondary` they are one of several already."""

    first_name: str
    last_name: str
    email: str
    phone: str
    roles: tuple[ContactRole, ...]
    secondary: tuple[ContactRole, ...] = ()


class CreateCompany(Value):
    """`external_id` is what the company will be found by should the answer be lost."""

    kind: Literal["create_company"] = "create_company"
    external_id: str
    name: str
    phone: str
    website: str
    street: str
    street2: str
    city: str
    state: str
    postal_code: str
    country: str
    contacts: tuple[NewContact, ...] = ()


class AddContact(Value):
    """A new person at an existing company, or, with `contact_id`, more primary roles for one who is there."""

    kind: Literal["add_contact"] = "add_contact"
    company_id: str
    contact: NewContact
    contact_id: str | None = None


class PurchaseLine(Value):
    """
    What a line of ours orders, in the form by which an order at the marketplace is compared with it.

    `variant` is what of the product was priced, where that has a name of its own (a version). `company_id` is set only
    where the marketplace wants the order's company named on each line too; `changes` is a subscription to be changed.
    """

    line_id: str
    number: int
    product_id: str
    quantity: int
    billing_term: BillingTerm
    commitment_id: str | None = None
    variant: str = ""
    parent_number: int | None = None
    parent_subscription_id: str | None = None
    provisioning: tuple[tuple[str, tuple[str, ...]], ...] = ()
    company_id: str | None = None
    changes: str = ""


class Purchase(Value):
    """
    What is to be bought, before it is put into a marketplace's words.

    `reference` is ours, the same for every attempt of one order; kept where the marketplace keeps one. `buyer` is set
    where the marketplace wants the customer named in the order.
    """

    company_id: str
    lines: tuple[PurchaseLine, ...]
    reference: str = ""
    buyer: Buyer | None = None


class Payload(Value):
    """The exact bytes that are rehearsed and then sent, and their SHA-256 in hex."""

    body: str
    hash: str


class ApproveCompany(Value):
    """A company that is new at the marketplace is let in. Doing it twice changes nothing."""

    kind: Literal["approve_company"] = "approve_company"
    company_id: str


class FillBasket(Value):
    """
    What is to be bought is put where it is bought from: a cart, a checkout session. Nothing is bought by it.

    `number` counts the order's baskets from 1: with `reference` it gives the ids of ours in each of them.
    """

    kind: Literal["fill_basket"] = "fill_basket"
    company_id: str
    payload: Payload
    lines: tuple[PurchaseLine, ...]
    reference: str
    number: int


class DropBasket(Value):
    """A basket that nothing will be bought from any more is thrown away."""

    kind: Literal["drop_basket"] = "drop_basket"
    company_id: str
    basket: str
    filled: FillBasket


class AllocateUnit(Value):
    """One unit in stock (a device, by its serial number) is handed out for an order that was bought."""

    kind: Literal["allocate_unit"] = "allocate_unit"
    company_id: str
    order_id: str
    product_id: str
    unit: str


class CancelPurchase(Value):
    """Something that was bought is ended at the marketplace; twice does no more than once. `target` is its id there."""

    kind: Literal["cancel_purchase"] = "cancel_purchase"
    company_id: str
    order_id: str
    target: str
    reason: str


class PlaceOrder(Value):
    """
    The one purchase. `payload` is sent to the byte; `lines` say what it holds, for comparing. `basket` and `filled` are
    what it is bought from, where one is wanted. No attempt of the order was made before `since`, by our clock.
    """

    kind: Literal["place_order"] = "place_order"
    company_id: str
    payload: Payload
    lines: tuple[PurchaseLine, ...]
    reference: str = ""
    basket: str = ""
    filled: FillBasket | None = None
    since: datetime | None = None


class ChangeSubscription(Value):
    """A live subscription is set to `after`: while it still stands at `before`, twice does no more than once."""

    kind: Literal["change_subscription"] = "change_subscription"
    company_id: str
    subscription_id: str
    product_id: str
    line_id: str
    before: SubscriptionTerms
    after: SubscriptionTerms
    payload: Payload


# What costs money: the write that an order is about.
Buying = PlaceOrder | ChangeSubscription
BUYING_KINDS = ("place_order", "change_subscription")
Write = CreateCompany | AddContact | ApproveCompany | FillBasket | DropBasket | Buying | AllocateUnit | CancelPurchase


class AnswerClass(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a write was answered with. `ref` is the marketplace's id (accepted only), `details` its words (rejected) or the
    evidence (unknown), one sentence each and free of secrets; `named` the orders that an unknown answer gives; `fields`
    the provisioning keys that a refusal names; `after` the wait it asked for (throttled).
    """

    kind: AnswerClass
    ref: str | None = None
    details: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    after: timedelta | None = None
    status: int | None = None
    request_id: str | None = None
    named: tuple[str, ...] = ()


class Closing(StrEnum):
    """How a claim ended. The first four are the answer's classes; the rest were found out later."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    THROTTLED = "throttled"
    ADOPTED = "adopted"
    ABSENT = "absent"
    RESENT = "resent"
    CANCELLED = "cancelled"

    @property
    def bought_nothing(self) -> bool:
        """Proved by the marketplace's own answer, or by nothing having been sent: a new attempt is safe."""
        return self in _PROVED_NOTHING

    @property
    def bought(self) -> bool:
        return self in (Closing.ACCEPTED, Closing.ADOPTED)

    @property
    def given_up(self) -> bool:
        """Settled without proof: what it was to make may still turn up."""
        return not (self.bought or self.bought_nothing)


_PROVED_NOTHING = frozenset({Closing.REJECTED, Closing.NOT_SENT, Closing.THROTTLED})


class Look(Value):
    """
    One complete look for the outcome of an unknown write, and what it found.
    `candidates` are the ids of orders that match and are nobody's; `doubts` say why one of them may not be ours.
    """

    at: datetime
    candidates: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim as read. `id` is the attempt's. `named` are orders that its answer gave, not proved to be ours."""

    id: UUID
    order_id: UUID
    account: str
    key: str
    write: Write
    claimed_at: datetime
    send_by: datetime
    answered: AnswerClass | None = None
    answered_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    looks: tuple[Look, ...] = ()
    closing: Closing | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    marketplace_id: str | None = None

    @property
    def open(self) -> bool:
        return self.closing is None

    @property
    def given_up(self) -> bool:
        return self.closing is not None and self.closing.given_up

    @property
    def is_purchase(self) -> bool:
        return isinstance(self.write, Buying)

    def may_still_be_in_flight(self, now: datetime, deadline: timedelta) -> bool:
        """Whether the process that claimed may yet be sending or waiting for its answer: nobody else may judge it."""
        return self.answered is None and now < self.send_by + deadline


def wait_behind(looks: int) -> timedelta:
    """
    How soon an order looks again whether the claim before it has closed, having looked so often. The closing wakes it
    at once; a person may take days over it, and thousands may stand behind one.
    """
    return _BEHIND[min(looks, len(_BEHIND) - 1)]
