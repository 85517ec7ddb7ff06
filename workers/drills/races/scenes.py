"""Scenes: an order at a certain point of its way, made by the real parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from pipeline.domain.stage import Stage
from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.pax8.simulator.records import Line
from workers.drills.quotes import line, quote
from workers.drills.races.shops import email_of
from workers.drills.races.world import World

Json = dict[str, Any]
PURCHASE = ("POST", "/v1/orders")
COST = "4.50"
LATER = timedelta(minutes=5)
_TENANT = {
    "msCustExists": [catalogue.HAS_NO_TENANT],
    "msDomain": ["racer"],
    "mca2020FirstName": ["Dana"],
    "mca2020Email": ["dana.reyes@customer.example"],
    "mca2020EffectiveDate": ["2026-01-15"],
}
_ADDRESS = {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"}
_CONTACT = {
    "first_name": "Dana",
    "last_name": "Reyes",
    "phone": "+1 555 0100",
    "roles": ["admin", "billing", "technical"],
}


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a case begins. `data` is the quote as its source sent it; `event` one that could not be read yet."""

    world: World
    customer: Customer
    data: Json
    order_id: UUID
    event: UUID

    @property
    def quote_id(self) -> str:
        return str(self.data["quote"]["id"])


@dataclass(frozen=True, slots=True)
class Setup:
    """
    A kind of scene. `stage` is where the order stands, `machine` whether a worker's step may run in it.

    `lost`: an attempt to buy is open whose outcome is not known; `taken` whether the marketplace carried it out. `acts`
    are those that are tried in it; empty: all.
    """

    name: str
    stage: Stage
    make: Callable[[World], Scene] = field(compare=False)
    machine: bool = True
    lost: bool = False
    taken: bool = False
    acts: tuple[str, ...] = ()


def accepted(
    world: World,
    customer: Customer,
    lines: list[Json] | None = None,
    ids: Mapping[str, str] | None = None,
    **more: Any,
) -> Scene:
    """
    The quote has been accepted, and its order made. A newer revision has come too, which could not be read yet. `ids`
    are the customer's at other marketplaces than Pax8.
    """
    accepted_at = world.clock.now() - timedelta(minutes=1)
    head = {"system": "races", "revision": "1", "accepted_at": accepted_at.isoformat()}
    data = quote(lines or [_line()], customer, quote=head, **more)
    contact = {**_CONTACT, "email": email_of(customer)}
    data["customer"] |= {"address": _ADDRESS, "contacts": [contact], "phone": "+1 555 0100"}
    data["customer"]["marketplace_ids"] = dict(ids or {})
    data["customer"]["website"] = "https://customer.example"
    if customer.id:
        data["customer"]["marketplace_ids"] |= {"pax8": customer.id}
    world.deliver("quote.accepted", data)
    (order_id,) = world.orders_of(data["quote"]["id"])
    event = world.receive("quote.accepted", newer(data, "3", world, 4), readable=False)
    return Scene(world, customer, data, order_id, event)


def _line(**more: Any) -> Json:
    return line(unit_cost={"amount": COST, "currency": "USD"}, **more)


def newer(data: Mapping[str, Any], revision: str, world: World, quantity: int) -> Json:
    """The same quote under another revision, accepted now, with another quantity."""
    head = {**data["quote"], "revision": revision, "accepted_at": world.clock.now().isoformat()}
    return {**data, "quote": head, "lines": [{**each, "quantity": quantity} for each in data["lines"]]}


def walked(scene: Scene, stage: Stage) -> Scene:
    """The order has come to this stage, whose message is on its way."""
    world, order_id = scene.world, scene.order_id
    while (at := Stage(world.row(order_id).stage)) is not stage:
        if not at.precedes(stage) or not world.until_due(order_id):
            raise LookupError(f"the order was to come to {stage}, and stands at {at}")
        world.step(order_id, lambda following: following.precedes(stage))
    return scene


def rested(scene: Scene) -> Scene:
    """The order has come as far as it comes without a person."""
    scene.world.run_out(scene.quote_id)
    return scene


def _at(stage: Stage) -> Setup:
    return Setup(f"at {stage}", stage, lambda world: walked(accepted(world, world.customer()), stage))


def _creating(world: World) -> Scene:
    return accepted(world, world.customer(there=False))


def _adding(world: World) -> Scene:
    return walked(accepted(world, world.customer(())), Stage.ENSURE_ACTIVE)


