"""What Microsoft's offers need of an organisation: a tenant under a domain of its own, and the agreement accepted."""

from typing import Any

from pipeline.marketplaces.appxite.simulator import assumed
from pipeline.marketplaces.appxite.simulator.problems import invalid, refused
from pipeline.marketplaces.appxite.simulator.requests import acting_for, body_of
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call


def validate_domain(world: World, call: Call) -> tuple[int, Any]:
    acting_for(world, call)
    return 200, assumed.tenant(_domain(world, call))


def create_tenant(world: World, call: Call) -> tuple[int, Any]:
    buyer, domain = acting_for(world, call), _domain(world, call)
    buyer.tenant = domain
    world.taken_domains.add(domain.casefold())
    world.writes.append("POST microsoft/tenants")
    return 201, assumed.tenant(domain)


def show_agreement(world: World, call: Call) -> tuple[int, Any]:
    return 200, assumed.agreement(acting_for(world, call).agreement)


def accept_agreement(world: World, call: Call) -> tuple[int, Any]:
    buyer, body = acting_for(world, call), body_of(call)
    if lacking := [name for name in assumed.SIGNATURE if not str(body.get(name) or "").strip()]:
        raise invalid([(f"{name} is required", name) for name in lacking])
    buyer.agreement = True
    world.writes.append("POST microsoft/agreement")
    return 200, assumed.agreement(True)


def _domain(world: World, call: Call) -> str:
    """One that is taken is answered as if something had broken."""
    domain = assumed.asked_domain(body_of(call)).strip()
    if not domain:
        raise invalid([("Domain is required", "Domain")])
    if domain.casefold() in world.taken_domains:
        raise refused(500, "An error has occurred.")
    return domain
