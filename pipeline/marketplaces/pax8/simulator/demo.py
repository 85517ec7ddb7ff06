"""The world in which tests, demo and drills begin."""

from datetime import timedelta

from pipeline.marketplaces.pax8.simulator.catalogue import E3_ONE_YEAR, M365_E3, PRODUCTS
from pipeline.marketplaces.pax8.simulator.customers import BYSTANDERS, CUSTOMERS, Customer
from pipeline.marketplaces.pax8.simulator.knobs import Knobs
from pipeline.marketplaces.pax8.simulator.records import Line
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock


def demo_world(clock: SimulationClock | None = None, seed: int = 0, knobs: Knobs | None = None) -> World:
    """The products of `catalogue` and the companies of `customers`; nothing has been ordered over the API yet."""
    world = World(clock or SimulatedClock(), seed, knobs)
    world.products = {product.id: product for product in PRODUCTS}
    for customer in (*BYSTANDERS, *CUSTOMERS):
        _move_in(world, customer)
    return world


def _move_in(world: World, customer: Customer) -> None:
    company = world.company(
        customer.name,
        customer.primaries,
        customer.country,
        id=customer.id,
        external_id=customer.external_id,
        deleted=customer.deleted,
    )
    for _ in range(customer.base_plans):
        line = Line(M365_E3.id, 10, "Annual", commitment_term_id=E3_ONE_YEAR.id)
        began = world.now - timedelta(days=90)
        world.subscribe(company.id, M365_E3, 10, "Annual", None, began, line)
