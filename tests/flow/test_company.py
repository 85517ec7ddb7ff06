"""The customer's company at the marketplace: activated, made once, and found again when its making was cut short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import uuid4

import pytest

from pipeline.marketplaces.pax8.simulator import customers
from pipeline.marketplaces.pax8.simulator.records import Company
from pipeline.marketplaces.simulation.faults import Fault
from tests.flow.conftest import house_of_a_module
from tests.flow.house import House, Json, asking, done, questions, quote, rests, until
from tests.servers import Databases
from workers.bootstrap import Application
from workers.embedded import EmbeddedValkey

COMPANIES = ("POST", "/v1/companies")
CONTACTS = ("POST", "/v1/companies/{companyId}/contacts")
DANA = {"first_name": "Dana", "last_name": "Reyes", "email": "dana@example.com", "phone": "555-0100"}
ADDRESS = {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"}


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, template_database: Databases, valkey_server: EmbeddedValkey
) -> Iterator[tuple[House, Application]]:
    folder = tmp_path_factory.mktemp("companies")
    settings = {"QUOTEWAY_CREATE_COMPANIES": "always"}
    with house_of_a_module(folder, template_database, valkey_server, **settings) as (house, application):
        house.start_worker()
        yield house, application


@pytest.fixture
def market(opened: tuple[House, Application]) -> House:
    return opened[0]


@pytest.fixture
def office(opened: tuple[House, Application]) -> Application:
    return opened[1]


def newcomer() -> Json:
    """A quote of a customer that the marketplace doesn't know, with all that a new company needs."""
    name = f"Newcomer {uuid4().hex[:8]}"
    wanted = quote(customer=customers.Customer("", name, f"NEW-{name[-8:]}"))
    wanted["customer"] |= {
        "phone": "+1 555 0100",
        "website": "https://newcomer.example",
        "address": ADDRESS,
        "contacts": [DANA],
    }
    return wanted


def of(wanted: Json, house: House) -> list[Company]:
    """The companies that the marketplace has for the quote's customer."""
    with house.simulator.locked():
        known = house.simulator.world.companies.values()
        return [company for company in known if company.name == wanted["customer"]["name"]]


def bought_once(house: House, company: Company, order: Json) -> None:
    assert done(order), order
    assert [order["marketplace_order_id"]] == [one.id for one in house.bought(company.id)]


@pytest.mark.parametrize(
    "primaries",
    [
        pytest.param((), id="without any contact"),
        pytest.param(("Admin",), id="with only an admin"),
        pytest.param(("Billing", "Technical"), id="without an admin"),
    ],
)
def test_an_inactive_company_gets_the_contacts_that_it_lacks(
    primaries: tuple[str, ...], market: House, office: Application
) -> None:
    customer = market.customer(primaries=primaries)
    wanted = quote(customer=customer)
    wanted["customer"]["contacts"] = [DANA]

    order = market.wait(office, market.accept(office, wanted), rests)

    company = market.simulator.world.companies[customer.id]
    bought_once(market, company, order)
    assert company.status == "Active"
    assert market.simulator.world.primaries(company) == {"Admin", "Billing", "Technical"}


def test_an_inactive_company_with_nobody_to_name_is_asked_about(market: House, office: Application) -> None:
    customer = market.customer(primaries=())

    order = market.wait(office, market.accept(office, quote(customer=customer)), rests)

    assert asking(order)
    assert f"{customer.name} is inactive at Pax8 until somebody is its primary" in questions(order)
    assert market.bought(customer.id) == []


@dataclass(frozen=True)
class Lost:
    """A write of a quote's company whose answer is lost."""

    kind: str
    when: str
    route: tuple[str, str]

    def __str__(self) -> str:
        return f"{self.kind} {self.when} it was made"


CONTACTS_LOST = tuple(
    Lost(kind, when, CONTACTS) for kind in ("reset", "hang", "500", "no_id") for when in ("before", "after")
)
COMPANIES_LOST = tuple(Lost(kind, "after", COMPANIES) for kind in ("reset", "hang", "500", "html", "no_id"))


@dataclass(frozen=True)
class Begun:
    """`known_by` is what the write is known by: the company's id, or the new one's name."""

    wanted: Json
    quote_id: str
    known_by: str
    fault: Fault


@pytest.fixture(scope="module")
def begun(opened: tuple[House, Application]) -> Mapping[Lost, Begun]:
    """All of them at once, for each takes its settling period."""
    return {lost: _begin(lost, *opened) for lost in (*CONTACTS_LOST, *COMPANIES_LOST)}


def _begin(lost: Lost, house: House, application: Application) -> Begun:
    if lost.route == COMPANIES:
        wanted = newcomer()
        known_by = wanted["customer"]["name"]
    else:
        customer = house.customer(primaries=("Admin", "Billing"))
        wanted, known_by = quote(customer=customer), customer.id
        wanted["customer"]["contacts"] = [DANA]
    fault = house.simulator.faults.add(match=lost.route, kind=lost.kind, when=lost.when, containing=known_by)
    return Begun(wanted, house.accept(application, wanted), known_by, fault)


@pytest.mark.parametrize("lost", CONTACTS_LOST, ids=str)
def test_a_contact_whose_answer_is_lost_is_there_once(
    lost: Lost, begun: Mapping[Lost, Begun], market: House, office: Application
) -> None:
    one = begun[lost]

    order = market.wait(office, one.quote_id, rests, 60)

    assert one.fault.hits == 1
    company = market.simulator.world.companies[one.known_by]
    bought_once(market, company, order)
    assert len(company.contacts) == 3


def test_a_new_customer_gets_a_company(market: House, office: Application) -> None:
    wanted = newcomer()

    order = market.wait(office, market.accept(office, wanted), rests)

    (company,) = of(wanted, market)
    bought_once(market, company, order)
    assert company.status == "Active"


@pytest.mark.parametrize("lost", COMPANIES_LOST, ids=str)
def test_a_company_that_was_made_although_the_answer_was_lost_is_found(
    lost: Lost, begun: Mapping[Lost, Begun], market: House, office: Application
) -> None:
    one = begun[lost]

    order = market.wait(office, one.quote_id, rests, 60)

    assert one.fault.hits == 1
    (company,) = of(one.wanted, market)
    bought_once(market, company, order)


def test_a_company_that_cannot_be_found_after_a_lost_answer_is_asked_about(market: House, office: Application) -> None:
    wanted = newcomer()
    market.simulator.faults.add(match=COMPANIES, kind="reset", when="before", containing=wanted["customer"]["name"])

    order = market.wait(office, market.accept(office, wanted), rests, 60)

    assert asking(order)
    assert f"It is not known whether Pax8 has made the company {wanted['customer']['name']}" in questions(order)
    assert of(wanted, market) == []


def test_a_creation_whose_worker_was_killed_is_found_inactive_and_finished(house: House) -> None:
    wanted = newcomer()
    house.environment["QUOTEWAY_CREATE_COMPANIES"] = "always"
    made = house.simulator.faults.add(match=COMPANIES, kind="hang", when="after")
    with house.application() as application:
        first = house.start_worker()
        quote_id = house.accept(application, wanted)
        until(lambda: made.hits and of(wanted, house), told=house.output)
        house.kill(first)
        (left,) = of(wanted, house)
        # As a marketplace leaves it that makes the company first and its contacts afterwards.
        left.contacts.clear()
        assert left.status == "Inactive"
        house.start_worker()

        order = house.wait(application, quote_id, rests, 60)

    assert of(wanted, house) == [left]
    assert left.status == "Active"
    bought_once(house, left, order)
