"""Subscriptions that are changed and not bought: plainly, with answers that are lost, and settled by a person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipeline.marketplaces.pax8.simulator import catalogue
from pipeline.ports import Purpose
from workers.drills.house import House
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, Scenario, settled
from workers.drills.points.scenarios.asked import act, once_more
from workers.drills.points.scenarios.ways import named
from workers.drills.quotes import line, quote

Json = dict[str, Any]
_CHANGE = ("PUT", "/v1/subscriptions/{subscriptionId}")
_BY_HAND = {"QUOTEWAY_MARKETPLACES__PAX8__RESEND_WHEN_ABSENT": "false"}
_FROM, _TO = 5, 8


def _changed(house: House, **fault: Any) -> Case:
    """A quote that raises the quantity of a subscription which the company has; the change may meet a fault."""
    customer = house.customer()
    with house.simulator.locked():
        world = house.simulator.world
        mine = world.subscribe(customer.id, world.products[catalogue.BACKUP.id], _FROM, "Monthly").id
    if fault:
        house.simulator.faults.add(match=_CHANGE, containing=mine, **fault)
    wanted = named(quote([line(quantity=_TO, changes=mine)], customer=customer), customer)
    return Case((wanted,), (customer.id,))


def _beside(house: House) -> Case:
    """The same quote buys something, too."""
    case = _changed(house)
    (wanted,) = case.quotes
    wanted["lines"].append(line(2, quantity=3))
    return case


def _already(house: House) -> Case:
    """The subscription is as the quote wants it."""
    case = _changed(house)
    case.quotes[0]["lines"][0]["quantity"] = _FROM
    return case


def _late(house: House) -> Case:
    """It is carried out once a person has been asked what became of it."""
    return _changed(house, kind="late_commit", seconds=14.0, then="reset")


def _made_late(hands: Hands, case: Case) -> None:
    settled(hands, case)
    hands.drive(until=lambda: _stands(hands, case) == _TO)


def _stands(hands: Hands, case: Case) -> Decimal | None:
    """What a person sees at the marketplace."""
    with hands.trigger.quiet():
        marketplace = hands.application.accounts["pax8"].open(Purpose.WORK, lambda _exchange: None)
        return marketplace.subscription(case.quotes[0]["lines"][0]["changes"]).quantity


def _subscription(hands: Hands, case: Case, order: Json) -> Json:
    del hands, case
    return {"marketplace_order_id": order["lines"][0]["changes"], "reason": "the drill wants it"}


_adopt = act("adopt", _subscription)

SCENARIOS = (
    Scenario("change", _changed),
    Scenario("change beside a purchase", _beside),
    Scenario("change that is made already", _already),
    Scenario("change, answer lost", lambda house: _changed(house, kind="reset", when="after")),
    Scenario("change, request lost", lambda house: _changed(house, kind="reset", when="before")),
    Scenario("change refused", lambda house: _changed(house, kind=422)),
    Scenario("change: adopted", _late, before=_made_late, act=_adopt, again=once_more(_adopt), settings=_BY_HAND),
)
