"""Scenes of other writes than a purchase at Pax8: carts, approvals, devices, cancellations, purchases elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from pipeline.domain.stage import Stage
from pipeline.marketplaces.appxite.simulator import catalogue as appxite
from pipeline.marketplaces.appxite.simulator.records import ACTIVE, NEW
from pipeline.marketplaces.flexportal.simulator import catalogue as flexportal
from pipeline.marketplaces.limio.simulator import catalogue as limio
from pipeline.marketplaces.simulated import Simulated
from pipeline.operations import cancelling
from workers.drills.races.scenes import Json, Scene, Setup, accepted, rested, walked
from workers.drills.races.world import World

# Long enough that what was rehearsed is too old to buy by.
_MUCH_LATER = timedelta(hours=1)
_CONFIRMED_AFTER = 3.0
_QUANTITY = "quantityBox1"
_BEFORE = ("answer", "retry", "reschedule", "cancel", "revision", "revocation")
_LOST = ("retry", "resend", "adopt", "reschedule", "cancel", "revocation")
_AFTER = ("answer", "retry", "reschedule", "cancel", "revocation")
_LINES: dict[Simulated, Json] = {
    Simulated.APPXITE: {"product_id": appxite.DEFENDER.id, "unit_cost": {"amount": "2.40", "currency": "USD"}},
    Simulated.FLEXPORTAL: {"product_id": flexportal.PHONE, "commitment": "12 months"},
    Simulated.LIMIO: {"product_id": limio.BACKUP.id, "unit_cost": {"amount": "7.00", "currency": "USD"}},
}
_PURCHASES: dict[Simulated, Json] = {
    Simulated.APPXITE: {"match": ("POST", "/orders/operation"), "containing": "place_order"},
    Simulated.FLEXPORTAL: {"match": ("POST", "/v1/orders")},
    Simulated.LIMIO: {"match": ("POST", "/api/partner/order")},
}


def _ordered(world: World, at: Simulated, state: str = ACTIVE, **more: Any) -> Scene:
    """Two of what is sold there, for a customer of that marketplace. There is enough of it."""
    customer = world.customer(there=False)
    if at is Simulated.FLEXPORTAL:
        world.shops.flexportal.world.receive(flexportal.PHONE, 2)
    known = world.shops.know(customer, at, state)
    line = {"id": "1", "quantity": 2, "billing_term": "Monthly", "marketplace": at.value, **_LINES[at]}
    return accepted(world, customer, [line], {at.value: known}, **more)


def _filling(world: World) -> Scene:
    return walked(_ordered(world, Simulated.APPXITE), Stage.VALIDATE_MOCK)


def _throwing_away(world: World) -> Scene:
    """It was prepared long before its date, and somebody has changed its cart in the portal since."""
    scene = _ordered(world, Simulated.APPXITE, requested_date=(world.clock.now() + _MUCH_LATER).isoformat())
    world.step(scene.order_id, lambda _stage: True)
    cart = world.shops.appxite.world.carts[-1]
    cart.items[0].form[_QUANTITY] = 7
    while Stage(world.row(scene.order_id).stage) is not Stage.VALIDATE_MOCK:
        world.until_due(scene.order_id)
        world.step(scene.order_id, lambda following: following is not Stage.VALIDATE_MOCK)
    return scene


def _approving(world: World) -> Scene:
    return walked(_ordered(world, Simulated.APPXITE, NEW), Stage.ENSURE_ACTIVE)


def _handing_out(world: World) -> Scene:
    scene = walked(_ordered(world, Simulated.FLEXPORTAL), Stage.POLL_STATUS)
    world.clock.advance(_CONFIRMED_AFTER)
    return scene


def _cancelling(world: World, at: Simulated) -> Scene:
    """All is live, and somebody has it cancelled: the next step does that."""
    scene = rested(accepted(world, world.customer()) if at is Simulated.PAX8 else _ordered(world, at))
    order = world.read(scene.order_id)
    cancelling.cancel(world.desk, order.view["ref"], order.version, "not wanted any more", actor="Zoe")
    return scene


def _cancelling_lost(world: World, at: Simulated) -> Scene:
    """The answer to a cancellation was lost: it is being looked for."""
    scene = _cancelling(world, at)
    simulator, match = {
        Simulated.PAX8: (world.shops.pax8, ("DELETE", "/v1/subscriptions/*")),
        Simulated.APPXITE: (world.shops.appxite, ("POST", "/orders/cancel")),
    }[at]
    simulator.faults.add(kind="reset", match=match, when="after")
    world.step(scene.order_id)
    world.until_due(scene.order_id)
    return scene


def _lost(world: World, at: Simulated, when: str) -> Scene:
    """The purchase was sent, and its answer lost: it is being looked for by our reference."""
    scene = walked(_ordered(world, at), Stage.SUBMIT)
    simulator = {
        Simulated.APPXITE: world.shops.appxite,
        Simulated.FLEXPORTAL: world.shops.flexportal,
        Simulated.LIMIO: world.shops.limio,
    }[at]
    simulator.faults.add(kind="reset", when=when, **_PURCHASES[at])
    world.step(scene.order_id)
    world.until_due(scene.order_id)
    return scene


def _looking(at: Simulated, *, taken: bool) -> Setup:
    what = "was made" if taken else "was not made"
    make: Callable[[World], Scene] = partial(_lost, at=at, when="after" if taken else "before")
    name = f"looking for a lost purchase that {what} at {at.called}"
    return Setup(name, Stage.SUBMIT, make, lost=True, taken=taken, acts=_LOST)


def _written(name: str, stage: Stage, make: Callable[[World], Scene], acts: tuple[str, ...]) -> Setup:
    return Setup(name, stage, make, acts=acts)


ELSEWHERE = (
    _written("filling a cart", Stage.VALIDATE_MOCK, _filling, _BEFORE),
    _written("throwing a cart away", Stage.VALIDATE_MOCK, _throwing_away, _BEFORE),
    _written("approving a company", Stage.ENSURE_ACTIVE, _approving, _BEFORE),
    _written("handing out a device", Stage.POLL_STATUS, _handing_out, _AFTER),
    _written("cancelling at Pax8", Stage.POLL_STATUS, partial(_cancelling, at=Simulated.PAX8), _AFTER),
    _written(
        "looking for a cancellation at Pax8", Stage.POLL_STATUS, partial(_cancelling_lost, at=Simulated.PAX8), _AFTER
    ),
    _written("cancelling at AppXite", Stage.POLL_STATUS, partial(_cancelling, at=Simulated.APPXITE), _AFTER),
    _written(
        "looking for a cancellation at AppXite",
        Stage.POLL_STATUS,
        partial(_cancelling_lost, at=Simulated.APPXITE),
        _AFTER,
    ),
    _looking(Simulated.APPXITE, taken=True),
    _looking(Simulated.APPXITE, taken=False),
    _looking(Simulated.FLEXPORTAL, taken=True),
    _looking(Simulated.FLEXPORTAL, taken=False),
    _looking(Simulated.LIMIO, taken=True),
)
"""Scenes in which a worker's step is about to run, each with the acts that make sense in it."""
