"""The customer of an opportunity or a ticket, as the PSA keeps it now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from events.sources.client import NotThere
from events.sources.connectwise.api import Api, Record
from events.sources.connectwise.fields import flag, identity, text, things
from pipeline.domain.customer import Address, Contact, Customer

_CODE = re.compile(r"[A-Za-z]{2}")


def read_customer(api: Api, record: Mapping[str, Any]) -> Customer:
    """
    `record` names company and contact. The company's number is our key for it: its identifier may be changed.

    Raises ToolFault.
    """
    company = _read(api, "/company/companies", identity(record, "company", "id"))
    who = identity(record, "contact", "id") or identity(company, "defaultContact", "id")
    contact = _contact(_read(api, "/company/contacts", who))
    return Customer(
        ref=text(company, "id") or text(record, "company", "id"),
        name=text(company, "name") or text(record, "company", "name"),
        phone=text(company, "phoneNumber"),
        website=text(company, "website"),
        address=_address(company),
        contacts=(contact,) if contact else (),
    )


def currency_of(record: Record) -> str:
    """Empty where none is told, or by a sign only."""
    code = text(record, "currency", "currencyCode").upper()
    return code if re.fullmatch(r"[A-Z]{3}", code) else ""


def _read(api: Api, path: str, record: int | None) -> Record:
    """Nothing where there is none (any more): who the customer is becomes a question."""
    if record is None:
        return {}
    try:
        return api.record(f"{path}/{record}")
    except NotThere:
        return {}


def _address(company: Record) -> Address:
    code = text(company, "country", "identifier")
    return Address(
        street=text(company, "addressLine1"),
        street2=text(company, "addressLine2"),
        city=text(company, "city"),
        state=text(company, "state"),
        postal_code=text(company, "zip"),
        country=code.upper() if _CODE.fullmatch(code) else text(company, "country", "name") or text(company, "country"),
    )


def _contact(contact: Record) -> Contact | None:
    made = Contact(
        first_name=text(contact, "firstName"),
        last_name=text(contact, "lastName"),
        email=_reached(contact, "Email"),
        phone=_reached(contact, "Phone"),
    )
    return made if made != Contact() else None


def _reached(contact: Record, by: str) -> str:
    """The default one of its kind, else the first."""
    ways = [one for one in things(contact, "communicationItems") if text(one, "communicationType") == by]
    ways.sort(key=lambda one: not flag(one, "defaultFlag"))
    return next((value for one in ways if (value := text(one, "value"))), "")
