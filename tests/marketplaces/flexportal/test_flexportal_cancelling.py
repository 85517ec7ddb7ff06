"""An order that is cancelled at FlexPortal because we ask for it: only before its first device."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from pipeline.abilities import Cancellable
from pipeline.domain.claim import AnswerClass, CancelPurchase
from pipeline.domain.facts import Cancelling
from pipeline.domain.outcome import Finish, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.flexportal.adapter import FlexPortal
from tests.contracts.adapters import in_time
from tests.contracts.flexportal_case import FlexPortalCase
from tests.marketplaces.flexportal.devices import allocating, bought, confirmed, units
from tests.marketplaces.flexportal.test_flexportal_walk import FlexPortalWalk, laptops
from tests.unit.stages.world import the_question

WHY = "Jane Canary ordered by mistake"


@pytest.fixture
def case() -> FlexPortalCase:
    return FlexPortalCase()


def ordered(case: FlexPortalCase) -> FlexPortalWalk:
    """Bought, and pending."""
    case.simulator.world.walk_next(())
    walk = FlexPortalWalk(case, laptops())
    walk.run_to(Stage.POLL_STATUS)
    return walk


def wish(walk: FlexPortalWalk) -> FlexPortalWalk:
    wanted = Cancelling(by="dana", reason=WHY, at=walk.order.now)
    walk.change(facts=walk.order.facts.learn(cancelling=wanted))
    return walk


def cancellation(order_id: str) -> CancelPurchase:
    return CancelPurchase(company_id="cust_contoso", order_id=order_id, target=order_id, reason=WHY)


def there(case: FlexPortalCase, order_id: str) -> Cancellable:
    marketplace = case.open()
    assert isinstance(marketplace, FlexPortal)
    (one,) = marketplace.cancellable(marketplace.order(order_id))
    return one


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_an_order_without_devices_is_cancelled_with_a_persons_reason(case: FlexPortalCase, status: str) -> None:
    walk = ordered(case)
    case.simulator.world.set_status(bought(walk), status)

    end, asked = wish(walk).to_the_end()

    assert end.state is OrderState.CANCELLED
    assert asked == []
    assert (bought(walk).status, bought(walk).cancel_reason) == ("cancelled", WHY)


def test_while_it_is_to_be_cancelled_no_device_is_handed_out() -> None:
    case = allocating()
    walk = wish(confirmed(case, ("LAPTOP-14", 2, "24")))

    end, _ = walk.to_the_end()

    assert end.state is OrderState.CANCELLED
    assert units(walk) == []


@pytest.mark.parametrize("status", ["partial", "fulfilled", "on_hold"])
def test_an_order_that_cannot_be_cancelled_is_asked_about(case: FlexPortalCase, status: str) -> None:
    walk = ordered(case)
    case.simulator.world.set_status(bought(walk), status)

    asked = the_question(wish(walk).run())

    assert f"it is {status}, and FlexPortal cancels an order only while it is pending or confirmed" in asked.text
    assert bought(walk).status == status


@pytest.mark.parametrize(
    ("status", "can", "ended"),
    [
        ("pending", True, False),
        ("confirmed", True, False),
        ("partial", False, False),
        ("fulfilled", False, False),
        ("cancelled", False, True),
    ],
)
def test_what_can_be_cancelled_is_told_without_changing_anything(
    case: FlexPortalCase, status: str, can: bool, ended: bool
) -> None:
    order = bought(ordered(case))
    case.simulator.world.set_status(order, status)
    writes = list(case.simulator.world.writes)

    one = there(case, order.id)

    assert (one.id, one.what) == (order.id, f"order {order.id}")
    assert (not one.refused, one.ended, one.ending) == (can, ended, False)
    assert case.simulator.world.writes == writes


def test_a_first_device_that_goes_out_meanwhile_is_a_refusal_in_words(case: FlexPortalCase) -> None:
    order = bought(ordered(case))
    case.simulator.world.set_status(order, "partial")

    answer = case.open().send(cancellation(order.id), in_time())

    assert answer.kind is AnswerClass.REJECTED
    assert answer.details[0].startswith("ORDER_NOT_CANCELLABLE: Order with status partial cannot be cancelled")


def test_what_is_cancelled_already_counts_as_done(case: FlexPortalCase) -> None:
    order = bought(ordered(case))
    first = case.open().send(cancellation(order.id), in_time())

    again = case.open().send(cancellation(order.id), in_time())

    assert (first.kind, first.ref) == (again.kind, again.ref) == (AnswerClass.ACCEPTED, order.id)
    assert case.simulator.world.writes.count("POST orders cancel") == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "when": "after"},
        {"kind": "reset"},
        {"kind": "status", "status": 502, "when": "after"},
        {"kind": "html", "when": "after"},
        {"kind": "late_commit", "seconds": 20},
    ],
    ids=["carried out", "not carried out", "a gateway's answer", "a web page", "carried out later"],
)
def test_a_cancellation_whose_answer_was_lost_is_looked_for(case: FlexPortalCase, fault: dict[str, Any]) -> None:
    walk = wish(ordered(case))
    case.simulator.faults.add(match=("POST", "/v1/orders/{orderId}/cancel"), **fault)

    lost = walk.run()
    end, _ = walk.pass_time(30).to_the_end(60)

    assert isinstance(lost, WaitUntil)
    assert "It is not known" in lost.reason
    assert isinstance(end, Finish)
    assert end.state is OrderState.CANCELLED
    assert case.simulator.world.writes.count("POST orders cancel") == 1


@pytest.mark.parametrize(
    "content",
    [{"success": True, "orderId": "ord_other"}, {"success": True}, {"success": False, "orderId": "ord_1"}, []],
    ids=["another order", "no order", "no success", "no object"],
)
def test_an_answer_that_is_not_about_this_order_proves_nothing(content: Any) -> None:
    case = FlexPortalCase(httpx.MockTransport(lambda _: httpx.Response(200, json=content)))

    assert case.open().send(cancellation("ord_1"), in_time()).kind is AnswerClass.UNKNOWN


def test_a_reason_is_kept_short_and_out_of_the_journal(case: FlexPortalCase) -> None:
    order = bought(ordered(case))
    write = cancellation(order.id).model_copy(update={"reason": f"{WHY} {'x' * 2000}"})

    answer = case.open().send(write, in_time())

    assert answer.kind is AnswerClass.ACCEPTED
    assert len(order.cancel_reason or "") == 1000
    assert "Canary" not in repr(case.exchanges)
