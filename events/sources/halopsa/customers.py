"""Who a quotation is for: the client, and the person that it was made out to."""

from __future__ import annotations

from events.sources.client import NotThere
from events.sources.halopsa.session import Session
from events.sources.named import Row, ident, text
from pipeline.domain.customer import Contact, Customer


def customer_of(session: Session, row: Row) -> Customer:
    """Raises ToolFault. A client or a person that is gone leaves what the quotation says itself."""
    client_id, user_id = ident(row, "client_id"), ident(row, "user_id")
    client = _read(session, f"/api/Client/{client_id}") if client_id else {}
    user = _read(session, f"/api/Users/{user_id}") if user_id else {}
    contact = Contact(
        first_name=text(user, "firstname"),
        last_name=text(user, "surname", "lastname"),
        email=text(user, "emailaddress"),
        phone=text(user, "phonenumber_preferred", "phonenumber"),
    )
    return Customer(
        ref=client_id,
        name=text(client, "name") or text(row, "client_name"),
        phone=text(client, "phonenumber", "main_phonenumber"),
        website=text(client, "website"),
        contacts=(contact,) if contact != Contact() else (),
    )


def _read(session: Session, path: str) -> Row:
    try:
        return session.get(path, {"includedetails": "true"})
    except NotThere:
        return {}
