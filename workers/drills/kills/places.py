"""The customers: put where their quotes buy, unless they are new there."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from pipeline.marketplaces.appxite.simulator.records import ACTIVE, NEW
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.pax8.simulator.records import CONTACT_TYPES, Line
from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.kills.plan import Sort

Json = dict[str, Any]
DOMAIN = "customer.example"
_ADDRESS = {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"}
_LACKING = ((), ("Admin",), ("Billing", "Technical"))
_NAMED = 0.7
"""How likely a quote names its customer by the marketplace's id, where that has one from the beginning."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """
    `told` is the customer as quotes name it, `base_plans` how many it has at Pax8 already. No quote of its own has had
    the next of `quantities`.
    """

    name: str
    email: str
    told: Json
    base_plans: int = 0
    quantities: Iterator[int] = field(default_factory=lambda: count(1))


class Places:
    def __init__(self, house: House) -> None:
        self._house = house

    def settle(self, rng: random.Random, sort: Sort, number: int, markets: Sequence[Simulated]) -> Buyer:
        """A customer of this number, whom these marketplaces know unless it is new."""
        name, email, external_id = f"Company {number:05d}", f"dana@{number:05d}.{DOMAIN}", f"X-{number:05d}"
        contact = {"first_name": "Dana", "last_name": "Reyes", "email": email, "phone": "+1 555 0100"}
        told: Json = {"ref": external_id, "external_id": external_id, "name": name, "contacts": [contact]}
        told |= {"phone": "+1 555 0100", "website": "https://customer.example", "address": _ADDRESS}
        base_plans = rng.randrange(2) if sort is Sort.ADD_ON else 0
        if sort is not Sort.NEWCOMER:
            primaries = rng.choice(_LACKING) if sort is Sort.INACTIVE else CONTACT_TYPES
            ids = {market: self._move_in(market, sort, told, primaries, base_plans) for market in markets}
            told["marketplace_ids"] = {at.value: key for at, key in ids.items() if key and rng.random() < _NAMED}
        return Buyer(name, email, told, base_plans)

    def _move_in(self, market: Simulated, sort: Sort, told: Json, primaries: Sequence[str], base_plans: int) -> str:
        """Gives the id there; empty where customers are known by their e-mail address."""
        match market:
            case Simulated.PAX8:
                return self._company(told["name"], told["external_id"], primaries, base_plans)
            case Simulated.APPXITE:
                state = NEW if sort is Sort.INACTIVE else ACTIVE
                with self._house.others.appxite.locked():
                    world = self._house.others.appxite.world
                    return world.organisation(told["name"], external_id=told["external_id"], state=state).id
            case Simulated.FLEXPORTAL:
                with self._house.others.flexportal.locked():
                    self._house.others.flexportal.world.customer(told["contacts"][0]["email"], told["name"])
            case Simulated.LIMIO:
                with self._house.others.limio.locked():
                    self._house.others.limio.world.customer(told["contacts"][0]["email"], told["name"])
        return ""

    def _company(self, name: str, external_id: str, primaries: Sequence[str], base_plans: int) -> str:
        """A company at Pax8, which may have base plans already."""
        simulator = self._house.simulator
        with simulator.locked():
            made = simulator.world.company(name, primaries, external_id=external_id)
            term = Line(catalogue.M365_E3.id, 10, "Annual", commitment_term_id=catalogue.E3_ONE_YEAR.id)
            for _ in range(base_plans):
                simulator.world.subscribe(made.id, catalogue.M365_E3, 10, "Annual", None, None, term)
        return made.id
