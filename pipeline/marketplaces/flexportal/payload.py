"""The purchase as FlexPortal takes it: its exact bytes, and what in them must never come to light."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.claim import Payload, Purchase, PurchaseLine
from pipeline.domain.customer import Buyer
from pipeline.domain.errors import Refused
from pipeline.domain.terms import BillingTerm
from pipeline.marketplaces.flexportal import assumed
from pipeline.marketplaces.flexportal.countries import country_name
from pipeline.marketplaces.flexportal.options import Options

# Of `Buyer`: what the contract requires of customer and address.
WANTED_OF_BUYER = frozenset({"email", "first_name", "last_name", "street", "city", "country"})
_OPEN = frozenset({"customerType", "country"})
_STANDARD = "standard"


def compose(purchase: Purchase, options: Options) -> Payload:
    """Items by their line's number, keys in a fixed order, ASCII without spaces. Raises Refused."""
    buyer = _buyer(purchase)
    lines = sorted(purchase.lines, key=lambda line: line.number)
    if not purchase.reference or not lines:
        raise _refused("it has no reference of ours, or no line")
    order_type, details = _details(lines)
    address = _address(buyer, options)
    content: dict[str, Any] = {"orderType": order_type}
    if details:
        content[f"{order_type}Details"] = details
    content["customer"] = _customer(buyer, options)
    content["billingAddress"] = address
    content["shippingAddress"] = address
    content["items"] = [_item(line) for line in lines]
    content["customFields"] = {options.reference_field: purchase.reference}
    body = json.dumps(content, separators=(",", ":"))
    return Payload(body=body, hash=digest(body))


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _refused(why: str) -> Refused:
    return Refused(f"FlexPortal cannot be sent this order: {why}.", details=(why,))


def _buyer(purchase: Purchase) -> Buyer:
    buyer = purchase.buyer
    if buyer is None:
        raise _refused("it does not say who the customer is")
    missing = sorted(name for name in WANTED_OF_BUYER if not getattr(buyer, name).strip())
    if missing:
        raise _refused(f"the customer's {' and '.join(name.replace('_', ' ') for name in missing)} is missing")
    return buyer


def _customer(buyer: Buyer, options: Options) -> Mapping[str, str]:
    return _filled(
        {
            "email": buyer.email,
            "firstName": buyer.first_name,
            "lastName": buyer.last_name,
            "company": buyer.name,
            "phone": buyer.phone,
            "customerType": options.customer_type.value,
        }
    )


def _address(buyer: Buyer, options: Options) -> Mapping[str, str]:
    country = country_name(buyer.country, options.countries)
    if country is None:
        raise _refused(f"'{buyer.country}' is no country that has a name")
    return _filled(
        {
            "contactName": f"{buyer.first_name.strip()} {buyer.last_name.strip()}",
            "company": buyer.name,
            "streetAddress": buyer.street,
            "buildingInfo": buyer.street2,
            "city": buyer.city,
            "adminArea": buyer.state,
            "postalCode": buyer.postal_code,
            "country": country,
        }
    )


def _filled(content: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value.strip() for name, value in content.items() if value.strip()}


def _item(line: PurchaseLine) -> Mapping[str, Any]:
    length = line.commitment_id or ""
    if not (length.isascii() and length.isdigit()):
        raise _refused(f"line {line.number} has no contract length")
    if line.billing_term is not BillingTerm.MONTHLY:
        raise _refused(f"line {line.number} is billed {line.billing_term.value}, and devices are rented by the month")
    if line.parent_number is not None or line.parent_subscription_id is not None:
        raise _refused(f"line {line.number} hangs from another one, which no device does")
    return {"sku": line.product_id, "quantity": line.quantity, "contractLength": int(length)}


def _details(lines: Sequence[PurchaseLine]) -> tuple[str, Mapping[str, Any]]:
    """The order's type and its details, the same for all its lines."""
    answers = [_answers(line) for line in lines]
    if any(other != answers[0] for other in answers[1:]):
        raise _refused("its lines are for different kinds of order, or for different ones to extend or replace")
    types = {detail.order_type for detail in assumed.DETAILS if detail.key in answers[0]}
    if len(types) > 1:
        raise _refused("one order is either an extension or an upgrade")
    return (types.pop() if types else _STANDARD), answers[0]


def _answers(line: PurchaseLine) -> Mapping[str, Any]:
    given = {key: values[0].strip() for key, values in line.provisioning if values and values[0].strip()}
    return {
        detail.key: int(given[detail.key]) if detail.whole and given[detail.key].isdecimal() else given[detail.key]
        for detail in assumed.DETAILS
        if detail.key in given
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """A payload read back: what a check, a comparison or a search needs of it."""

    email: str
    company: str
    order_type: str
    details: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]
    reference: str
    personal: tuple[str, ...]


def sent(body: str, options: Options) -> Sent:
    """Raises ValueError, KeyError or TypeError for what `compose` did not make."""
    content = json.loads(body)
    kind = content["orderType"]
    blocks = (content["customer"], content["billingAddress"], content["shippingAddress"])
    return Sent(
        email=content["customer"]["email"],
        company=content["customer"].get("company", ""),
        order_type=kind,
        details=content.get(f"{kind}Details", {}),
        items=tuple(content["items"]),
        reference=content["customFields"].get(options.reference_field, ""),
        personal=tuple(dict.fromkeys(value for block in blocks for name, value in block.items() if name not in _OPEN)),
    )
