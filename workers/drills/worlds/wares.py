"""What the quotes of a world order: a line of each of the marketplaces, as its simulator sells it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.marketplaces.appxite.simulator import catalogue as appxite
from pipeline.marketplaces.flexportal.simulator import catalogue as flexportal
from pipeline.marketplaces.limio.simulator import catalogue as limio
from pipeline.marketplaces.pax8.simulator import catalogue as pax8
from pipeline.marketplaces.pax8.simulator import customers
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.simulated import Simulated

_TENANT = {
    "msCustExists": [pax8.HAS_NO_TENANT],
    "mca2020FirstName": ["Dana"],
    "mca2020LastName": ["Reyes"],
    "mca2020Email": ["dana@contoso.example"],
    "mca2020EffectiveDate": ["2026-01-02"],
}
_RENTED_FOR = 12


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A line of a quote. `how` is what an order at its marketplace has beside product and quantity: billing term, months.
    `more` is what else its message says of it.
    """

    id: str
    product_id: str
    quantity: int
    term: str = "Monthly"
    how: str = ""
    more: tuple[tuple[str, Any], ...] = ()
    marketplace: Simulated = Simulated.PAX8

    @property
    def bought_as(self) -> tuple[str, int, str]:
        return self.product_id, self.quantity, self.how

    def line(self) -> Mapping[str, Any]:
        plain = {"id": self.id, "product_id": self.product_id, "quantity": self.quantity, "billing_term": self.term}
        return {**plain, "marketplace": self.marketplace.value, **dict(self.more)}


def line(chance: random.Random, number: str, customer: Customer, marketplace: Simulated) -> Wanted:
    # Few quantities, so that some quotes of a customer are twins.
    quantity = chance.choice((2, 2, 3))
    match marketplace:
        case Simulated.PAX8:
            return _of_pax8(chance, number, customer, quantity)
        case Simulated.APPXITE:
            return _of_appxite(chance, number, quantity)
        case Simulated.FLEXPORTAL:
            return _of_flexportal(chance, number, quantity)
        case Simulated.LIMIO:
            return Wanted(number, limio.BACKUP.id, quantity, more=_cost("7.00"), marketplace=Simulated.LIMIO)


def _cost(amount: str, currency: str = "USD") -> tuple[tuple[str, Any], ...]:
    return (("unit_cost", {"amount": amount, "currency": currency}),)


def _of_pax8(chance: random.Random, number: str, customer: Customer, quantity: int) -> Wanted:
    kind = chance.random()
    if customer is customers.TAILSPIN_ONE_PARENT and kind < 0.6:
        return Wanted(number, pax8.TEAMS_PHONE.id, quantity, how="Monthly")
    if kind < 0.08:
        details = (("commitment", "1-Year"), ("provisioning", _TENANT))
        return Wanted(number, pax8.M365_E3.id, quantity, "Annual", "Annual", details)
    if kind < 0.14:
        colour = (("provisioning", {"colour": ["blue"]}),)
        return Wanted(number, pax8.BACKUP.id, quantity, how="Monthly", more=colour)
    return Wanted(number, pax8.BACKUP.id, quantity, how="Monthly", more=_cost("4.50"))


def _of_appxite(chance: random.Random, number: str, quantity: int) -> Wanted:
    """Some of it has to be approved by people there."""
    offer, cost = (appxite.MANAGED_VOICE, "15.00") if chance.random() < 0.15 else (appxite.DEFENDER, "2.40")
    return Wanted(number, offer.id, quantity, more=_cost(cost), marketplace=Simulated.APPXITE)


def _of_flexportal(chance: random.Random, number: str, quantity: int) -> Wanted:
    """Devices that are confirmed by themselves or by a person, and that we hand out, or the warehouse does."""
    rented = (("commitment", f"{_RENTED_FOR} months"),)
    kind = chance.random()
    if kind < 0.25:
        return _device(number, flexportal.MONITOR, quantity, (*rented, *_cost("11.00", "EUR")))
    return _device(number, flexportal.LAPTOP_14 if kind < 0.4 else flexportal.PHONE, quantity, rented)


def _device(number: str, sku: str, quantity: int, more: tuple[tuple[str, Any], ...]) -> Wanted:
    return Wanted(number, sku, quantity, how=str(_RENTED_FOR), more=more, marketplace=Simulated.FLEXPORTAL)
