"""What a run has bought and made, counted at the simulated marketplaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pipeline.marketplaces.appxite.simulator import Origin as AppXiteOrigin
from pipeline.marketplaces.appxite.simulator import World as AppXiteWorld
from pipeline.marketplaces.appxite.simulator.assumed import CANCELLED
from pipeline.marketplaces.flexportal.simulator import World as FlexPortalWorld
from pipeline.marketplaces.limio.simulator import World as LimioWorld
from pipeline.marketplaces.pax8.simulator.records import Company, OrderLine, Origin
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.points.scenario import Case

# A case that has this in its `more` ends with as many carts as it is to, whoever fell when.
CARTS = "carts"


def bought(house: House, case: Case) -> tuple[str, ...]:
    """What came in over the API for the case's customers and for those that it made: an entry for each order."""
    with house.simulator.locked():
        found = list(_bought_at_pax8(house.simulator.world, case))
    for name, customer in case.elsewhere.items():
        with house.others.by_name()[Simulated(name)].locked():
            found += [f"{name}: {order}" for order in _bought_elsewhere(house, Simulated(name), customer)]
    return tuple(sorted(found))


def customers(house: House, case: Case) -> tuple[str, ...]:
    """Who the case's customers are by now: one that was made twice is there twice."""
    with house.simulator.locked():
        mine = _companies(house.simulator.world, case)
        found = [f"{one.status}, {len(one.contacts)} contacts" for one in mine]
    for name, customer in case.elsewhere.items():
        with house.others.by_name()[Simulated(name)].locked():
            found += [f"{name}: {one}" for one in _customers_elsewhere(house, Simulated(name), customer)]
            if CARTS in case.more:
                carts = [one for one in house.others.appxite.world.carts if one.organisation_id == customer]
                found.append(f"{len(carts)} carts")
    return tuple(sorted(f"{count} x {what}" for what, count in Counter(found).items()))


def forget(house: House, case: Case) -> None:
    """Pax8 lists all of its companies to those who look for one by name: not those of past runs."""
    with house.simulator.locked():
        for each in _companies(house.simulator.world, case):
            del house.simulator.world.companies[each.id]


def _companies(world: World, case: Case) -> list[Company]:
    return [one for one in world.companies.values() if one.id in case.companies or one.name in case.names]


def _bought_at_pax8(world: World, case: Case) -> Iterator[str]:
    """What was changed there, too."""
    for company in _companies(world, case):
        for order in world.orders_of(company.id):
            if order.origin is Origin.API:
                yield ", ".join(_line(world, line) for line in order.lines)
        for one in world.subscriptions_by_company[company.id]:
            if one.past:
                yield f"changed {len(one.past)} times, to {one.quantity} of {one.product.id}"


def _line(world: World, line: OrderLine) -> str:
    subscription = world.subscriptions.get(line.subscription_id or "")
    cancelled = subscription is not None and subscription.status(world.now) == "Cancelled"
    return f"{line.quantity} of {line.product_id}{' cancelled' if cancelled else ''}"


def _bought_elsewhere(house: House, name: Simulated, customer: str) -> Iterator[str]:
    match name:
        case Simulated.APPXITE:
            yield from _of_organisation(house.others.appxite.world, customer)
        case Simulated.FLEXPORTAL:
            yield from _rented(house.others.flexportal.world, customer)
        case Simulated.LIMIO:
            yield from _subscribed(house.others.limio.world, customer)
        case Simulated.PAX8:
            raise ValueError("Pax8 is not elsewhere")


def _of_organisation(world: AppXiteWorld, organisation_id: str) -> Iterator[str]:
    for order in world.orders:
        if order.organisation_id == organisation_id and order.origin is AppXiteOrigin.API:
            words = [(item, " cancelled" if item.status(world.now) == CANCELLED else "") for item in order.lines]
            yield ", ".join(f"{item.quantity} of {item.offer.name}{word}" for item, word in words)


def _rented(world: FlexPortalWorld, email: str) -> Iterator[str]:
    for order in world.bought:
        if order.customer.email == email:
            items = (f"{item.quantity} of {item.sku}, {len(item.rental_ids)} handed out" for item in order.items)
            yield f"{order.status}, {', '.join(items)}"


def _subscribed(world: LimioWorld, email: str) -> Iterator[str]:
    for order in world.bought:
        if order.email == email:
            yield ", ".join(f"{item.quantity} of {world.offers[item.offer_id].name}" for item in order.items)


def _customers_elsewhere(house: House, name: Simulated, customer: str) -> Iterator[str]:
    match name:
        case Simulated.APPXITE:
            yield house.others.appxite.world.organisations[customer].state
        case Simulated.FLEXPORTAL:
            known = house.others.flexportal.world.customers.values()
            yield from (f"of status {one.status}" for one in known if one.email == customer)
        case Simulated.LIMIO:
            yield from ("known" for one in house.others.limio.world.customers.values() if one.email == customer)
        case Simulated.PAX8:
            raise ValueError("Pax8 is not elsewhere")
