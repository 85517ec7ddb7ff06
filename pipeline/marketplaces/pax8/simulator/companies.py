"""Companies: paged and filtered (never by name), made Active by their primary contacts alone."""

import re
from typing import Any

from pipeline.marketplaces.pax8.simulator import contacts, rendering
from pipeline.marketplaces.pax8.simulator.problems import invalid, missing
from pipeline.marketplaces.pax8.simulator.records import Company
from pipeline.marketplaces.pax8.simulator.requests import body_of, ordered, paged, switch, word
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

FLAGS = {
    "billOnBehalfOfEnabled": "bill_on_behalf_of",
    "selfServiceAllowed": "self_service",
    "orderApprovalRequired": "approval_required",
}
TEXTS = {"name": "name", "phone": "phone", "website": "website"}
PLACES = ("city", "country", "stateOrProvince", "postalCode")
_SORTS = {
    "name": lambda company: company.name.casefold(),
    **{place: lambda company, place=place: company.address.get(place) for place in PLACES},  # type: ignore[misc]
}


def find(world: World, company_id: str) -> Company:
    company = world.companies.get(company_id)
    if company is None:
        raise missing("Company", company_id)
    return company


def index(world: World, call: Call) -> tuple[int, Any]:
    places = {place: call.query[place] for place in PLACES if place in call.query}
    flags = {name: wanted for flag, name in FLAGS.items() if (wanted := switch(call, flag)) is not None}
    status = word(call, "status", ("Active", "Inactive", "Deleted"))
    found = [
        company
        for company in world.companies.values()
        if (status is None or company.status == status)
        and all(company.address.get(place) == wanted for place, wanted in places.items())
        and all(getattr(company, name) is wanted for name, wanted in flags.items())
    ]
    return 200, paged(call, ordered(call, found, _SORTS), lambda one: rendering.company(one, world.knobs, listed=True))


def show(world: World, _call: Call, company_id: str) -> tuple[int, Any]:
    return 200, rendering.company(find(world, company_id), world.knobs)


def create(world: World, call: Call) -> tuple[int, Any]:
    body = body_of(call)
    wrong = _wrong(body) + [(f"{name} is required", f"/{name}") for name in _required() if body.get(name) is None]
    given = body.get("contacts") or []
    if not isinstance(given, list):
        raise invalid([("contacts must be a list", "/contacts")])
    wrong += [
        (f"contacts[{nth}].{text}", f"/contacts/{nth}{where}")
        for nth, contact in enumerate(given)
        for text, where in contacts.wrong(contact)
    ]
    if wrong:
        raise invalid(wrong)
    _refuse_double(world, body["name"])
    company = Company(world.new_id(), body["name"], world.now)
    _apply(company, body)
    world.companies[company.id] = company
    for contact in given:
        contacts.put(world, company, world.new_id(), contact)
    world.writes.append("POST companies")
    return 200, rendering.company(company, world.knobs)


def update(world: World, call: Call, company_id: str) -> tuple[int, Any]:
    company, body = find(world, company_id), body_of(call)
    if wrong := _wrong(body):
        raise invalid(wrong)
    if company.deleted:
        raise invalid([("company has been deleted", "/id")])
    if body.get("name"):
        _refuse_double(world, body["name"], but=company)
    _apply(company, body)
    company.updated = world.now
    world.writes.append("PATCH companies")
    return 200, rendering.company(company, world.knobs)


def _required() -> tuple[str, ...]:
    return (*TEXTS, "address", *FLAGS)


def _wrong(body: dict[str, Any]) -> list[tuple[str, str]]:
    found = [
        (f"{name} must be a text", f"/{name}")
        for name in (*TEXTS, "externalId")
        if body.get(name) is not None and not (isinstance(body[name], str) and body[name].strip())
    ]
    found += [
        (f"{name} must be true or false", f"/{name}")
        for name in FLAGS
        if body.get(name) is not None and not isinstance(body[name], bool)
    ]
    address = body.get("address")
    if address is not None and not isinstance(address, dict):
        found.append(("address must be an object", "/address"))
    elif address and address.get("country") and not re.fullmatch("[A-Z]{2}", str(address["country"])):
        found.append(("address.country must be an ISO 3166-1 alpha-2 code", "/address/country"))
    return found


def _refuse_double(world: World, name: str, but: Company | None = None) -> None:
    other = world.same_name(name)
    if other is not None and other is not but:
        raise invalid([("name: a company with this name already exists", "/name")], "Company already exists")


def _apply(company: Company, body: dict[str, Any]) -> None:
    for name, attribute in {**TEXTS, **FLAGS, "externalId": "external_id"}.items():
        if body.get(name) is not None:
            setattr(company, attribute, body[name])
    company.address = {**company.address, **(body.get("address") or {})}
