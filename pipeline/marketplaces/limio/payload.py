"""The purchase as Limio takes it: its exact bytes, and what in them must never come to light."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import iso3166

from pipeline.domain.claim import Payload, Purchase, PurchaseLine
from pipeline.domain.customer import Buyer
from pipeline.domain.errors import Refused
from pipeline.marketplaces.limio import assumed
from pipeline.marketplaces.limio.options import Options

WANTED_OF_BUYER = frozenset({"name", "email", "first_name", "last_name", "country"})
_SAID = {"UK": "GB", "UNITED KINGDOM": "GB", "UNITED STATES": "US"}
"""Instead of the code or the name that ISO 3166 has."""
_PERSONAL = ("firstName", "lastName", "email", "phone", "address1", "address2", "city", "state", "postalCode")


def compose(purchase: Purchase, options: Options) -> Payload:
    """
    Everything but the checkout session, which is opened with it and comes last. Items by their number, keys in a fixed
    order, ASCII without spaces: equal arguments give equal bytes. Raises Refused for what Limio has no words for.
    """
    if purchase.buyer is None or not purchase.reference:
        raise Refused("An order at Limio names its buyer and our reference, and one of them is missing.")
    changed = _changed(purchase)
    content: dict[str, Any] = {
        "order_type": assumed.CHANGE_OFFER if changed else assumed.NEW,
        "country": _country(purchase.buyer),
        "orderItems": [_item(line) for line in sorted(purchase.lines, key=lambda line: line.number)],
        "payment": assumed.payment(options.payment),
        "external_id": purchase.reference,
        "process_immediately": False,
    }
    content |= {assumed.block(one): _details(purchase.buyer) for one in options.details}
    if changed:
        content[assumed.FOR_SUBSCRIPTION] = {"id": changed}
    body = encoded(content).decode()
    return Payload(body=body, hash=digest(body))


def _changed(purchase: Purchase) -> str:
    """The one subscription that it changes; empty for a new one."""
    found = {line.changes for line in purchase.lines}
    if len(found) > 1:
        raise Refused("An order at Limio changes one subscription, or makes one.")
    return next(iter(found), "")


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def encoded(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _country(buyer: Buyer) -> str:
    """Its code of two letters, whatever it was given as."""
    given = buyer.country.strip()
    known = iso3166.countries.get(_SAID.get(given.upper(), given), None) if given else None
    if known is None:
        raise Refused(
            "Limio takes the buyer's country as a code of two letters, such as US, and it is none that is known."
        )
    return known.alpha2


def _item(line: PurchaseLine) -> dict[str, Any]:
    if not line.variant:
        raise Refused(f"Line {line.line_id} names no version of its offer, and Limio sells nothing without one.")
    if line.provisioning or line.commitment_id is not None:
        raise Refused(f"Line {line.line_id} has provisioning details or a commitment, and Limio has no place for them.")
    return {"offer": {"id": line.product_id, "version": line.variant}, "quantity": line.quantity}


def _details(buyer: Buyer) -> dict[str, str]:
    """An address as Limio has it; what is not known is left out."""
    known = {
        "firstName": buyer.first_name,
        "lastName": buyer.last_name,
        "email": buyer.email,
        "phone": buyer.phone,
        "company": buyer.name,
        "address1": buyer.street,
        "address2": buyer.street2,
        "city": buyer.city,
        "state": buyer.state,
        "postalCode": buyer.postal_code,
        "country": _country(buyer),
    }
    return {name: value for name, value in known.items() if value}


def order_body(payload: Payload, basket: str) -> bytes:
    """What is sent: the payload to the byte, and the session that it is bought from."""
    return assumed.with_checkout(payload.body, basket).encode() if basket else payload.body.encode()


def checkout_body(payload: Payload) -> bytes:
    return encoded(assumed.checkout(json.loads(payload.body)))


def personal(payload: Payload) -> tuple[str, ...]:
    """What of the buyer a marketplace's sentence may repeat and we must not."""
    buyer = _buyer(payload)
    return tuple(dict.fromkeys(str(buyer[name]) for name in _PERSONAL if buyer.get(name)))


def email(payload: Payload) -> str:
    return str(_buyer(payload).get("email", ""))


def company(payload: Payload) -> str:
    return str(_buyer(payload).get("company", ""))


def bought(payload: Payload) -> Sequence[tuple[str, Decimal]]:
    """(offer, quantity) of each item."""
    return [(item["offer"]["id"], Decimal(item["quantity"])) for item in json.loads(payload.body)["orderItems"]]


def _buyer(payload: Payload) -> dict[str, Any]:
    found = json.loads(payload.body).get("customerDetails")
    return found if isinstance(found, dict) else {}
