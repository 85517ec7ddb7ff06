"""
A worker is killed while it is inside a stage, and another one, started afterwards, brings the order to its end.

One worker has an order of its own in each of the places at the moment at which it is killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.marketplaces.simulation.faults import Fault
from tests.flow.conftest import house_of_a_module
from tests.flow.holding import Holding, holding
from tests.flow.house import House, Json, asking, done, line, questions, quote, rests, until
from tests.servers import Databases
from workers.bootstrap import Application
from workers.embedded import EmbeddedValkey

COMPANY = "/v1/companies/{companyId}"
ORDERS = "/v1/orders"


@dataclass(frozen=True)
class Place:
    """Where the worker is: in a call that the simulator leaves hanging, or held in the database."""

    name: str
    fault: tuple[str, str] | None = None
    how: Json = field(default_factory=dict)
    of: str = "company"
    """What the call is known by: the company's id, the product's, or nothing."""
    held: tuple[str, str] | None = None
    in_commit: bool = False
    product: Any = catalogue.BACKUP
    primaries: tuple[str, ...] = ("Admin", "Billing", "Technical")
    bought: int = 1


PLACES = (
    Place("resolving the company", ("GET", COMPANY)),
    Place("reading what the company lacks", ("GET", COMPANY), {"skip": 1}, primaries=("Admin", "Technical")),
    Place(
        "adding a contact, which the marketplace has made",
        ("POST", f"{COMPANY}/contacts"),
        {"when": "after", "containing": "/contacts"},
        primaries=("Admin", "Technical"),
    ),
    Place("reading prices", ("GET", "/v1/products/{productId}/pricing"), of="product", product=catalogue.ONBOARDING),
    Place(
        "collecting the provisioning details",
        ("GET", "/v1/products/{productId}/provision-details"),
        of="product",
        product=catalogue.ENDPOINT_VOLUME,
    ),
    Place("in the dry run", ("POST", f"{ORDERS}?isMock=true")),
    Place(
        "committing the claim, before the marketplace gets anything",
        held=("claims", "NEW.answered IS NULL AND NEW.kind = 'place_order' AND NEW.key = '{company}'"),
        in_commit=True,
        bought=0,
    ),
    Place("sending a purchase that the marketplace never carries out", ("POST", ORDERS), bought=0),
    Place(
        "sending a purchase that the marketplace carries out after the death",
        ("POST", ORDERS),
        {"kind": "delay", "seconds": 8.0},
    ),
    Place("waiting for the answer to a purchase that was made", ("POST", ORDERS), {"when": "after"}),
    Place(
        "recording the answer to a purchase that was made",
        held=("claims", "NEW.answered IS NOT NULL AND NEW.kind = 'place_order' AND NEW.key = '{company}'"),
    ),
    Place(
        "committing the answer to a purchase that was made",
        held=("claims", "NEW.closing = 'accepted' AND NEW.kind = 'place_order' AND NEW.key = '{company}'"),
        in_commit=True,
    ),
    Place("ending the order", held=("orders", "NEW.state = 'done' AND NEW.company_id = '{company}'")),
    Place("polling the order", ("GET", "/v1/orders/{orderId}"), of="nothing"),
)


@dataclass(frozen=True)
class Victim:
    """An order whose worker was killed."""

    place: Place
    company_id: str
    quote_id: str
    fault: Fault | None


@dataclass(frozen=True)
class Aftermath:
    house: House
    application: Application
    victims: dict[str, Victim]


@pytest.fixture(scope="module")
def aftermath(
    tmp_path_factory: pytest.TempPathFactory, template_database: Databases, valkey_server: EmbeddedValkey
) -> Iterator[Aftermath]:
    folder: Path = tmp_path_factory.mktemp("killed")
    with house_of_a_module(folder, template_database, valkey_server) as (house, application):
        with holding(house.environment["QUOTEWAY_DATABASE_URL"]) as hold:
            # Patient enough to be inside every place at once.
            first = house.start_worker(QUOTEWAY_MARKETPLACES__PAX8__TIMEOUT_SECONDS="15", QUOTEWAY_LEASE_SECONDS="6")
            victims = [_bring(house, application, hold, place) for place in PLACES[:-1]]
            hold.wait(sum(place.held is not None for place in PLACES))
            # Known by nothing, so it comes when no other order can be in its place.
            victims.append(_bring(house, application, hold, PLACES[-1]))
            faults = [victim.fault for victim in victims if victim.fault is not None]
            until(lambda: all(fault.hits for fault in faults), told=lambda: _where(victims, house))
            house.kill(first)
            house.simulator.faults.clear()
            hold.let_go()
        house.start_worker()
        yield Aftermath(house, application, {victim.place.name: victim for victim in victims})


def _bring(house: House, application: Application, hold: Holding, place: Place) -> Victim:
    customer = house.customer(primaries=place.primaries)
    fault = None
    if place.held is not None:
        table, when = place.held
        hold.at(table, when.format(company=customer.id), in_commit=place.in_commit)
    if place.fault is not None:
        known_by = {"company": customer.id, "product": place.product.id, "nothing": ""}[place.of]
        how = {"kind": "hang", "times": None, "containing": known_by, **place.how}
        fault = house.simulator.faults.add(match=place.fault, **how)
    term = place.product.prices[0].billing_term
    return Victim(place, customer.id, house.accept(application, _quote(customer, place, term)), fault)


def _quote(customer: customers.Customer, place: Place, term: str) -> Json:
    wanted = quote([line(product=place.product, billing_term=term)], customer)
    wanted["customer"]["marketplace_ids"] = {"pax8": customer.id}
    wanted["customer"]["contacts"] = [
        {"first_name": "Dana", "last_name": "Reyes", "email": "dana@example.com", "phone": "555-0100"}
    ]
    return wanted


def _where(victims: list[Victim], house: House) -> str:
    missing = [victim.place.name for victim in victims if victim.fault is not None and not victim.fault.hits]
    return f"The worker was never {', '.join(missing)}. {house.output()}"


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_an_order_whose_worker_was_killed(place: Place, aftermath: Aftermath) -> None:
    victim = aftermath.victims[place.name]

    order = aftermath.house.wait(aftermath.application, victim.quote_id, rests, 60)

    assert len(aftermath.house.bought(victim.company_id)) == place.bought
    if place.bought:
        assert done(order), order
        assert order["marketplace_order_id"] == aftermath.house.bought(victim.company_id)[0].id
    else:
        assert asking(order), order
        assert "It is not known whether Pax8 took the purchase" in questions(order)
        assert "No new order with these lines was found." in questions(order)
