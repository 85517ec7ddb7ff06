"""Customers: listed without a filter, and approved once."""

from typing import Any

from pipeline.marketplaces.appxite.simulator import assumed
from pipeline.marketplaces.appxite.simulator.problems import missing, refused
from pipeline.marketplaces.appxite.simulator.records import ACTIVE, BLOCKED, Organisation
from pipeline.marketplaces.appxite.simulator.requests import paged
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call


def index(world: World, call: Call) -> tuple[int, Any]:
    return 200, paged(call, list(world.organisations.values()), _shown)


def show(world: World, _call: Call, customer_id: str) -> tuple[int, Any]:
    return 200, _shown(_find(world, customer_id))


def approve(world: World, _call: Call, customer_id: str) -> tuple[int, Any]:
    """An Active one stays so; a Blocked one is for people."""
    found = _find(world, customer_id)
    if found.state == BLOCKED:
        raise refused(400, "A blocked organisation cannot be approved")
    found.state = ACTIVE
    world.writes.append("PUT customers/approve")
    return 200, _shown(found)


def _find(world: World, customer_id: str) -> Organisation:
    found = world.organisations.get(customer_id)
    if found is None:
        raise missing("Customer", customer_id)
    return found


def _shown(one: Organisation) -> dict[str, Any]:
    return assumed.customer(one.id, one.name, one.email, one.state, one.external_id)
