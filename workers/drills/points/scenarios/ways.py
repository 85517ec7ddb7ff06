"""Orders on their way through the stages, from the event that is read to the last notice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from workers.drills.house import House
from workers.drills.points.scenario import Case, Scenario
from workers.drills.quotes import line, quote

Json = dict[str, Any]
SUBMIT = ("POST", "/v1/orders")
COMPANIES = ("POST", "/v1/companies")
CONTACTS = ("POST", "/v1/companies/{companyId}/contacts")
DANA = {"first_name": "Dana", "last_name": "Reyes", "email": "dana@example.com", "phone": "555-0100"}
ADDRESS = {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"}
CREATE = {"QUOTEWAY_CREATE_COMPANIES": "always"}


def known(house: House, *, quotes: int = 1, **more: Any) -> Case:
    """A company that is there, and quotes for it."""
    customer = house.customer()
    return Case(tuple(named(quote(customer=customer, **more), customer) for _ in range(quotes)), (customer.id,))


def named(wanted: Json, customer: Any) -> Json:
    """The quote names the company by its id at the marketplace."""
    wanted["customer"]["marketplace_ids"] = {"pax8": customer.id}
    return wanted


def by_name(house: House) -> Case:
    customer = house.customer()
    return Case((quote(customer=customer),), (customer.id,))


def plain(house: House) -> Case:
    return known(house)


def unhappy(house: House, **fault: Any) -> Case:
    """As `plain`, and a fault for the company's purchase."""
    case = known(house)
    house.simulator.faults.add(match=SUBMIT, containing=case.companies[0], **fault)
    return case


def newcomer(house: House) -> Case:
    """A customer that the marketplace does not know, with all that a new company needs."""
    del house
    name = f"Newcomer {uuid4().hex[:8]}"
    wanted = quote(customer=customers.Customer("", name, f"NEW-{name[-8:]}"))
    wanted["customer"] |= {
        "phone": "+1 555 0100",
        "website": "https://newcomer.example",
        "address": ADDRESS,
        "contacts": [DANA],
    }
    return Case((wanted,), names=(name,))


def newcomer_lost(house: House) -> Case:
    case = newcomer(house)
    house.simulator.faults.add(match=COMPANIES, containing=case.names[0], kind="reset", when="after")
    return case


def inactive(house: House, *primaries: str) -> Case:
    customer = house.customer(primaries=primaries)
    wanted = quote(customer=customer)
    wanted["customer"]["contacts"] = [DANA]
    return Case((wanted,), (customer.id,))


def contact_lost(house: House) -> Case:
    case = inactive(house, "Admin", "Billing")
    house.simulator.faults.add(match=CONTACTS, containing=case.companies[0], kind="reset", when="after")
    return case


def future(house: House) -> Case:
    when = datetime.now(UTC) + timedelta(seconds=8)
    return known(house, requested_date=when.isoformat())


def behind(house: House) -> Case:
    """Two quotes of one customer; the first one's purchase is lost, and the second waits behind it."""
    customer = house.customer()
    house.simulator.faults.add(match=SUBMIT, containing=customer.id, kind="reset", when="after")
    more = [line(quantity=count) for count in (2, 5)]
    return Case(tuple(quote([one], customer=customer) for one in more), (customer.id,))


def slowly_live(house: House) -> Case:
    """A product that a person at the vendor provisions, for about a second."""
    return known(house, lines=[line(product=catalogue.ENDPOINT_VOLUME)])


def outage(house: House) -> Case:
    """Several orders meet a marketplace that is down for a moment: its breaker opens, and closes again."""
    case = known(house, quotes=5)
    house.simulator.faults.add(
        match=("GET", "/v1/companies/{companyId}"), containing=case.companies[0], kind="reset", times=5
    )
    return case


def long_list(house: House) -> Case:
    """So many lines that they are polled all at once, one named by its SKU only, and an add-on to what there is."""
    customer = house.customer()
    with house.simulator.locked():
        world = house.simulator.world
        world.subscribe(customer.id, world.products[catalogue.M365_E3.id], 5, "Monthly")
    lines = [line(number, quantity=number) for number in range(1, 5)]
    by_sku = {**line(5, quantity=5), "product_id": None, "sku": catalogue.BACKUP.sku}
    add_on = line(6, catalogue.TEAMS_PHONE)
    return Case((named(quote([*lines, by_sku, add_on], customer=customer), customer),), (customer.id,))


def refused_dry_run(house: House) -> Case:
    """What the quote says for a field is no good: the dry run names it, and a person is asked."""
    told = {
        "msCustExists": [catalogue.HAS_NO_TENANT],
        "msDomain": ["not a domain!"],
        "mca2020FirstName": ["Dana"],
        "mca2020LastName": ["Reyes"],
        "mca2020Email": ["dana@example.com"],
        "mca2020EffectiveDate": ["2026-11-21"],
    }
    return known(house, lines=[line(product=catalogue.M365_E3, commitment="1-Year", provisioning=told)])


SCENARIOS = (
    Scenario("plain", plain),
    Scenario("hops", by_name, settings={"QUOTEWAY_FAST_LANE": "false"}),
    Scenario("new company", newcomer, settings=CREATE),
    Scenario("new company, answer lost", newcomer_lost, settings=CREATE),
    Scenario("inactive company", inactive),
    Scenario("contact, answer lost", contact_lost),
    Scenario("purchase, answer lost", lambda house: unhappy(house, kind="reset", when="after")),
    Scenario("purchase, request lost", lambda house: unhappy(house, kind="reset", when="before")),
    Scenario("purchase throttled", lambda house: unhappy(house, kind=429, retry_after=1)),
    Scenario("purchase refused", lambda house: unhappy(house, kind=422)),
    Scenario("future-dated", future),
    Scenario("behind another order", behind),
    Scenario("provisioned slowly", slowly_live),
    Scenario("outage", outage),
    Scenario("many lines and an add-on", long_list),
    Scenario("dry run refused", refused_dry_run),
)
