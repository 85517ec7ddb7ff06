"""The marketplaces as they are when a world begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.marketplaces.simulated import Simulated
from workers.drills.switchboard import host
from workers.drills.virtual import VirtualClock
from workers.drills.worlds.markets.appxite import AppXiteStall
from workers.drills.worlds.markets.flexportal import FlexPortalStall
from workers.drills.worlds.markets.limio import LimioStall
from workers.drills.worlds.markets.pax8 import Pax8Stall
from workers.drills.worlds.markets.stall import Markets, Stall
from workers.drills.worlds.plan import Plan

_STALLS: Mapping[Simulated, Callable[[Plan, VirtualClock], Stall]] = {
    Simulated.PAX8: Pax8Stall,
    Simulated.APPXITE: AppXiteStall,
    Simulated.FLEXPORTAL: FlexPortalStall,
    Simulated.LIMIO: LimioStall,
}


def opened(plan: Plan, clock: VirtualClock) -> Markets:
    """Those of the plan, all by the same clock."""
    return Markets({host(name): _STALLS[name](plan, clock) for name in plan.markets})
