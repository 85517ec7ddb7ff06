"""What the kill drill has accepted: over all four marketplaces, and each purchase told from every other one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator
from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator
from pipeline.marketplaces.limio.simulator import LimioSimulator
from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.marketplaces.simulated import Simulated
from workers.drills.house import House
from workers.drills.kills.load import Load, make_load
from workers.drills.kills.places import Places
from workers.drills.kills.plan import PLANS, Plan, Sort
from workers.drills.markets import Others

plans = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


def load(plan: Plan, seed: int = 1) -> Load:
    house = House(Path("nowhere"), "", "", Pax8Simulator(), "")
    house.stand_beside(Others(AppXiteSimulator(), FlexPortalSimulator(), LimioSimulator()))
    return make_load(plan, seed, datetime(2026, 1, 15, tzinfo=UTC), Places(house))


@plans
def test_no_two_quotes_can_have_bought_the_same(plan: Plan) -> None:
    bought = Counter(
        (market, one.customer(market), content)
        for one in load(plan).wanted
        for contents in one.contents
        for market, content in contents.items()
    )

    assert set(bought.values()) == {1}


@plans
def test_quotes_buy_at_all_marketplaces_and_most_of_them_at_pax8(plan: Plan) -> None:
    wanted = load(plan).wanted
    buying = Counter(market for one in wanted for market in one.markets)

    assert Counter(one.sort for one in wanted) == plan.accepted
    assert set(buying) == set(Simulated)
    assert buying[Simulated.PAX8] > len(wanted) / 2
    assert {len(one.markets) > 1 for one in wanted if one.sort is Sort.SPANNING} == {True}
    assert {len(one.markets) for one in wanted if one.sort is not Sort.SPANNING} == {1}


def test_equal_seeds_accept_the_same() -> None:
    plan = next(iter(PLANS.values()))

    assert load(plan).wanted == load(plan).wanted
