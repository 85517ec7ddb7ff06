"""The telling cases: what each customer accepts, what the marketplace does to it, and how it has to end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.products import Product

SCHEDULED_AFTER = timedelta(seconds=14)
"""How far ahead the future-dated quote is dated: long enough to be seen waiting."""

PRICE_RISE = "1.12"


class Ending(StrEnum):
    """LIVE is bought and provisioned; ASKING has bought nothing and waits for a person."""

    LIVE = "live"
    ASKING = "asking"


class Telltale(StrEnum):
    """What the order itself must show beside its ending, so that the case has proved what it is there for."""

    NONE = ""
    CONTACTS_ADDED = "contacts were added"
    PARENT_IN_ORDER = "the add-on hangs on a line of its own order"
    ADOPTED = "the lost purchase was found and adopted"
    WAITED_FOR_DATE = "it was seen waiting for its date"
    ASKS_FOR_PRICE = "it asks to approve the new price"
    ASKS_FOR_DETAILS = "it asks for provisioning details"


@dataclass(frozen=True, slots=True)
class DemoLine:
    """Quoted at `unit_cost`, the cost that the catalogue has when the demo begins."""

    product: Product
    quantity: int
    billing_term: str
    unit_cost: str
    commitment: str | None = None
    parent_line: str | None = None
    provisioning: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """`steering` is what the simulator is told first: a control's name and its wish. `copies`: how often it is sent."""

    quote_id: str
    title: str
    customer: Customer
    lines: tuple[DemoLine, ...]
    ending: Ending = Ending.LIVE
    telltale: Telltale = Telltale.NONE
    steering: tuple[tuple[str, dict[str, Any]], ...] = ()
    dated: bool = False
    named_by_id: bool = False
    copies: int = 1

    def document(self, now: datetime) -> dict[str, Any]:
        """The event as a quote tool sends it."""
        return {
            "type": "quote.accepted",
            "timestamp": now.isoformat(),
            "data": {
                "quote": {
                    "system": "demo",
                    "id": self.quote_id,
                    "number": self.quote_id,
                    "accepted_at": now.isoformat(),
                },
                "customer": _customer(self.customer, self.named_by_id),
                "lines": [_line(number, line) for number, line in enumerate(self.lines, 1)],
                "requested_date": (now + SCHEDULED_AFTER).isoformat() if self.dated else None,
            },
        }


def _customer(customer: Customer, named_by_id: bool) -> dict[str, Any]:
    key = {"marketplace_ids": {"pax8": customer.id}} if named_by_id else {"external_id": customer.external_id}
    return {
        **key,
        "name": customer.name,
        "address": {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"},
        "contacts": [
            {
                "first_name": "Dana",
                "last_name": "Reyes",
                "email": "dana.reyes@customer.example",
                "phone": "+1 555 0100",
                "roles": ["admin", "billing", "technical"],
            }
        ],
    }


def _line(number: int, line: DemoLine) -> dict[str, Any]:
    return {
        "id": str(number),
        "product_id": line.product.id,
        "description": line.product.name,
        "quantity": line.quantity,
        "billing_term": line.billing_term,
        "commitment": line.commitment,
        "unit_cost": {"amount": line.unit_cost, "currency": "USD"},
        "parent_line": line.parent_line,
        "provisioning": line.provisioning,
    }


TENANT = {
    "msCustExists": [catalogue.HAS_A_TENANT],
    "msTenantId": ["6f1c2a34-9d55-4c1e-8f0b-2d6a5f3c7e10"],
    "mca2020FirstName": ["Dana"],
    "mca2020LastName": ["Reyes"],
    "mca2020Email": ["dana.reyes@customer.example"],
    "mca2020EffectiveDate": ["2026-01-15"],
}

CASES = (
    Case(
        "Q-1001",
        "straight through",
        customers.CONTOSO,
        (DemoLine(catalogue.BACKUP, 5, "Monthly", "4.50"),),
        copies=2,
    ),
    Case(
        "Q-1002",
        "inactive company gets its contacts",
        customers.NORTHWIND_INACTIVE,
        (DemoLine(catalogue.BACKUP, 12, "Annual", "48.60"),),
        telltale=Telltale.CONTACTS_ADDED,
    ),
    Case(
        "Q-1003",
        "add-on, parent in the same order",
        customers.ADATUM_ONLY_ADMIN,
        (
            DemoLine(catalogue.M365_E3, 25, "Annual", "388.80", "1-Year", provisioning=TENANT),
            DemoLine(catalogue.TEAMS_PHONE, 25, "Monthly", "7.20", parent_line="1"),
        ),
        telltale=Telltale.PARENT_IN_ORDER,
    ),
    Case(
        "Q-1004",
        "price rose since it was quoted",
        customers.TAILSPIN_ONE_PARENT,
        (DemoLine(catalogue.ENDPOINT_VOLUME, 10, "Monthly", "3.00"),),
        ending=Ending.ASKING,
        telltale=Telltale.ASKS_FOR_PRICE,
        steering=(
            (
                "price",
                {
                    "productId": catalogue.ENDPOINT_VOLUME.id,
                    "companyId": customers.TAILSPIN_ONE_PARENT.id,
                    "factor": PRICE_RISE,
                },
            ),
        ),
    ),
    Case(
        "Q-1005",
        "provisioning details missing",
        customers.WINGTIP_TWO_PARENTS,
        (DemoLine(catalogue.M365_BUSINESS_PREMIUM, 8, "Monthly", "19.80", "1-Year"),),
        ending=Ending.ASKING,
        telltale=Telltale.ASKS_FOR_DETAILS,
    ),
    Case(
        "Q-1006",
        "dated some seconds ahead",
        customers.CONTOSO,
        (DemoLine(catalogue.ONBOARDING, 1, "One-Time", "250.00"),),
        telltale=Telltale.WAITED_FOR_DATE,
        dated=True,
    ),
    Case(
        "Q-1007",
        "connection dropped after Pax8 took it",
        customers.FABRIKAM,
        (DemoLine(catalogue.ENDPOINT_VOLUME, 30, "Monthly", "2.50"),),
        telltale=Telltale.ADOPTED,
        steering=(
            (
                "faults",
                {
                    "kind": "reset",
                    "match": ["POST", "/v1/orders"],
                    "when": "after",
                    "containing": customers.FABRIKAM.id,
                },
            ),
        ),
        named_by_id=True,
    ),
)
