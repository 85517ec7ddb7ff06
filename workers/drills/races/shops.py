"""The simulated marketplaces of the races: who is a customer there, and what was sold to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator
from pipeline.marketplaces.appxite.simulator.records import ACTIVE
from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator
from pipeline.marketplaces.limio.simulator import LimioSimulator
from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import SimulationClock
from workers.drills.switchboard import Switchboard

_OVER = frozenset({"cancelled", "rejected", "provision_failed"})


def email_of(customer: Customer) -> str:
    """The customer's own: two marketplaces know customers by it."""
    return f"{customer.name.casefold().replace(' ', '-')}@race.example"


@dataclass(frozen=True, slots=True)
class Sold:
    """
    An order that came in over the API, by the id that we give it. `over`: nothing of it is live any more. `details` are
    what was answered for its first line.
    """

    id: str
    created: datetime
    over: bool = False
    details: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Shops:
    """All four, by one clock and with no limit of calls."""

    def __init__(self, clock: SimulationClock, seed: int) -> None:
        self.pax8 = Pax8Simulator(clock, seed)
        self.appxite = AppXiteSimulator(clock, seed)
        self.flexportal = FlexPortalSimulator(clock, seed)
        self.limio = LimioSimulator(clock, seed)
        self._all = {
            Simulated.PAX8: self.pax8,
            Simulated.APPXITE: self.appxite,
            Simulated.FLEXPORTAL: self.flexportal,
            Simulated.LIMIO: self.limio,
        }
        for knobs in (self.pax8.knobs, self.appxite.knobs, self.flexportal.knobs, self.limio.knobs):
            knobs.calls_per_minute = None
        self.answers = Switchboard(self._all)

    def calm(self) -> None:
        for simulator in self._all.values():
            simulator.faults.clear()

    def know(self, customer: Customer, at: Simulated, state: str = ACTIVE) -> str:
        """The customer is one there, too; gives the id. `state` is AppXite's word for one who is let in, or not yet."""
        email, name = email_of(customer), customer.name
        match at:
            case Simulated.PAX8:
                known = customer.external_id
                return self.pax8.world.company(name, customer.primaries, id=customer.id, external_id=known).id
            case Simulated.APPXITE:
                return self.appxite.world.organisation(name, email=email, state=state).id
            case Simulated.FLEXPORTAL:
                return self.flexportal.world.customer(email, name).id
            case Simulated.LIMIO:
                return self.limio.world.customer(email, name).id

    def bought(self, customer: Customer) -> Sequence[Sold]:
        """What was sold to this customer over the APIs."""
        return [
            *self._by_pax8(customer),
            *self._by_appxite(customer),
            *self._by_flexportal(customer),
            *self._by_limio(customer),
        ]

    def _by_pax8(self, customer: Customer) -> Iterator[Sold]:
        world = self.pax8.world
        for company in [one.id for one in world.companies.values() if one.name == customer.name]:
            for order in world.orders_of(company):
                made = [world.subscriptions[one.subscription_id] for one in order.lines if one.subscription_id]
                over = all(one.status(world.now) == "Cancelled" for one in made)
                if order.origin == "api":
                    yield Sold(order.id, order.created, over, order.lines[0].asked.details)

    def _by_appxite(self, customer: Customer) -> Iterator[Sold]:
        world = self.appxite.world
        for organisation in [one.id for one in world.organisations.values() if one.name == customer.name]:
            for order in world.orders_of(organisation):
                over = all(item.status(world.now) in _OVER for item in order.lines)
                if order.origin == "api":
                    yield Sold(f"{organisation}/{order.id}", order.executed or order.created, over)

    def _by_flexportal(self, customer: Customer) -> Iterator[Sold]:
        for order in self.flexportal.world.orders_of(email_of(customer)):
            if order.origin == "api":
                yield Sold(order.id, order.created, order.status == "cancelled")

    def _by_limio(self, customer: Customer) -> Iterator[Sold]:
        for order in self.limio.world.bought:
            if order.email == email_of(customer):
                yield Sold(order.id, order.created)
