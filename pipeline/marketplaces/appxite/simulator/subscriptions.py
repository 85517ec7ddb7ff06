"""Subscriptions, enabled and disabled: there as soon as their item was provisioned, and not before."""

from typing import Any

from pipeline.marketplaces.appxite.simulator import assumed
from pipeline.marketplaces.appxite.simulator.problems import invalid, missing, refused
from pipeline.marketplaces.appxite.simulator.records import ENABLED, Subscription
from pipeline.marketplaces.appxite.simulator.requests import acting_for, body_of, paged
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call


def index(world: World, call: Call) -> tuple[int, Any]:
    buyer, lag = acting_for(world, call), world.knobs.subscription_list_lag
    found = [
        one
        for one in world.subscriptions_by_organisation.get(buyer.id, [])
        if one.state(world.now) and not world.lagging(one.item.finished(), lag)
    ]
    return 200, paged(call, found, lambda one: _shown(world, one))


def show(world: World, call: Call, subscription_id: str) -> tuple[int, Any]:
    return 200, _shown(world, _find(world, call, subscription_id))


def add_ons(world: World, call: Call, subscription_id: str) -> tuple[int, Any]:
    item = _find(world, call, subscription_id).item
    names = {one.id: one.name for one in item.offer.add_ons}
    return 200, [assumed.add_on(add_on, names[add_on], number) for add_on, number in item.add_ons]


def update(world: World, call: Call, subscription_id: str) -> tuple[int, Any]:
    found = _find(world, call, subscription_id)
    quantity = assumed.asked_quantity(body_of(call))
    least, most = found.item.offer.limits
    if not least <= quantity <= most:
        raise invalid([(f"Quantity must be a whole number from {least} to {most}", "Quantity")])
    if found.state(world.now) != ENABLED:
        raise refused(400, "A disabled subscription cannot be changed")
    found.quantity = quantity
    world.writes.append("PUT subscriptions")
    return 200, _shown(world, found)


def _find(world: World, call: Call, subscription_id: str) -> Subscription:
    buyer, found = acting_for(world, call), world.subscriptions.get(subscription_id)
    if found is None or found.organisation_id != buyer.id or found.state(world.now) is None:
        raise missing("Subscription", subscription_id)
    return found


def _shown(world: World, one: Subscription) -> dict[str, Any]:
    offer = one.item.offer
    return assumed.subscription(one.id, offer.id, one.quantity, one.state(world.now) or "", offer.limits)
