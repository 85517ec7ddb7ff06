"""The purchase as Pax8 takes it: its exact bytes, and what in them must never come to light."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from pipeline.domain.claim import CreateCompany, NewContact, Payload, PurchaseLine
from pipeline.domain.customer import ContactRole
from pipeline.domain.terms import SubscriptionTerms

ORDERED_BY = "Pax8 Partner"
_TYPES = {ContactRole.ADMIN: "Admin", ContactRole.BILLING: "Billing", ContactRole.TECHNICAL: "Technical"}


def compose(company_id: str, lines: Sequence[PurchaseLine]) -> Payload:
    """Lines by their number, keys in a fixed order, ASCII without spaces: equal arguments give equal bytes."""
    items = [_line(line) for line in sorted(lines, key=lambda line: line.number)]
    body = encoded({"companyId": company_id, "orderedBy": ORDERED_BY, "lineItems": items}).decode()
    return Payload(body=body, hash=digest(body))


def compose_change(subscription_id: str, before: SubscriptionTerms, after: SubscriptionTerms) -> Payload:
    """Only what differs, and never a price: that would set what the customer pays (marketplaces.md, 1.7)."""
    content: dict[str, Any] = {}
    if after.quantity != before.quantity:
        content["quantity"] = after.quantity
    if after.billing_term is not before.billing_term:
        content["billingTerm"] = after.billing_term.value
    body = encoded(content).decode()
    return Payload(body=body, hash=change_digest(subscription_id, body))


def change_digest(subscription_id: str, body: str) -> str:
    """Which subscription it is the path says, and not the body."""
    return digest(f"{subscription_id}\n{body}")


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def encoded(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _line(line: PurchaseLine) -> dict[str, Any]:
    item: dict[str, Any] = {
        "lineItemNumber": line.number,
        "productId": line.product_id,
        "quantity": line.quantity,
        "billingTerm": line.billing_term.value,
    }
    if line.commitment_id is not None:
        item["commitmentTermId"] = line.commitment_id
    if line.parent_number is not None:
        item["parentLineItemNumber"] = line.parent_number
    if line.parent_subscription_id is not None:
        item["parentSubscriptionId"] = line.parent_subscription_id
    if line.company_id is not None:
        item["companyId"] = line.company_id
    if line.provisioning:
        item["provisioningDetails"] = [{"key": key, "values": list(values)} for key, values in line.provisioning]
    return item


def company_body(write: CreateCompany) -> bytes:
    """The three switches are required and concern Pax8's own portal, which Quoteway does not sell through: all off."""
    address = {
        "street": write.street,
        "street2": write.street2,
        "city": write.city,
        "stateOrProvince": write.state,
        "postalCode": write.postal_code,
        "country": write.country,
    }
    content: dict[str, Any] = {
        "name": write.name,
        "address": {name: value for name, value in address.items() if value},
        "phone": write.phone,
        "website": write.website,
        "externalId": write.external_id,
        "billOnBehalfOfEnabled": False,
        "selfServiceAllowed": False,
        "orderApprovalRequired": False,
    }
    if write.contacts:
        content["contacts"] = [_contact(contact) for contact in write.contacts]
    return encoded(content)


def contact_body(contact: NewContact) -> bytes:
    return encoded(_contact(contact))


def _contact(contact: NewContact) -> dict[str, Any]:
    return {
        "firstName": contact.first_name,
        "lastName": contact.last_name,
        "email": contact.email,
        "phone": contact.phone,
        "types": [
            *({"type": _TYPES[role], "primary": True} for role in contact.roles),
            *({"type": _TYPES[role], "primary": False} for role in contact.secondary),
        ],
    }


def personal(contacts: Sequence[NewContact]) -> tuple[str, ...]:
    """What of these people a marketplace's sentence may repeat and we must not."""
    return tuple(value for one in contacts for value in (one.first_name, one.last_name, one.email, one.phone) if value)


def names_company(body: str) -> bool:
    """Whether the lines hold the company's id too: the specification requires it of them and does not declare it."""
    return any("companyId" in item for item in json.loads(body)["lineItems"])


def provisioning_keys(body: str) -> list[tuple[int, tuple[str, ...]]]:
    """Of each line, in the payload's order, its number and its provisioning keys."""
    return [
        (item["lineItemNumber"], tuple(detail["key"] for detail in item.get("provisioningDetails", ())))
        for item in json.loads(body)["lineItems"]
    ]


def provisioning_values(body: str) -> tuple[str, ...]:
    """What was answered for provisioning: customers' data, and passwords now and then."""
    return tuple(
        value
        for item in json.loads(body)["lineItems"]
        for detail in item.get("provisioningDetails", ())
        for value in detail["values"]
    )
