"""Contacts of a company, newest first. A new primary takes its type from the old one without a word."""

import re
from typing import Any

from pipeline.marketplaces.pax8.simulator import rendering
from pipeline.marketplaces.pax8.simulator.problems import invalid, missing
from pipeline.marketplaces.pax8.simulator.records import CONTACT_TYPES, Company, Contact
from pipeline.marketplaces.pax8.simulator.requests import body_of, paged
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

REQUIRED = ("firstName", "lastName", "email", "phone")


def wrong(body: Any) -> list[tuple[str, str]]:
    """What is wrong with a contact, as (sentence, where)."""
    if not isinstance(body, dict):
        return [("contact must be an object", "")]
    found = [
        (f"{name} is required", f"/{name}")
        for name in REQUIRED
        if not isinstance(body.get(name), str) or not body[name].strip()
    ]
    if (
        isinstance(body.get("email"), str)
        and body["email"].strip()
        and not re.fullmatch(r"[^@\s]+@[^@\s]+", body["email"])
    ):
        found.append(("email must be an e-mail address", "/email"))
    types = body.get("types") or []
    if not isinstance(types, list) or not all(isinstance(x, dict) and x.get("type") in CONTACT_TYPES for x in types):
        found.append((f"types must each be one of {', '.join(CONTACT_TYPES)}", "/types"))
    return found


def put(world: World, company: Company, contact_id: str, body: dict[str, Any]) -> Contact:
    types = {entry["type"]: entry.get("primary") is True for entry in body.get("types") or []}
    old = company.contacts.get(contact_id)
    first, last, email, phone = (body[name] for name in REQUIRED)
    made = Contact(contact_id, first, last, email, phone, types, old.created if old else world.now)
    for other in company.contacts.values():
        other.types.update({kind: False for kind in other.types if types.get(kind)})
    company.contacts[contact_id] = made
    company.updated = world.now
    return made


def index(world: World, call: Call, company_id: str) -> tuple[int, Any]:
    newest_first = list(reversed(_company(world, company_id).contacts.values()))
    return 200, paged(call, newest_first, lambda one: rendering.contact(one, world.knobs))


def show(world: World, _call: Call, company_id: str, contact_id: str) -> tuple[int, Any]:
    return 200, rendering.contact(_contact(_company(world, company_id), contact_id), world.knobs)


def create(world: World, call: Call, company_id: str) -> tuple[int, Any]:
    company, body = _company(world, company_id), _checked(call)
    made = put(world, company, world.new_id(), body)
    world.writes.append("POST contacts")
    return 200, rendering.contact(made, world.knobs)


def replace(world: World, call: Call, company_id: str, contact_id: str) -> tuple[int, Any]:
    company, body = _company(world, company_id), _checked(call)
    _contact(company, contact_id)
    made = put(world, company, contact_id, body)
    world.writes.append("PUT contacts")
    return 200, rendering.contact(made, world.knobs)


def delete(world: World, _call: Call, company_id: str, contact_id: str) -> tuple[int, Any]:
    """A primary can't go while its company is Active: it would be left without one."""
    company = _company(world, company_id)
    contact = _contact(company, contact_id)
    if company.status == "Active" and any(contact.types.values()):
        raise invalid([("contact is the primary contact of the company", "/id")])
    del company.contacts[contact_id]
    world.writes.append("DELETE contacts")
    return 204, None


def _checked(call: Call) -> dict[str, Any]:
    body = body_of(call)
    if found := wrong(body):
        raise invalid(found)
    return body


def _company(world: World, company_id: str) -> Company:
    company = world.companies.get(company_id)
    if company is None or company.deleted:
        raise missing("Company", company_id)
    return company


def _contact(company: Company, contact_id: str) -> Contact:
    contact = company.contacts.get(contact_id)
    if contact is None:
        raise missing("Contact", contact_id)
    return contact
