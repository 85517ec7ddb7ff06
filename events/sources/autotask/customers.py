"""Who a ticket is for: its company and its contact."""

from __future__ import annotations

from events.sources.autotask.session import Session
from events.sources.client import NotThere
from events.sources.named import Row, ident, text
from pipeline.domain.customer import Address, Contact, Customer


def customer_of(session: Session, row: Row) -> tuple[Customer, str]:
    """And the currency of their prices, as Autotask names it. What is gone is left out. Raises ToolFault."""
    company_id = ident(row, "companyID")
    company = _read(session, "Companies", company_id)
    country = _read(session, "Countries", ident(company, "countryID"))
    person = _read(session, "Contacts", ident(row, "contactID"))
    contact = Contact(
        first_name=text(person, "firstName"),
        last_name=text(person, "lastName"),
        email=text(person, "emailAddress"),
        phone=text(person, "phone", "mobilePhone"),
    )
    customer = Customer(
        ref=company_id,
        name=text(company, "companyName"),
        phone=text(company, "phone"),
        website=text(company, "webAddress"),
        address=Address(
            street=text(company, "address1"),
            street2=text(company, "address2"),
            city=text(company, "city"),
            state=text(company, "state"),
            postal_code=text(company, "postalCode"),
            country=text(country, "countryCode"),
        ),
        contacts=(contact,) if contact != Contact() else (),
    )
    return customer, text(_read(session, "Currencies", ident(company, "currencyID")), "name")


def _read(session: Session, entity: str, number: str) -> Row:
    if not number.isdigit():
        return {}
    try:
        return session.item(entity, number)
    except NotThere:
        return {}
