"""The rules of the worlds that are counted at the marketplaces notice what they are for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest

from pipeline.marketplaces.appxite.simulator import catalogue as appxite
from pipeline.marketplaces.appxite.simulator import customers as organisations
from pipeline.marketplaces.flexportal.simulator import catalogue as flexportal
from pipeline.marketplaces.flexportal.simulator.records import Order, Origin
from pipeline.marketplaces.simulated import Simulated
from workers.drills.virtual import BEGINNING, VirtualClock
from workers.drills.worlds.counted import at_the_end, found_wrong
from workers.drills.worlds.markets.appxite import AppXiteStall
from workers.drills.worlds.markets.flexportal import FlexPortalStall
from workers.drills.worlds.markets.opening import opened
from workers.drills.worlds.markets.stall import Markets
from workers.drills.worlds.plan import plan
from workers.drills.worlds.rows import Rows

ORDER, CLAIM = UUID(int=1), UUID(int=2)


@dataclass
class There:
    """A world with all four marketplaces, in which one order of AppXite's was bought by our one attempt."""

    markets: Markets
    bought: str = ""
    order: dict[str, object] = field(default_factory=dict)
    claim: dict[str, object] = field(default_factory=dict)

    @property
    def rows(self) -> Rows:
        return Rows([SimpleNamespace(**self.order)], [SimpleNamespace(**self.claim)])


@pytest.fixture
def appxite_stall(there: There) -> AppXiteStall:
    stall = there.markets.of(Simulated.APPXITE)
    assert isinstance(stall, AppXiteStall)
    return stall


@pytest.fixture
def flexportal_stall(there: There) -> FlexPortalStall:
    stall = there.markets.of(Simulated.FLEXPORTAL)
    assert isinstance(stall, FlexPortalStall)
    return stall


@pytest.fixture
def there() -> There:
    clock = VirtualClock(BEGINNING)
    made = There(opened(replace(plan(0), markets=tuple(Simulated)), clock))
    world = made.markets.of(Simulated.APPXITE)
    assert isinstance(world, AppXiteStall)
    world.world.attempt = str(CLAIM)
    line = world.world.line(appxite.DEFENDER.id, 2)
    world.world.place(world.world.put_in_cart(organisations.CONTOSO.id, [line]), [line], organisations.CONTOSO.id)
    made.bought = world.world.purchases[0].ref
    made.order = {
        "id": ORDER,
        "quote_id": "Q1",
        "revision": "1",
        "line_ids": ["1"],
        "marketplace": "appxite",
        "marketplace_order_id": made.bought,
        "state": "done",
        "stage": "notify",
        "asked": 0,
        "behind": None,
    }
    made.claim = {
        "id": CLAIM,
        "order_id": ORDER,
        "kind": "place_order",
        "claimed_at": clock.now(),
        "closing": "adopted",
        "closed_at": clock.now() + timedelta(seconds=6),
        "closed_by": None,
        "marketplace_id": made.bought,
    }
    return made


def test_an_order_that_is_found_by_its_reference_at_once_breaks_no_rule(there: There) -> None:
    assert list(found_wrong(there.rows, there.markets)) == []
    assert list(at_the_end(there.rows, there.markets)) == []


def test_a_cart_that_is_bought_from_twice_is_noticed(there: There, appxite_stall: AppXiteStall) -> None:
    (order,) = appxite_stall.world.orders

    appxite_stall.world.buy_again(order.organisation_id, order.items)

    assert "appxite: one basket was bought from twice" in list(found_wrong(there.rows, there.markets))


def test_a_purchase_that_was_made_twice_is_noticed(there: There, appxite_stall: AppXiteStall) -> None:
    again = appxite_stall.world.line(appxite.DEFENDER.id, 2)
    cart = appxite_stall.world.put_in_cart(organisations.CONTOSO.id, [again])

    appxite_stall.world.place(cart, [again], organisations.CONTOSO.id)

    wrong = list(found_wrong(there.rows, there.markets))
    assert wrong[:2] == ["one attempt bought twice", "line 1 of quote Q1 was bought 2 times"]


def test_an_adopted_order_that_none_of_our_attempts_bought_is_noticed(there: There) -> None:
    there.claim["marketplace_id"] = "somebody/else"

    assert list(found_wrong(there.rows, there.markets)) == [
        "an attempt adopted an order that is not what it bought",
    ]


def test_a_purchase_given_up_as_absent_before_its_time_is_noticed(there: There) -> None:
    there.claim["closing"] = "absent"

    assert list(found_wrong(there.rows, there.markets)) == [
        "an attempt was settled as absent before its settling period was over",
        "an attempt that bought was settled as absent",
    ]


def test_what_is_called_cancelled_and_is_live_is_noticed(there: There) -> None:
    there.order["state"] = "cancelled"

    assert list(at_the_end(there.rows, there.markets)) == [
        "Q1 r1 lines 1 is cancelled, and what was bought for it is live",
    ]


def test_a_device_that_is_handed_out_twice_is_noticed(there: There, flexportal_stall: FlexPortalStall) -> None:
    world = flexportal_stall.world
    order = Order(
        "ord_1", world.customer("ada@contoso.example"), [world.item(flexportal.PHONE, 2)], world.now, Origin.SEED
    )
    world.keep(order)
    world.confirm(order)
    (rental,) = world.ship(order, 1)
    world.rentals_by_id = {name: replace(rental, id=name, origin=Origin.API) for name in ("rental_1", "rental_2")}

    assert list(found_wrong(there.rows, there.markets)) == ["one device was handed out twice"]
