"""Orders at AppXite: organisations that are let in, carts that are filled, placed and thrown away, items cancelled."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

from pipeline.marketplaces.appxite.simulator import catalogue
from pipeline.marketplaces.appxite.simulator.records import ACTIVE, NEW
from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.points.counted import CARTS
from workers.drills.points.hands import Hands
from workers.drills.points.scenario import Case, Scenario, go_on, settled
from workers.drills.points.scenarios.asked import act, reason
from workers.drills.points.scenarios.cancelled import wished
from workers.drills.points.scenarios.elsewhere import line_at, named, organisation, server, wanted
from workers.drills.points.scenarios.tools import another_day

Json = dict[str, Any]
_CART = ("POST", "/orders/")
_OPERATION = ("POST", "/orders/operation")
_CANCELLING = ("POST", "/orders/cancel")
_APPROVAL = ("PUT", "/customers/{customerId}/approve")
_BEFORE: Json = {"kind": "reset", "when": "before"}
_AFTER: Json = {"kind": "reset", "when": "after"}


def _plain(house: House, state: str = ACTIVE) -> Case:
    name, email = named()
    made = organisation(house, name, state)
    host = f"host-{name[-8:]}"
    quoted = wanted([server(host)], name, email, {Simulated.APPXITE: made.id})
    return Case((quoted,), elsewhere={Simulated.APPXITE: made.id}, more={"host": host})


def _unhappy(house: House, match: tuple[str, str], **fault: Any) -> Case:
    """The first call of this kind that is about the order meets the fault."""
    case = _plain(house)
    house.others.appxite.faults.add(match=match, containing=case.more["host"], **fault)
    return case


def _new(house: House, **fault: Any) -> Case:
    """An organisation that nobody has let in yet."""
    case = _plain(house, NEW)
    if fault:
        organisation_id = case.elsewhere[Simulated.APPXITE]
        house.others.appxite.faults.add(match=_APPROVAL, containing=organisation_id, **fault)
    return case


def _taken_domain(house: House, **fault: Any) -> Case:
    """Its Microsoft domain is somebody's, as shows once the cart is filled; the fault is for throwing that away."""
    name, email = named()
    made = organisation(house, name)
    taken, free = f"taken{name[-8:]}", f"free{name[-8:]}"
    simulator = house.others.appxite
    with simulator.locked():
        simulator.world.taken_domains.add(taken)
    if fault:
        simulator.faults.add(match=_OPERATION, containing=taken, **fault)
    directory = line_at(Simulated.APPXITE, catalogue.CLOUD_DIRECTORY.id, provisioning={"tenantDomain": [taken]})
    quoted = wanted([directory], name, email, {Simulated.APPXITE: made.id})
    return Case((quoted,), elsewhere={Simulated.APPXITE: made.id}, more={"free": free})


def _left_in_a_cart(house: House) -> Case:
    """As such an order is cancelled; what is in carts then is counted at the end."""
    case = _taken_domain(house)
    return replace(case, more={**case.more, CARTS: True})


def _another_domain(hands: Hands, case: Case, order: Json) -> Json:
    del hands
    return {"answers": {one["id"]: [case.more["free"]] for one in order["questions"] if not one["answered_at"]}}


def _withdrawn(hands: Hands, case: Case) -> None:
    """It is asked about, with a cart that is filled, and cancelled."""
    settled(hands, case)
    act("cancel", reason)(hands, case)


def _another_day_later(hands: Hands, case: Case) -> None:
    """It is bought, from another cart than the first, which must have shown by then."""
    settled(hands, case)
    time.sleep(hands.application.policies[Simulated.APPXITE].settle.total_seconds())
    another_day(hands, case)


def _tidied(hands: Hands, case: Case) -> None:
    """What is due, and what the day's first errand does at AppXite."""
    hands.tidying_counts = True
    go_on(hands, case)


def _answered(hands: Hands, case: Case) -> None:
    settled(hands, case)
    act("answers", _another_domain)(hands, case)


_scenario = partial(Scenario, at=Simulated.APPXITE)

SCENARIOS = (
    _scenario("AppXite", _plain),
    _scenario("AppXite: cart, answer lost", partial(_unhappy, match=_CART, **_AFTER)),
    _scenario("AppXite: cart, request lost", partial(_unhappy, match=_CART, **_BEFORE)),
    _scenario("AppXite: purchase, answer lost", partial(_unhappy, match=_OPERATION, **_AFTER)),
    _scenario("AppXite: purchase, request lost", partial(_unhappy, match=_OPERATION, **_BEFORE)),
    _scenario("AppXite: cart thrown away", _taken_domain, before=_answered),
    _scenario("AppXite: cart thrown away, answer lost", partial(_taken_domain, **_AFTER), before=_answered),
    _scenario("AppXite: cart left", _left_in_a_cart, before=_withdrawn, act=_tidied, again=another_day, fresh=True),
    _scenario(
        "AppXite: lost cart looked for",
        partial(_unhappy, match=_CART, **_AFTER),
        before=_another_day_later,
        act=_tidied,
        again=another_day,
        fresh=True,
    ),
    _scenario("AppXite: new organisation", _new),
    _scenario("AppXite: new organisation, answer lost", partial(_new, **_AFTER)),
    _scenario("AppXite: item cancelled", _plain, before=wished),
    _scenario("AppXite: item cancelled, answer lost", _plain, before=partial(wished, match=_CANCELLING, **_AFTER)),
)
