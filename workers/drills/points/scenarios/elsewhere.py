"""Quotes that buy at the marketplaces beside Pax8, and the customers there that they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from pipeline.marketplaces.appxite.simulator import catalogue as appxite
from pipeline.marketplaces.appxite.simulator.records import ACTIVE, Organisation
from pipeline.marketplaces.flexportal.simulator import catalogue as flexportal
from pipeline.marketplaces.flexportal.simulator.records import Customer as FlexPortalCustomer
from pipeline.marketplaces.limio.simulator import catalogue as limio
from pipeline.marketplaces.pax8.simulator import customers
from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.points.scenarios.ways import ADDRESS, DANA
from workers.drills.quotes import quote

Json = dict[str, Any]


def named() -> tuple[str, str]:
    """The name of a customer that nobody knows yet, and the e-mail address of who orders for it."""
    mark = uuid4().hex[:8]
    return f"Customer {mark}", f"dana@{mark}.example"


def wanted(lines: Sequence[Json], name: str, email: str, ids: Mapping[str, str] | None = None) -> Json:
    """The quote with all that any marketplace wants to know of a customer. `ids` are by marketplace."""
    whole = quote(lines, customer=customers.Customer("", name, f"X-{name[-8:]}"))
    contact = {**DANA, "email": email}
    whole["customer"] |= {"phone": "+1 555 0100", "address": ADDRESS, "contacts": [contact]}
    whole["customer"]["marketplace_ids"] = dict(ids or {})
    return whole


def line_at(marketplace: Simulated, product_id: str, **more: Any) -> Json:
    head = {"id": marketplace.value, "marketplace": marketplace.value, "product_id": product_id}
    return {**head, "quantity": 2, "billing_term": "Monthly", **more}


def server(host: str) -> Json:
    """Of AppXite: its form data hold the name of the host, by which a fault finds it."""
    answers = {"locationBox1": ["Dublin"], "hostName": [host]}
    return line_at(Simulated.APPXITE, appxite.VIRTUAL_SERVER.id, provisioning=answers)


def devices(sku: str = flexportal.LAPTOP_14) -> Json:
    """Of FlexPortal."""
    return line_at(Simulated.FLEXPORTAL, sku, commitment="12 months")


def backup() -> Json:
    """Of Limio."""
    return line_at(Simulated.LIMIO, limio.BACKUP.id)


def organisation(house: House, name: str, state: str = ACTIVE) -> Organisation:
    """At AppXite."""
    with house.others.appxite.locked():
        return house.others.appxite.world.organisation(name, state=state)


def renter(house: House, name: str, email: str) -> FlexPortalCustomer:
    """At FlexPortal."""
    with house.others.flexportal.locked():
        return house.others.flexportal.world.customer(email, name)


def subscriber(house: House, name: str, email: str) -> None:
    """At Limio."""
    with house.others.limio.locked():
        house.others.limio.world.customer(email, name)
