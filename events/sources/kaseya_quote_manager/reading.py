"""
What a sales order says when it is read again. That there is one, made from a quote, is the acceptance.

What the numbers of `status` mean is not documented, so none speaks against it by itself: the connection's `accepted`
names those that count, where orders wait for an approval, and `lost` those that take it back.
"""

from __future__ import annotations

from datetime import datetime

from events.connections import SourceConnection
from events.sources.answered import Row, identifier, instant, text, word
from events.sources.tool import NotAccepted, Revoked
from pipeline.domain.customer import Address, Contact, Customer
from pipeline.domain.offered import Link
from pipeline.domain.quote import Person, QuoteKey


def quote_of(order: Row) -> str:
    """The id of the quote that the order was made from; empty: from none."""
    found = identifier(order.get("quoteID"))
    return "" if found == "0" else found


def refusal(order: Row, connection: SourceConnection) -> NotAccepted | Revoked | None:
    """Why it is no acceptance; None: it is one."""
    quote_id, status, access = quote_of(order), text(order.get("status")), connection.access
    if not quote_id:
        return NotAccepted("the sales order was made from no quote")
    if status in access.lost:
        return Revoked(QuoteKey(system=connection.quote_system, id=quote_id))
    if access.accepted and status not in access.accepted:
        return NotAccepted(f"the sales order has status {word(status)}, which is none of those that are accepted")
    return None


def accepted_at(order: Row) -> datetime | None:
    return instant(order.get("createdDate")) or instant(order.get("orderDate"))


def customer_of(order: Row, quote: Row, customer: Row) -> Customer:
    person = _contact(order, quote)
    return Customer(
        ref=text(order.get("customerID")) or text(customer.get("id")),
        name=text(customer.get("name")) or text(order.get("deliveryCompany")),
        phone=text(order.get("deliveryPhone")),
        address=Address(
            street=text(customer.get("billingAddress")),
            city=text(customer.get("billingCity")),
            state=text(customer.get("billingState")),
            postal_code=text(customer.get("billingPostalCode")),
            country=text(customer.get("billingCountry")),
        ),
        contacts=(person,) if person != Contact() else (),
    )


def accepted_by(order: Row, quote: Row) -> Person | None:
    contact = _contact(order, quote)
    name = f"{contact.first_name} {contact.last_name}".strip()
    return Person(name=name, email=contact.email) if name or contact.email else None


def links(quote_id: str, quote: Row) -> tuple[Link, ...]:
    named = (
        ("kaseya:quote", quote_id),
        ("autotask:quote", text(quote.get("autotaskQuoteID"))),
        ("autotask:opportunity", text(quote.get("autotaskOpportunityID"))),
    )
    return tuple(Link(kind=kind, id=value) for kind, value in named if value and value != "0")


def number_of(order: Row, quote: Row) -> str:
    return text(quote.get("quoteNumber")) or text(order.get("orderNumber"))


def _contact(order: Row, quote: Row) -> Contact:
    first, _, last = text(quote.get("contactName")).partition(" ")
    return Contact(
        first_name=text(order.get("contactFirstName")) or first,
        last_name=text(order.get("contactLastName")) or last.strip(),
        email=text(order.get("contactEmail")) or text(quote.get("contactEmail")),
        phone=text(order.get("deliveryPhone")),
    )
