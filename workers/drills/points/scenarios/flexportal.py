"""Orders at FlexPortal: watched until somebody has handed the devices out, or handed out by us; adopted; cancelled."""

from __future__ import annotations

from functools import partial
from typing import Any

from pipeline.marketplaces.flexportal.simulator import catalogue
from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, Scenario, settled, take_in
from workers.drills.points.scenarios.asked import REASON, person, placed
from workers.drills.points.scenarios.cancelled import cancel
from workers.drills.points.scenarios.elsewhere import devices, named, renter, wanted
from workers.drills.points.scenarios.ways import CREATE

Json = dict[str, Any]
_SUBMIT = ("POST", "/v1/orders")
_HAND_OUT = ("POST", "/v1/subscriptions")
_BEFORE: Json = {"kind": "reset", "when": "before"}
_AFTER: Json = {"kind": "reset", "when": "after"}
_ALLOCATES = {"QUOTEWAY_MARKETPLACES__FLEXPORTAL__OPTIONS": "strategy=allocate"}
_BY_HAND = {"QUOTEWAY_MARKETPLACES__FLEXPORTAL__RESEND_WHEN_ABSENT": "false"}


def _rented(house: House, sku: str = catalogue.LAPTOP_14) -> Case:
    name, email = named()
    customer = renter(house, name, email)
    quoted = wanted([devices(sku)], name, email)
    return Case((quoted,), elsewhere={Simulated.FLEXPORTAL: email}, more={"customer": customer.id})


def _unhappy(house: House, **fault: Any) -> Case:
    """The customer's purchase meets the fault."""
    case = _rented(house)
    house.others.flexportal.faults.add(match=_SUBMIT, containing=case.elsewhere[Simulated.FLEXPORTAL], **fault)
    return case


def _handed_out(house: House, **fault: Any) -> Case:
    """Two phones, each by a write of ours; the first one meets the fault."""
    case = _rented(house, catalogue.PHONE)
    simulator = house.others.flexportal
    with simulator.locked():
        simulator.world.receive(catalogue.PHONE, 2)
    if fault:
        simulator.faults.add(match=_HAND_OUT, containing=case.more["customer"], **fault)
    return case


def _newcomer(house: House) -> Case:
    """A customer whom the order makes."""
    del house
    name, email = named()
    return Case((wanted([devices()], name, email),), elsewhere={Simulated.FLEXPORTAL: email})


def _there(hands: Hands, case: Case) -> list[str]:
    """The customer's orders as a person sees them at the marketplace."""
    return [one.id for one in placed(hands, Simulated.FLEXPORTAL, case.more["customer"])]


def _turned_up(hands: Hands, case: Case) -> None:
    settled(hands, case)
    hands.drive(until=lambda: bool(_there(hands, case)))


def _found(hands: Hands, case: Case, order: Json) -> Json:
    del order
    return {"marketplace_order_id": _there(hands, case)[0], "reason": REASON}


def _cancelled(hands: Hands, case: Case) -> None:
    """Before anybody has confirmed it."""
    take_in(hands, case)
    hands.drive(until=lambda: [one["state"] for one in hands.orders(case.quote_ids[0])] == ["asking"])
    cancel(hands, case)


_scenario = partial(Scenario, at=Simulated.FLEXPORTAL)

SCENARIOS = (
    _scenario("FlexPortal", _rented),
    _scenario("FlexPortal: purchase, answer lost", partial(_unhappy, **_AFTER)),
    _scenario("FlexPortal: purchase, request lost", partial(_unhappy, **_BEFORE)),
    _scenario("FlexPortal: units handed out", _handed_out, settings=_ALLOCATES),
    _scenario("FlexPortal: unit, answer lost", partial(_handed_out, **_AFTER), settings=_ALLOCATES),
    _scenario("FlexPortal: unit, request lost", partial(_handed_out, **_BEFORE), settings=_ALLOCATES),
    _scenario("FlexPortal: customer made by the order", _newcomer, settings=CREATE),
    _scenario("FlexPortal: order cancelled", partial(_rented, sku=catalogue.MONITOR), before=_cancelled),
    person(
        "adopt, at FlexPortal",
        partial(_unhappy, kind="late_commit", seconds=9.0, then="reset"),
        _found,
        before=_turned_up,
        settings=_BY_HAND,
    ),
)