def _faulty(world: World) -> Scene:
    """A read has failed, and is tried again in a while."""
    scene = walked(accepted(world, world.customer()), Stage.FETCH_CATALOGUE)
    world.simulator.faults.add(kind=503, match=("GET", "/v1/products/*"), times=9)
    world.step(scene.order_id)
    world.simulator.faults.clear()
    world.until_due(scene.order_id)
    return scene


def _dated(world: World) -> Scene:
    scene = accepted(world, world.customer(), requested_date=(world.clock.now() + LATER).isoformat())
    world.step(scene.order_id, lambda _stage: True)
    return scene


def _due_on_its_date(world: World) -> Scene:
    scene = _dated(world)
    world.until_due(scene.order_id)
    return scene


def _lost(world: World, when: str) -> Scene:
    """The purchase was sent, and its answer lost: it is being looked for."""
    scene = walked(accepted(world, world.customer()), Stage.SUBMIT)
    world.simulator.faults.add(kind="reset", match=PURCHASE, when=when, containing=scene.customer.id)
    world.step(scene.order_id)
    world.until_due(scene.order_id)
    return scene


def _asked_of_twins(world: World) -> Scene:
    """Somebody else has made an equal order meanwhile: a person is asked which one is ours."""
    scene = _lost(world, "after")
    world.simulator.world.stranger_order(scene.customer.id, [Line(catalogue.BACKUP.id, 2, "Monthly")])
    return rested(scene)


def _refused(world: World) -> Scene:
    scene = walked(accepted(world, world.customer()), Stage.SUBMIT)
    world.simulator.faults.add(kind=422, match=PURCHASE, containing=scene.customer.id)
    return rested(scene)


def _asking_details(world: World) -> Scene:
    product = catalogue.M365_BUSINESS_PREMIUM
    wanted = line(product=product, commitment="1-Year", provisioning=_TENANT)
    return rested(accepted(world, world.customer(), [wanted]))


def _asking_price(world: World) -> Scene:
    wanted = line(unit_cost={"amount": "4.00", "currency": "USD"})
    return rested(accepted(world, world.customer(), [wanted]))


_AT = tuple(_at(stage) for stage in Stage)
_CREATING = Setup("making a company", Stage.RESOLVE_COMPANY, _creating)
_ADDING = Setup("adding contacts", Stage.ENSURE_ACTIVE, _adding)
_FAULTY = Setup("after a fault", Stage.FETCH_CATALOGUE, _faulty)
_DUE = Setup("on its date", Stage.SUBMIT, _due_on_its_date)
_LOOKING_TAKEN = Setup(
    "looking for a lost purchase that was made", Stage.SUBMIT, lambda w: _lost(w, "after"), lost=True, taken=True
)
_LOOKING_ABSENT = Setup(
    "looking for a lost purchase that was not made", Stage.SUBMIT, lambda w: _lost(w, "before"), lost=True
)
_SCHEDULED = Setup("waiting for its date", Stage.SUBMIT, _dated, machine=False)
_REFUSED = Setup("refused", Stage.SUBMIT, _refused, machine=False)
_DETAILS = Setup("asking for details", Stage.COLLECT_PROVISIONING, _asking_details, machine=False)
_PRICE = Setup("asking for the price", Stage.FETCH_CATALOGUE, _asking_price, machine=False)
_ABSENT = Setup(
    "asked about a lost purchase that was not made",
    Stage.SUBMIT,
    lambda world: rested(_lost(world, "before")),
    machine=False,
    lost=True,
)
_TWINS = Setup(
    "asked which of two purchases is ours", Stage.SUBMIT, _asked_of_twins, machine=False, lost=True, taken=True
)

STEPS = (*_AT, _CREATING, _ADDING, _FAULTY, _DUE, _LOOKING_TAKEN, _LOOKING_ABSENT)
"""Scenes in which a worker's step is about to run."""

HOMES = {
    "answer": _DETAILS,
    "approve": _PRICE,
    "retry": _REFUSED,
    "resend": _ABSENT,
    "adopt": _TWINS,
    "reschedule": _SCHEDULED,
    "cancel": _SCHEDULED,
    "replay": _SCHEDULED,
    "revision": _SCHEDULED,
    "revocation": _SCHEDULED,
    "duplicate": _SCHEDULED,
}
"""Where each act is at home: the scene in which it is the right thing to do."""
RESTS = tuple({setup.name: setup for setup in HOMES.values()}.values())
