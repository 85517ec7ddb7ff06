"""The world in which tests, demo and drills begin."""

from datetime import timedelta

from pipeline.marketplaces.appxite.simulator.catalogue import OFFERS, VIRTUAL_SERVER
from pipeline.marketplaces.appxite.simulator.customers import BYSTANDERS, CUSTOMERS, Customer
from pipeline.marketplaces.appxite.simulator.knobs import Knobs
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock


def demo_world(clock: SimulationClock | None = None, seed: int = 0, knobs: Knobs | None = None) -> World:
    """The offers of `catalogue`, the organisations of `customers`; nothing has been ordered over the API yet."""
    world = World(clock or SimulatedClock(), seed, knobs)
    world.offers = {offer.id: offer for offer in OFFERS}
    for customer in (*BYSTANDERS, *CUSTOMERS):
        _move_in(world, customer)
    return world


def _move_in(world: World, customer: Customer) -> None:
    made = world.organisation(
        customer.name,
        id=customer.id,
        email=customer.email,
        state=customer.state,
        external_id=customer.external_id,
        tenant=customer.tenant,
        agreement=customer.tenant is not None,
    )
    if customer.tenant is not None:
        world.taken_domains.add(customer.tenant)
    world.seed_orders(made, customer.servers, VIRTUAL_SERVER.id, timedelta(days=90))
