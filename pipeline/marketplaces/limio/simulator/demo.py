"""The world in which tests, demo and drills begin."""

from datetime import timedelta

from pipeline.marketplaces.limio.simulator.catalogue import BACKUP, OFFERS
from pipeline.marketplaces.limio.simulator.customers import BYSTANDERS, CUSTOMERS, DemoCustomer
from pipeline.marketplaces.limio.simulator.knobs import Knobs
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock

BEGAN = timedelta(days=90)


def demo_world(clock: SimulationClock | None = None, seed: int = 0, knobs: Knobs | None = None) -> World:
    """The offers of `catalogue` and the customers of `customers`; nothing has been ordered over the API yet."""
    world = World(clock or SimulatedClock(), seed, knobs)
    world.offers = {offer.id: offer for offer in OFFERS}
    for customer in (*BYSTANDERS, *CUSTOMERS):
        _move_in(world, customer)
    return world


def _move_in(world: World, customer: DemoCustomer) -> None:
    began = world.now - BEGAN
    made = world.customer(
        customer.email,
        customer.company,
        id=customer.id,
        first_name=customer.first_name,
        last_name=customer.last_name,
        created=began,
    )
    for _ in range(customer.backups):
        subscription = world.subscribe(made, [world.item(BACKUP.id, 10)], began)
        subscription.become(began, (began, "active"))
