"""
The writes at Pax8: what each one asks, and when an answer proves that it was carried out as asked.

The rehearsal is asked for elsewhere (`adapter`), so that its switch can't get into a purchase, nor be left out.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from pipeline.domain.claim import (
    AddContact,
    AllocateUnit,
    ApproveCompany,
    CancelPurchase,
    ChangeSubscription,
    CreateCompany,
    DropBasket,
    FillBasket,
    PlaceOrder,
    Write,
)
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.meaning import NotWhatWasSent
from pipeline.marketplaces.pax8 import payload, reading, shapes
from pipeline.marketplaces.pax8.lists import ANSWERS
from pipeline.marketplaces.pax8.paths import below
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Ask, Reply
from pipeline.marketplaces.sending import Unsendable

_NOT_HERE = "Pax8 approves no companies, and has no baskets and no stock"
_Lines = Counter[tuple[str, Decimal, BillingTerm | None]]


def asked(write: Write) -> Ask:
    """The one request that makes it. Raises Unsendable."""
    match write:
        case CreateCompany():
            hidden = (*payload.personal(write.contacts), write.phone, write.street, write.street2)
            return Ask("POST", "/companies", payload.company_body(write), hidden=hidden)
        case AddContact():
            path = below("/companies", write.company_id, "contacts")
            body, hidden = payload.contact_body(write.contact), payload.personal((write.contact,))
            if write.contact_id is None:
                return Ask("POST", path, body, hidden=hidden)
            return Ask("PUT", below(path, write.contact_id), body, hidden=hidden)
        case PlaceOrder():
            return _purchase(write)
        case CancelPurchase():
            return Ask("DELETE", below("/subscriptions", write.target))
        case ChangeSubscription():
            return _change(write)
        case ApproveCompany() | FillBasket() | DropBasket() | AllocateUnit():
            raise Unsendable(_NOT_HERE)


def _purchase(write: PlaceOrder) -> Ask:
    body = write.payload.body
    if payload.digest(body) != write.payload.hash:
        raise Unsendable("the payload is not the one that was rehearsed: its hash differs")
    if not write.lines:
        raise Unsendable("the purchase has no lines")
    return Ask("POST", "/orders", body.encode(), hidden=payload.provisioning_values(body))


def _change(write: ChangeSubscription) -> Ask:
    body = write.payload.body
    if payload.change_digest(write.subscription_id, body) != write.payload.hash:
        raise Unsendable("the payload is not the one that was prepared for this subscription: its hash differs")
    if write.before == write.after:
        raise Unsendable("the change changes nothing")
    return Ask("PUT", below("/subscriptions", write.subscription_id), body.encode())


def accepted(write: Write, reply: Reply) -> str:
    """The id of what was made. Raises NotWhatWasSent."""
    match write:
        case CreateCompany():
            return _company(write, ANSWERS.made(shapes.COMPANY.validate_python, reply))
        case AddContact():
            return _contact(write, ANSWERS.made(shapes.CONTACT.validate_python, reply))
        case PlaceOrder():
            return _order(write, ANSWERS.made(shapes.ORDER.validate_python, reply))
        case CancelPurchase():
            return write.target
        case ChangeSubscription():
            return _changed(write, ANSWERS.made(shapes.SUBSCRIPTION.validate_python, reply))
        case ApproveCompany() | FillBasket() | DropBasket() | AllocateUnit():
            raise NotWhatWasSent(_NOT_HERE)


def _company(write: CreateCompany, got: shapes.CompanyShape) -> str:
    if got.external_id is not None and got.external_id != write.external_id:
        raise NotWhatWasSent(f"Pax8 answered with company {got.id}, which has another external id.")
    if got.name.strip() != write.name.strip():
        raise NotWhatWasSent(f"Pax8 answered with company {got.id}, which has another name.")
    return got.id


def _contact(write: AddContact, got: shapes.ContactShape) -> str:
    if write.contact_id is not None and not same_id(got.id, write.contact_id):
        raise NotWhatWasSent(f"Pax8 answered with contact {got.id} and not with the one that was changed.")
    if got.email is not None and got.email.casefold() != write.contact.email.casefold():
        raise NotWhatWasSent(f"Pax8 answered with contact {got.id}, who is somebody else.")
    return got.id


def _order(write: PlaceOrder, got: shapes.OrderShape) -> str:
    if got.is_mock:
        raise NotWhatWasSent("Pax8 answered as if it had been a dry run.")
    name = scrub(got.id)
    if not same_id(got.company_id, write.company_id):
        raise NotWhatWasSent(f"Pax8 answered with order {name}, which is of another company.", name)
    sent = _Lines((one.product_id.casefold(), Decimal(one.quantity), one.billing_term) for one in write.lines)
    back = _back(got, sent)
    if sent != back:
        raise NotWhatWasSent(
            f"Pax8 answered with order {name}, whose lines are not what was sent "
            f"({(back - sent).total()} that were not, and {(sent - back).total()} missing).",
            name,
        )
    return got.id


def _changed(write: ChangeSubscription, got: shapes.SubscriptionShape) -> str:
    """The status of its sale does not matter here: it is followed."""
    company, product = got.company_id or write.company_id, got.product_id or write.product_id
    mine = same_id(company, write.company_id) and same_id(product, write.product_id)
    if not same_id(got.id, write.subscription_id) or not mine:
        raise NotWhatWasSent("Pax8 answered with another subscription than the one that was to be changed.")
    wanted, term = write.after, reading.billing_term(got.billing_term)
    if got.quantity != wanted.quantity or (got.billing_term and term is not wanted.billing_term):
        raise NotWhatWasSent("Pax8 answered well, yet the subscription is not as it was to be.")
    return write.subscription_id


def _back(got: shapes.OrderShape, sent: _Lines) -> _Lines:
    """The lines of the answer. One that says no billing term, as the contract permits, counts as one that was sent."""
    back = _Lines(
        (one.product_id.casefold(), one.quantity, reading.billing_term(one.billing_term))
        for one in got.line_items
        if one.billing_term
    )
    for one in got.line_items:
        if not one.billing_term:
            alike = (key for key in sent - back if key[:2] == (one.product_id.casefold(), one.quantity))
            back[next(alike, (one.product_id.casefold(), one.quantity, None))] += 1
    return back


def same_id(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
