"""Who becomes the primary contact for what: the people of the quote, and those whom an operator names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.domain.claim import AddContact, NewContact
from pipeline.domain.company import CompanyContact
from pipeline.domain.customer import Contact, ContactRole


def named(role: ContactRole, values: Sequence[str]) -> Contact | None:
    """The person of an answer: first name, last name, e-mail address, phone. None where one of them is missing."""
    given = [value.strip() for value in values]
    if len(given) != 4 or not all(given) or "@" not in given[2]:
        return None
    first, last, email, phone = given
    return Contact(first_name=first, last_name=last, email=email, phone=phone, roles=(role,))


def lacking(contacts: Iterable[CompanyContact]) -> tuple[ContactRole, ...]:
    """The roles that nobody is the primary contact for."""
    taken = frozenset(role for contact in contacts for role in contact.primary_for)
    return tuple(role for role in ContactRole if role not in taken)


def allot(
    roles: Iterable[ContactRole], people: Sequence[Contact], chosen: Mapping[ContactRole, Contact]
) -> tuple[tuple[NewContact, ...], tuple[ContactRole, ...]]:
    """
    A person for each role, and the roles that nobody is left for.

    Who was chosen for a role has it; else the first complete person of that role, else the first one without roles.
    """
    filled: dict[str, NewContact] = {}
    missing: list[ContactRole] = []
    for role in roles:
        person = chosen.get(role) or _fitting(role, people)
        if person is None:
            missing.append(role)
            continue
        key = person.email.casefold()
        before = filled.get(key)
        filled[key] = (
            _new(person, (role,)) if before is None else before.model_copy(update={"roles": (*before.roles, role)})
        )
    return tuple(filled.values()), tuple(missing)


def addition(company_id: str, person: NewContact, contacts: Iterable[CompanyContact]) -> AddContact:
    """The write that makes the person primary: more roles for one who is there by that e-mail, else somebody new."""
    there = next((one for one in contacts if one.email and one.email.casefold() == person.email.casefold()), None)
    if there is None:
        return AddContact(company_id=company_id, contact=person)
    primary = there.primary_for | frozenset(person.roles)
    kept = NewContact(
        first_name=there.first_name or person.first_name,
        last_name=there.last_name or person.last_name,
        email=there.email,
        phone=there.phone or person.phone,
        roles=tuple(role for role in ContactRole if role in primary),
        secondary=tuple(role for role in ContactRole if role in there.roles - primary),
    )
    return AddContact(company_id=company_id, contact=kept, contact_id=there.id)


def _fitting(role: ContactRole, people: Sequence[Contact]) -> Contact | None:
    complete = [person for person in people if person.complete]
    of_role = (person for person in complete if role in person.roles)
    return next(of_role, None) or next((person for person in complete if not person.roles), None)


def _new(person: Contact, roles: tuple[ContactRole, ...]) -> NewContact:
    return NewContact(
        first_name=person.first_name, last_name=person.last_name, email=person.email, phone=person.phone, roles=roles
    )
