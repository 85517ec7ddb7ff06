"""Who accepted a document, and for which company."""

from __future__ import annotations

from events.sources.answered import Row, identifier, row, rows, text
from events.sources.client import NotThere
from events.sources.pandadoc.api import PandaDocApi
from pipeline.domain.customer import Address, Contact, Customer


def client_of(document: Row, role: str) -> Row:
    """
    The recipient who accepted for the customer: of that role, else the only one who completed it and is none of the
    senders. Empty where that cannot be told.
    """
    people = [each for each in rows(document.get("recipients")) if each.get("recipient_type") != "CC"]
    of_role = [each for each in people if _has_role(each, role)]
    if of_role:
        return of_role[0]
    ours = {text(row(document.get(name)).get("email")).casefold() for name in ("created_by", "sent_by")}
    others = [
        each
        for each in people
        if each.get("has_completed") is not False and text(each.get("email")).casefold() not in ours
    ]
    return others[0] if len(others) == 1 else {}


def customer_of(client: Row, metadata: Row, api: PandaDocApi) -> Customer:
    """
    The company from the contact behind the recipient. A contact is a person, so their id is no key of the company;
    metadata `customer_ref` and `customer_external_id` are. Raises ToolFault.
    """
    contact = _contact(client, api)
    person = Contact(
        first_name=text(client.get("first_name")) or text(contact.get("first_name")),
        last_name=text(client.get("last_name")) or text(contact.get("last_name")),
        email=text(client.get("email")) or text(contact.get("email")),
        phone=text(client.get("phone")) or text(contact.get("phone")),
    )
    return Customer(
        ref=text(metadata.get("customer_ref")),
        external_id=text(metadata.get("customer_external_id")),
        name=text(contact.get("company")) or text(metadata.get("customer_name")),
        phone=person.phone,
        address=Address(
            street=text(contact.get("street_address")),
            city=text(contact.get("city")),
            state=text(contact.get("state")),
            postal_code=text(contact.get("postal_code")),
            country=text(contact.get("country")),
        ),
        contacts=(person,) if person.email or person.last_name else (),
    )


def _contact(client: Row, api: PandaDocApi) -> Row:
    contact_id = identifier(client.get("contact_id"))
    if not contact_id:
        return {}
    try:
        return api.contact(contact_id)
    except NotThere:
        return {}


def _has_role(recipient: Row, role: str) -> bool:
    roles = recipient.get("roles")
    named = [recipient.get("role"), *(roles if isinstance(roles, list) else [])]
    return role.strip().casefold() in {text(each).casefold() for each in named}
