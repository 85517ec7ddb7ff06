"""Devices that we hand out ourselves: whole orders at the simulated FlexPortal, from confirmed to live."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pipeline.domain.catalogue import Verdict
from pipeline.domain.claim import Closing
from pipeline.domain.outcome import Finish, Outcome, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.flexportal.simulator import catalogue, customers
from tests.contracts.flexportal_case import FlexPortalCase
from tests.marketplaces.flexportal.devices import (
    SCARCE,
    allocating,
    allocating_while,
    bought,
    confirmed,
    serials,
    sold_out,
    units,
)
from tests.marketplaces.flexportal.test_flexportal_walk import ADA, KNOWN, FlexPortalWalk, laptops

LAPTOP, MONITOR = catalogue.LAPTOP_14, catalogue.MONITOR


def waits(outcome: Outcome) -> str:
    assert isinstance(outcome, WaitUntil), outcome
    return outcome.reason


def test_each_device_of_a_confirmed_order_is_handed_out_by_a_claim_of_its_own() -> None:
    walk = confirmed(allocating(), (LAPTOP, 2, "24"), (MONITOR, 1, "12"))

    end, asked = walk.to_the_end()

    rentals = walk.simulator.world.allocated
    assert end == Finish(OrderState.DONE, "All 2 lines are live at FlexPortal.")
    assert asked == []
    assert [(one.sku, one.contract_length) for one in rentals] == [(LAPTOP, 24), (LAPTOP, 24), (MONITOR, 12)]
    assert serials(walk) == [one.serial_number for one in rentals]
    assert [(one.closing, one.marketplace_id) for one in units(walk)] == [(Closing.ACCEPTED, one.id) for one in rentals]
    assert {one.order_id for one in rentals} == {bought(walk).id}


def test_a_device_costs_four_calls_and_an_order_that_waits_two() -> None:
    case = allocating()
    walk = confirmed(case, (SCARCE, 3, "24"))
    case.exchanges.clear()

    walk.run()
    one = [(call.method, call.path.partition("?")[0].count("/")) for call in case.exchanges]
    walk.run()
    case.exchanges.clear()
    walk.pass_time(60).run()

    assert one == [("GET", 3), ("GET", 2), ("GET", 3), ("POST", 2)]
    assert len(case.exchanges) == 2


def test_twenty_devices_are_twenty_claims_and_no_device_twice() -> None:
    walk = confirmed(allocating(), (LAPTOP, 20, "24"))

    end, _ = walk.to_the_end(60)

    assert end.state is OrderState.DONE
    assert len(set(serials(walk))) == len(units(walk)) == len(walk.simulator.world.allocated) == 20


def test_nothing_is_handed_out_before_somebody_has_confirmed_the_order() -> None:
    case = allocating()
    case.simulator.world.walk_next(())
    walk = FlexPortalWalk(case, laptops())
    walk.run_to(Stage.POLL_STATUS)

    outcome = walk.pass_time(60).run()

    assert isinstance(outcome, WaitUntil)
    assert outcome.on == "an approval at FlexPortal"
    assert (case.calls("stock"), case.calls("handing out")) == (0, 0)


def test_with_the_strategy_watch_somebody_else_hands_out() -> None:
    case = FlexPortalCase()
    walk = confirmed(case, (LAPTOP, 2, "24"))

    assert "confirmed, 0 of 2 devices assigned." in waits(walk.pass_time(60).run())
    assert (case.calls("stock"), case.calls("handing out")) == (0, 0)


def test_without_stock_the_operator_is_told_and_it_goes_on_when_there_is_some() -> None:
    walk = confirmed(allocating(), (SCARCE, 3, "24"))
    walk.run()
    walk.run()

    told = walk.run()
    walk.simulator.world.receive(SCARCE, 1)
    end, _ = walk.pass_time(60).to_the_end()

    assert "partial, 2 of 3 devices assigned, none in stock" in waits(told)
    assert walk.order.facts.progress["1"].verdict is Verdict.LIVE
    assert end.state is OrderState.DONE
    assert len(set(serials(walk))) == 3


def test_who_waits_is_told_apart_from_who_hands_out() -> None:
    """With devices in stock it is ours to act; without, somebody has to fill the warehouse."""
    case = allocating()
    walk = confirmed(case, (SCARCE, 2, "24"))
    ref = bought(walk).id

    (ours,) = case.open().order(ref).lines
    sold_out(case.simulator, SCARCE)
    (theirs,) = case.open().order(ref).lines

    assert ours.state is not None
    assert theirs.state is not None
    assert (ours.state.status_word, ours.state.verdict) == ("confirmed, 0 of 2 devices assigned", Verdict.IN_PROGRESS)
    assert theirs.state.status_word == "confirmed, 0 of 2 devices assigned, none in stock"
    assert theirs.state.verdict is Verdict.WAITS_FOR_MARKETPLACE


def test_what_is_in_stock_goes_out_though_another_line_has_to_wait() -> None:
    case = allocating()
    walk = confirmed(case, (SCARCE, 1, "24"), (MONITOR, 1, "12"))
    sold_out(case.simulator, SCARCE)

    walk.run()
    told = waits(walk.run())

    assert [one.sku for one in case.simulator.world.allocated] == [MONITOR]
    assert told.startswith("1 of 2 lines is live")
    assert "partial, 0 of 1 devices assigned, none in stock" in told


LOST: dict[str, dict[str, Any]] = {
    "the connection broke after it was handed out": {"kind": "reset", "when": "after"},
    "a gateway answered for it": {"kind": "status", "status": 502, "when": "after"},
    "the answer lacked its id": {"kind": "no_id", "when": "after"},
    "the answer broke off": {"kind": "half_json", "when": "after"},
    "it was handed out after we had gone": {"kind": "late_commit", "seconds": 20},
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
def test_a_device_whose_answer_was_lost_is_found_by_its_number_and_handed_out_once(fault: dict[str, Any]) -> None:
    case = allocating()
    walk = confirmed(case, (LAPTOP, 2, "24"))
    case.fault(on="handing out", **fault)

    lost = walk.run()
    end, _ = walk.pass_time(30).to_the_end()

    first = units(walk)[0]
    assert "It is not known whether FlexPortal has handed out" in waits(lost)
    assert end.state is OrderState.DONE
    assert first.closing is Closing.ADOPTED
    assert first.marketplace_id == case.simulator.world.allocated[0].id
    assert len(units(walk)) == len(case.simulator.world.allocated) == 2


@pytest.mark.parametrize(
    "fault", [{"kind": "reset"}, {"kind": "status", "status": 503}], ids=["broken connection", "unavailable"]
)
def test_a_device_that_was_not_handed_out_is_looked_for_and_tried_again(fault: dict[str, Any]) -> None:
    case = allocating()
    walk = confirmed(case, (LAPTOP, 1, "24"))
    case.fault(on="handing out", **fault)

    walk.run()
    end, _ = walk.to_the_end(60)

    assert end.state is OrderState.DONE
    assert [one.closing for one in units(walk)] == [Closing.ABSENT, Closing.ACCEPTED]
    assert len(set(serials(walk))) == 1
    assert len(case.simulator.world.allocated) == 1


def test_of_two_orders_for_one_last_device_one_gets_it_and_the_other_waits_for_stock() -> None:
    """Both have read that it is free; the one that comes second is refused, and then sees that it is gone."""

    def the_first_goes_on() -> Outcome:
        return first.run()

    case = allocating_while(the_first_goes_on)
    case.simulator.world.assets_by_sku[SCARCE][0].become(case.simulator.world.now, "sold")
    first = confirmed(case, (SCARCE, 1, "24"))
    case.simulator.clock.advance(120)
    second = confirmed(case, (SCARCE, 1, "24"))

    refused = second.run()
    later = second.pass_time(60).run()

    (rental,) = case.simulator.world.allocated
    assert rental.order_id == bought(first).id
    assert serials(first) == serials(second) == [rental.serial_number]
    assert "ASSET_NOT_AVAILABLE" in waits(refused)
    assert "somebody else has the device now" in waits(refused)
    assert [one.closing for one in units(second)] == [Closing.REJECTED]
    assert "confirmed, 0 of 1 devices assigned, none in stock" in waits(later)


def test_a_list_that_still_shows_a_device_as_free_gives_nobody_a_device_twice() -> None:
    case = allocating()
    case.simulator.clock.advance(3600)
    case.simulator.knobs.asset_list_lag = timedelta(seconds=600)
    walk = confirmed(case, (LAPTOP, 5, "24"))

    end, _ = walk.to_the_end(40)

    assert end.state is OrderState.DONE
    assert [one.closing for one in units(walk)] == [Closing.ACCEPTED] * 5
    assert len(set(serials(walk))) == 5


def test_the_warehouse_may_hand_out_as_well_and_nobody_gets_one_too_many() -> None:
    case = allocating_while(lambda: None, lambda: case.simulator.world.ship(bought(walk), 1))
    walk = confirmed(case, (LAPTOP, 2, "24"))

    end, _ = walk.to_the_end()

    assert "ITEM_FULLY_FULFILLED" in units(walk)[-1].evidence[0]
    assert end.state is OrderState.DONE
    assert len(bought(walk).rental_ids) == 2


def test_an_order_that_is_cancelled_while_a_device_is_handed_out_gets_none() -> None:
    case = allocating_while(lambda: case.simulator.world.cancel(bought(walk)))
    walk = confirmed(case, (LAPTOP, 1, "24"))

    end, _ = walk.to_the_end()

    assert "ORDER_NOT_CONFIRMED" in units(walk)[-1].evidence[0]
    assert end.state is OrderState.FAILED
    assert not case.simulator.world.allocated


def test_an_extension_keeps_its_devices_and_gets_none_out_of_stock() -> None:
    case = allocating()
    case.simulator.knobs.extensions_fulfil_themselves = False
    walk = confirmed(case, (LAPTOP, 1, "12"))
    order = bought(walk)
    order.order_type = "extension"

    told = walk.pass_time(60).run()

    assert "confirmed, 0 of 1 devices assigned." in waits(told)
    assert (case.calls("stock"), case.calls("handing out")) == (0, 0)


def test_the_names_of_the_example_hand_out_for_the_very_item() -> None:
    case = allocating(subscription_form="example")
    case.simulator.knobs.subscription_names = "example"
    walk = confirmed(case, (LAPTOP, 1, "24"), (LAPTOP, 1, "12"))

    end, _ = walk.to_the_end()

    assert end.state is OrderState.DONE
    assert [one.contract_length for one in case.simulator.world.allocated] == [24, 12]


def test_names_that_flexportal_does_not_take_are_told_and_nothing_is_handed_out() -> None:
    case = allocating()
    case.simulator.knobs.subscription_names = "example"
    walk = confirmed(case, (LAPTOP, 1, "24"))

    told = waits(walk.run())

    assert "VALIDATION_ERROR" in told
    assert "serialNumber is required" in told
    assert not case.simulator.world.allocated


def test_a_device_that_is_handed_out_when_nobody_waits_for_it_any_more_is_the_only_one() -> None:
    """Given up and tried again: the same device, so the one that comes second has nothing left to take."""
    case = allocating()
    walk = confirmed(case, (LAPTOP, 1, "24"))
    case.fault(on="handing out", kind="late_commit", seconds=5 * 3600)

    walk.run()
    end, _ = walk.to_the_end(100)
    walk.pass_time(6 * 3600)

    assert end.state is OrderState.DONE
    assert [one.closing for one in units(walk)] == [Closing.ABSENT, Closing.ACCEPTED]
    assert len(case.simulator.world.allocated) == len(bought(walk).rental_ids) == 1


def test_an_upgrade_gets_a_device_of_its_own() -> None:
    case = allocating()
    who = customers.TAILSPIN_ONE_LAPTOP
    previous = next(one for one in case.simulator.world.rentals if one.customer.id == who.id)
    person = ADA.model_copy(update={"email": who.email})
    customer = KNOWN.model_copy(update={"name": who.company, "contacts": (person,)})
    case.simulator.world.walk_next(())
    details = {"previousRentalId": (previous.id,)}
    walk = FlexPortalWalk(case, laptops(quantity=1, provisioning=details), customer=customer)
    walk.run_to(Stage.POLL_STATUS)
    case.simulator.world.confirm(bought(walk))

    end, _ = walk.to_the_end()

    assert end.state is OrderState.DONE
    assert (len(case.simulator.world.allocated), previous.status) == (1, "ended_upgrade")
