"""How far the lines of an order are, by what the order and its devices' subscriptions say."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from pipeline.domain.catalogue import Verdict
from pipeline.marketplaces.flexportal.fulfilment import placed, wanted_rentals
from pipeline.marketplaces.flexportal.shapes import ORDER, RENTALS
from pipeline.marketplaces.flexportal.simulator import catalogue
from tests.contracts.adapters import in_time
from tests.contracts.flexportal_case import FlexPortalCase

TWO_ACTIVE = [{"rentalId": "sub_1", "status": "active"}, {"rentalId": "sub_2", "status": "active"}]


def order(status: str | None = "fulfilled", rental_ids: Any = ("sub_1", "sub_2"), **fields: Any) -> dict[str, Any]:
    """Of two laptops for 24 months."""
    item = {
        "sku": "LAPTOP-14",
        "quantity": 2,
        "contractLength": 24,
        "rentalIds": None if rental_ids is None else list(rental_ids),
    }
    return {"orderId": "ord_1", "status": status, "customer": {"customerId": "cust_1"}, "items": [item], **fields}


def state(given: dict[str, Any], rentals: list[dict[str, Any]]) -> tuple[str, Verdict]:
    shapes = {one.id: one for one in RENTALS.validate_python(rentals)}
    (line,) = placed(ORDER.validate_python(given), shapes).lines
    assert line.state is not None
    assert (line.state.id, line.state.quantity) == ("ord_1/LAPTOP-14/24", Decimal(2))
    return line.state.status_word, line.state.verdict


@pytest.mark.parametrize(
    ("given", "rentals", "expected"),
    [
        (order("pending", ()), [], ("pending", Verdict.WAITS_FOR_APPROVAL)),
        (
            order("pending", (), payment={"status": "failed"}),
            [],
            ("pending (payment failed)", Verdict.WAITS_FOR_APPROVAL),
        ),
        (order("pending", (), payment={"status": "paid"}), [], ("pending", Verdict.WAITS_FOR_APPROVAL)),
        (order("confirmed", ()), [], ("confirmed, 0 of 2 devices assigned", Verdict.WAITS_FOR_MARKETPLACE)),
        (order("confirmed", None), [], ("confirmed, 0 of 2 devices assigned", Verdict.WAITS_FOR_MARKETPLACE)),
        (order("partial", ("sub_1",)), [], ("partial, 1 of 2 devices assigned", Verdict.WAITS_FOR_MARKETPLACE)),
        (order("partial"), TWO_ACTIVE, ("active", Verdict.LIVE)),
        (order(), TWO_ACTIVE, ("active", Verdict.LIVE)),
        (order(), TWO_ACTIVE[:1], ("assigned, 1 of 2 subscriptions listed", Verdict.IN_PROGRESS)),
        (order("fulfilled", ()), [], ("fulfilled, 0 of 2 devices assigned", Verdict.IN_PROGRESS)),
        (order("fulfilled", ("sub_1", "sub_2", "sub_3")), TWO_ACTIVE, ("3 devices for 2", Verdict.UNKNOWN)),
        (order("cancelled", ()), [], ("cancelled", Verdict.FAILED)),
        (order("on_hold", ()), [], ("on_hold", Verdict.UNKNOWN)),
        (order("Pending", ()), [], ("Pending", Verdict.UNKNOWN)),
        (order(None, ()), [], ("without a status", Verdict.UNKNOWN)),
    ],
)
def test_a_line_is_as_far_as_its_devices_are(
    given: dict[str, Any], rentals: list[dict[str, Any]], expected: tuple[str, Verdict]
) -> None:
    assert state(given, rentals) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("active", "ended_early_return"), ("ended_early_return (1 of 2 devices)", Verdict.UNKNOWN)),
        (("cancelled", "cancelled"), ("cancelled", Verdict.FAILED)),
        (("active", "paused"), ("paused (1 of 2 devices)", Verdict.UNKNOWN)),
        (("paused", "cancelled"), ("paused (2 of 2 devices)", Verdict.UNKNOWN)),
        ((None, "active"), ("without a status (1 of 2 devices)", Verdict.UNKNOWN)),
    ],
)
def test_a_device_that_is_not_active_is_no_live_one(
    words: tuple[str | None, str], expected: tuple[str, Verdict]
) -> None:
    rentals = [{"rentalId": f"sub_{nth}", "status": word} for nth, word in enumerate(words, 1)]

    assert state(order(), rentals) == expected


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"sku": "PHONE-6"}, "SKU"), ({"contractLength": 12}, "contract length")],
)
def test_a_device_that_was_not_ordered_is_no_live_one(fields: dict[str, Any], wrong: str) -> None:
    rentals = [TWO_ACTIVE[0], TWO_ACTIVE[1] | fields]

    assert state(order(), rentals) == (f"active, and sub_2 is of another {wrong}", Verdict.UNKNOWN)


def test_an_extensions_devices_may_have_a_longer_contract_than_was_ordered_now() -> None:
    rentals = [one | {"contractLength": 36, "sku": "laptop-14"} for one in TWO_ACTIVE]

    assert state(order(orderType="extension"), rentals) == ("active", Verdict.LIVE)


def test_equal_lines_have_ids_of_their_own_and_later_ones_the_same() -> None:
    given = order()
    given["items"] *= 2
    lines = placed(ORDER.validate_python(given), {}).lines

    assert [line.subscription_id for line in lines] == ["ord_1/LAPTOP-14/24", "ord_1/LAPTOP-14/24/2"]


def test_subscriptions_are_read_only_for_lines_that_have_all_their_devices() -> None:
    assert wanted_rentals(ORDER.validate_python(order("partial", ("sub_1",)))) == frozenset()
    assert wanted_rentals(ORDER.validate_python(order("pending"))) == frozenset()
    assert wanted_rentals(ORDER.validate_python(order("partial"))) == {"sub_1", "sub_2"}


def test_an_order_that_waits_costs_one_call_a_poll() -> None:
    case = FlexPortalCase()
    ref = case.open().send(case.purchase(), in_time()).ref or ""
    case.open().order(ref)
    assert (case.calls("order"), case.calls("rentals")) == (1, 0)

    case.finish(ref)
    order = case.open().order(ref)

    assert (case.calls("order"), case.calls("rentals")) == (2, 1)
    assert {line.state.verdict for line in order.lines if line.state} == {Verdict.LIVE}


def test_devices_that_the_list_does_not_show_yet_are_waited_for() -> None:
    case = FlexPortalCase()
    ref = case.open().send(case.purchase(), in_time()).ref or ""
    case.simulator.knobs.rental_list_lag = timedelta(seconds=60)
    case.finish(ref)

    assert {line.state.verdict for line in case.open().order(ref).lines if line.state} == {Verdict.IN_PROGRESS}
    case.pass_time(60)
    assert {line.state.verdict for line in case.open().order(ref).lines if line.state} == {Verdict.LIVE}


def test_of_two_lines_the_one_that_is_shipped_is_live() -> None:
    case = FlexPortalCase()
    ref = case.open().send(case.purchase(), in_time()).ref or ""
    case.simulator.world.confirm(ref)
    case.simulator.world.ship(ref, 5)

    states = {line.product_id: line.state for line in case.open().order(ref).lines}

    laptop, monitor = states[catalogue.LAPTOP_14], states[catalogue.MONITOR]
    assert laptop is not None
    assert monitor is not None
    assert (laptop.verdict, laptop.quantity) == (Verdict.LIVE, Decimal(5))
    assert monitor.status_word == "partial, 0 of 3 devices assigned"
