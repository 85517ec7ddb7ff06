"""The customer as a quote names it: a company, its address and its people."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from pydantic import Field

from pipeline.domain.values import Value


class ContactRole(StrEnum):
    """What a marketplace wants a primary contact for."""

    ADMIN = "admin"
    BILLING = "billing"
    TECHNICAL = "technical"


class Contact(Value):
    """A person at the customer. Without roles they may be asked to fill any."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    roles: tuple[ContactRole, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether a marketplace would take this person: name, e-mail address and phone are all known."""
        return bool(self.first_name and self.last_name and self.email and self.phone)


class Address(Value):
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


class Customer(Value):
    """Who accepted. `ref` is the sender's own key for the customer, `external_id` the key shared with marketplaces."""

    ref: str = ""
    external_id: str = ""
    name: str = ""
    phone: str = ""
    website: str = ""
    address: Address = Address()
    contacts: tuple[Contact, ...] = ()
    marketplace_ids: dict[str, str] = Field(default_factory=dict)

    def identity(self, system: str, marketplace: str) -> str:
        """
        One text per customer, the same for each quote of theirs, the surest key first.

        A sender's `ref` means something only within its system; an id at the marketplace or an `external_id` anywhere.
        """
        if self.ref:
            return f"ref|{system}|{self.ref}"
        if self.external_id:
            return f"external|{self.external_id}"
        if company := self.marketplace_ids.get(marketplace):
            return f"company|{marketplace}|{company}"
        return f"name|{normal_name(self.name)}|{self.address.country.upper()}"


class Buyer(Value):
    """
    The customer as an order names them, where the marketplace makes or finds its customer by what the order says.
    `country` is as it was given: two letters, or a name.
    """

    name: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


def is_other_name(one: str, other: str) -> bool:
    """Whether both are known and are not the same company's."""
    return bool(one and other) and normal_name(one) != normal_name(other)


def normal_name(name: str) -> str:
    """A company's name for exact comparison: accents, capitals, punctuation and spacing do not count."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark)).casefold()
    return " ".join(re.sub(r"[^\w\s]", " ", letters.replace("&", " and ")).split())
