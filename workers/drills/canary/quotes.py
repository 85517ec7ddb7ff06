"""The quotes that bring the plants in, and others without any, for load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.marketplaces.pax8.simulator import catalogue
from workers.drills.canary.plants import LATER_ANSWERS, Mint, Person, people
from workers.drills.house import House
from workers.drills.quotes import Json, line, quote

_FIELDS = ("msTenantId", "mca2020Email")
_TENANT = {
    "msCustExists": [catalogue.HAS_A_TENANT],
    "mca2020FirstName": ["Ada"],
    "mca2020LastName": ["Lovelace"],
    "mca2020Email": ["ada@example.com"],
    "mca2020EffectiveDate": ["2026-11-01"],
    "msTenantId": ["contoso"],
}


@dataclass(frozen=True, slots=True)
class Planted:
    """Quotes with plants in them. `asking` lack `answers`, one list of values by field for each; `dated` lie ahead."""

    straight: Sequence[Json]
    asking: Sequence[Json]
    answers: Sequence[dict[str, str]]
    dated: Sequence[Json]

    def all(self) -> Iterator[Json]:
        yield from (*self.straight, *self.asking, *self.dated)


def planted(mint: Mint, house: House) -> Planted:
    """Makes the plants, and the companies at the marketplace that the quotes are for."""
    asking = LATER_ANSWERS // len(_FIELDS)
    return Planted(
        straight=[_of_person(mint, house, person, number) for number, person in enumerate(people(mint))],
        asking=[_licences(house, without=_FIELDS) for _ in range(asking)],
        answers=[{field: mint.plant("later answer", _value(mint, field)) for field in _FIELDS} for _ in range(asking)],
        dated=[{**_plain(house), "requested_date": "2031-01-05"} for _ in range(2)],
    )


def plain(mint: Mint, house: House) -> Json:
    """One more accepted quote, of somebody whom nobody looks for."""
    made = _plain(house)
    email = f"{mint.word()}@somebody.example"
    made["customer"]["contacts"] = [{"first_name": "Some", "last_name": "Body", "email": email, "phone": "+1 555 0100"}]
    return made


def _of_person(mint: Mint, house: House, person: Person, number: int) -> Json:
    """For a company that has no contacts yet, so that the person's data go to the marketplace too."""
    tenant = mint.plant("provisioning", f"tenant-{mint.word()}")
    fields = {
        **_TENANT,
        "msTenantId": [tenant],
        "mca2020FirstName": [person.first],
        "mca2020LastName": [person.last],
        "mca2020Email": [person.email],
    }
    made = _licences(house, primaries=(), provisioning=fields)
    made["customer"]["contacts"] = [
        {"first_name": person.first, "last_name": person.last, "email": person.email, "phone": person.phone}
    ]
    made["customer"]["address"]["street"] = person.street
    if number < 3:
        made["notes"] = mint.plant("note", f"call {mint.word()} after four:\n{mint.word()}")
    if number < 3:
        email = mint.plant("who accepted", f"{mint.word()}@{mint.word()}.example")
        made["quote"]["accepted_by"] = {"name": f"{person.first} {person.last}", "email": email}
    if number == 0:
        made["sender_extra"] = {"remark": mint.plant("field that nobody knows", mint.word(16))}
    return made


def _licences(house: House, *, without: Sequence[str] = (), provisioning: Any = None, **company: Any) -> Json:
    fields = {name: value for name, value in (provisioning or _TENANT).items() if name not in without}
    product = catalogue.M365_BUSINESS_PREMIUM
    return _for(house, [line(product=product, commitment="Monthly", provisioning=fields)], **company)


def _plain(house: House) -> Json:
    return _for(house, [line()])


def _for(house: House, lines: Sequence[Json], **company: Any) -> Json:
    return quote(lines, house.customer(**company), notes=None)


def _value(mint: Mint, field: str) -> str:
    return f"{mint.word()}@{mint.word()}.example" if "Email" in field else f"tenant-{mint.word()}"
