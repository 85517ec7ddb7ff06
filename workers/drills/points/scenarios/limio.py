"""Orders at Limio: a checkout session, its preview, and a purchase whose 502 says nothing of what became of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.points.scenario import Case, Scenario
from workers.drills.points.scenarios.elsewhere import backup, named, subscriber, wanted

_SUBMIT = ("POST", "/api/partner/order")
_BAD_GATEWAY = 502


def _plain(house: House) -> Case:
    name, email = named()
    subscriber(house, name, email)
    return Case((wanted([backup()], name, email),), elsewhere={Simulated.LIMIO: email})


def _unhappy(house: House, **fault: Any) -> Case:
    """The customer's purchase meets the fault."""
    case = _plain(house)
    house.others.limio.faults.add(match=_SUBMIT, containing=case.elsewhere[Simulated.LIMIO], **fault)
    return case


_scenario = partial(Scenario, at=Simulated.LIMIO)

SCENARIOS = (
    _scenario("Limio", _plain),
    _scenario("Limio: purchase, answer lost", partial(_unhappy, kind=_BAD_GATEWAY, when="after")),
    _scenario("Limio: purchase, request lost", partial(_unhappy, kind=_BAD_GATEWAY, when="before")),
)
