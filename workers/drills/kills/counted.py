"""What was bought, and who was made, counted at the four simulated marketplaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.marketplaces.appxite.simulator import Item
from pipeline.marketplaces.appxite.simulator import World as AppXiteWorld
from pipeline.marketplaces.flexportal.simulator import World as FlexPortalWorld
from pipeline.marketplaces.limio.simulator import World as LimioWorld
from pipeline.marketplaces.pax8.simulator.records import Company
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.kills.places import DOMAIN

Content = tuple[tuple[str, int, str], ...]
"""Product, quantity and billing term of each line, sorted."""

BY_EMAIL = frozenset({Simulated.FLEXPORTAL, Simulated.LIMIO})
"""Where a customer is known by its e-mail address; else it is by its name."""
_MONTHLY = "Monthly"


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as a marketplace has it, with its id as we keep it, and whose it is by name or e-mail address."""

    at: Simulated
    id: str
    customer: str
    content: Content


def bought(house: House) -> list[Bought]:
    """All that came in over the API."""
    others = house.others
    with house.simulator.locked():
        found = list(_pax8(house.simulator.world))
    with others.appxite.locked():
        found += _appxite(others.appxite.world)
    with others.flexportal.locked():
        found += _flexportal(others.flexportal.world)
    with others.limio.locked():
        found += _limio(others.limio.world)
    return found


def count_bought(house: House) -> int:
    """How many that are."""
    number = len(house.bought())
    for simulator in house.others.by_name().values():
        with simulator.locked():
            number += len(simulator.bought)
    return number


def _pax8(world: World) -> Iterator[Bought]:
    for order in world.bought:
        lines = ((line.product_id, line.quantity, line.billing_term) for line in order.lines)
        yield Bought(Simulated.PAX8, order.id, world.companies[order.company_id].name, tuple(sorted(lines)))


def _appxite(world: AppXiteWorld) -> Iterator[Bought]:
    for order in world.bought:
        lines = ((item.offer.id, item.quantity, _frequency(item)) for item in order.lines)
        name, order_id = world.organisations[order.organisation_id].name, f"{order.organisation_id}/{order.id}"
        yield Bought(Simulated.APPXITE, order_id, name, tuple(sorted(lines)))


def _frequency(item: Item) -> str:
    return next((plan.frequency for plan in item.offer.plans if plan.id == item.plan_id), "of no plan")


def _flexportal(world: FlexPortalWorld) -> Iterator[Bought]:
    for order in world.bought:
        lines = ((item.sku, item.quantity, _MONTHLY) for item in order.items)
        yield Bought(Simulated.FLEXPORTAL, order.id, order.customer.email, tuple(sorted(lines)))


def _limio(world: LimioWorld) -> Iterator[Bought]:
    for order in world.bought:
        lines = ((item.offer_id, item.quantity, _MONTHLY) for item in order.items)
        yield Bought(Simulated.LIMIO, order.id, order.email, tuple(sorted(lines)))


def made_twice(house: House) -> list[str]:
    """Companies, organisations and customers of one name, or of one e-mail address, of whom there is more than one."""
    others = house.others
    with house.simulator.locked():
        found = _twice(Simulated.PAX8, (one.name for one in house.simulator.world.companies.values()))
    with others.appxite.locked():
        organisations = others.appxite.world.organisations.values()
        found += _twice(Simulated.APPXITE, (one.name for one in organisations if one.name.startswith("Company ")))
    with others.flexportal.locked():
        found += _twice(Simulated.FLEXPORTAL, (one.email for one in others.flexportal.world.customers.values()))
    with others.limio.locked():
        found += _twice(Simulated.LIMIO, (one.email for one in others.limio.world.customers.values()))
    return found


def _twice(market: Simulated, names: Iterable[str]) -> list[str]:
    return [f"{name} at {market.called}" for name, number in Counter(names).items() if number > 1]


def contacts_twice(house: House) -> list[str]:
    """Companies at Pax8 where the quotes' contact stands more than once for the same types."""
    with house.simulator.locked():
        return [told for company in house.simulator.world.companies.values() if (told := _overlapping(company))]


def _overlapping(company: Company) -> str:
    """How, in words; empty where none does."""
    kinds = [frozenset(one.types) for one in company.contacts.values() if one.email.endswith(DOMAIN)]
    if sum(len(kind) for kind in kinds) <= len(frozenset().union(*kinds)):
        return ""
    return f"{company.name} has {len(kinds)} contacts of its quotes for {[sorted(kind) for kind in kinds]}"
