"""A quote over all four marketplaces at once."""

from __future__ import annotations

from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.points.scenario import Case, Scenario
from workers.drills.points.scenarios.elsewhere import (
    backup,
    devices,
    named,
    organisation,
    renter,
    server,
    subscriber,
    wanted,
)
from workers.drills.quotes import line

SPANNING = "over four marketplaces"


def _spanning(house: House) -> Case:
    """For one customer whom each of them knows."""
    name, email = named()
    company, made = house.customer(), organisation(house, name)
    renter(house, name, email)
    subscriber(house, name, email)
    lines = [line(marketplace=Simulated.PAX8.value), server(f"host-{name[-8:]}"), devices(), backup()]
    quoted = wanted(lines, name, email, {Simulated.PAX8: company.id, Simulated.APPXITE: made.id})
    elsewhere: dict[str, str] = {Simulated.APPXITE: made.id, Simulated.FLEXPORTAL: email, Simulated.LIMIO: email}
    return Case((quoted,), (company.id,), elsewhere=elsewhere)


SCENARIOS = (Scenario(SPANNING, _spanning),)
