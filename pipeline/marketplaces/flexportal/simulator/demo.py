"""The world in which tests, demo and drills begin."""

from datetime import timedelta

from pipeline.marketplaces.flexportal.simulator import catalogue, lifecycle
from pipeline.marketplaces.flexportal.simulator.customers import CUSTOMERS, RENTED, Resident
from pipeline.marketplaces.flexportal.simulator.knobs import Knobs
from pipeline.marketplaces.flexportal.simulator.records import Json, Order, Origin
from pipeline.marketplaces.flexportal.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock

LONG_AGO = timedelta(days=300)


def demo_world(clock: SimulationClock | None = None, seed: int = 0, knobs: Knobs | None = None) -> World:
    """The devices of `catalogue` and the people of `customers`; nothing has been ordered over the API yet."""
    world = World(clock or SimulatedClock(), seed, knobs)
    for product in catalogue.products():
        world.stock_up(product)
    for resident in CUSTOMERS:
        _move_in(world, resident)
    return world


def address(resident: Resident) -> Json:
    return {
        "contactName": f"{resident.first_name} {resident.last_name}",
        "streetAddress": "1 Main Street",
        "city": "Berlin",
        "country": "Germany",
    }


def _move_in(world: World, resident: Resident) -> None:
    customer = world.customer(
        resident.email,
        resident.company,
        id=resident.id,
        first_name=resident.first_name,
        last_name=resident.last_name,
        customer_type=resident.customer_type,
        status=resident.status,
        billing=address(resident),
        shipping=address(resident),
    )
    if resident.laptops:
        began = world.now - LONG_AGO
        items = [world.item(RENTED, resident.laptops, 12)]
        order = Order(world.order_id(), customer, items, began, Origin.SEED, billing=customer.billing)
        lifecycle.seeded(world, order, began)
