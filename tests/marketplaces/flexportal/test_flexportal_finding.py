"""An order whose answer was lost, found by our reference, and nobody else's taken for it."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.abilities import FindsByReference
from pipeline.domain.claim import AnswerClass, PlaceOrder
from pipeline.domain.errors import IncompleteScan, PortError, Unreadable
from pipeline.marketplaces.flexportal.simulator import catalogue
from tests.contracts.adapters import in_time
from tests.contracts.fakes import MemoryKnownOrders
from tests.contracts.flexportal_case import FlexPortalCase, a_buyer
from tests.contracts.simulated import ready


def lost(case: FlexPortalCase, reference: str = "QW-LOST-1", when: str = "after", **buyer: str) -> PlaceOrder:
    wanted = case.wanted(reference)
    if buyer:
        wanted = wanted.model_copy(update={"buyer": a_buyer(**buyer)})
    write = ready(case.open(), wanted)
    case.fault("reset", "purchase", when=when)
    assert case.open().send(write, in_time()).kind is AnswerClass.UNKNOWN
    return write


def found(case: FlexPortalCase, write: PlaceOrder) -> list[str]:
    marketplace = case.open()
    assert isinstance(marketplace, FindsByReference)
    return [order.id for order in marketplace.find_orders(write)]


def make_strangers(case: FlexPortalCase, times: int = 3) -> None:
    """Equal orders of the customer, some of them with a reference of somebody else's."""
    for nth in range(times):
        fields = {"customFields": {"externalOrderId": f"PO-{nth}"}} if nth % 2 else {}
        case.simulator.world.stranger_order(
            case.buyers[0],
            [{"sku": catalogue.LAPTOP_14, "quantity": 5, "contract_length": 24}],
            custom_fields=fields.get("customFields"),
        )


FILTERS: dict[str, dict[str, Any]] = {
    "configured": {},
    "not configured, finds everything": {"filterable_fields": ()},
    "not configured, refused": {"filterable_fields": (), "unknown_filter": "refused"},
}


@pytest.mark.parametrize("knobs", FILTERS.values(), ids=FILTERS.keys())
@pytest.mark.parametrize("options", [{}, {"reference_filter": "no"}], ids=["by filter", "by customer"])
def test_a_lost_order_is_found_whatever_the_filter_does(knobs: dict[str, Any], options: dict[str, str]) -> None:
    case = FlexPortalCase(options=options)
    for name, value in knobs.items():
        setattr(case.simulator.knobs, name, value)
    make_strangers(case)
    write = lost(case)

    assert found(case, write) == [case.simulator.world.bought[0].id]


@pytest.mark.parametrize("knobs", FILTERS.values(), ids=FILTERS.keys())
def test_an_order_that_was_never_made_is_not_found_whatever_the_filter_does(knobs: dict[str, Any]) -> None:
    case = FlexPortalCase()
    for name, value in knobs.items():
        setattr(case.simulator.knobs, name, value)
    make_strangers(case, 120)
    write = lost(case, when="before")

    assert found(case, write) == []


def test_a_filter_that_finds_nothing_is_not_believed() -> None:
    """Nobody says what FlexPortal does with a field that is not configured: it may find nothing as well."""
    case = FlexPortalCase()
    write = lost(case)
    case.fault("wrong_content", "orders", body={"orders": [], "hasMore": False, "nextCursor": None})

    assert found(case, write) == [case.simulator.world.bought[0].id]


def test_a_filter_that_finds_it_costs_one_call() -> None:
    case = FlexPortalCase()
    write = lost(case)
    before = len(case.exchanges)
    found(case, write)

    assert len(case.exchanges) - before == 1


def test_a_filter_that_finds_everything_is_not_read_to_its_end() -> None:
    case = FlexPortalCase()
    case.simulator.knobs.filterable_fields = ()
    write = lost(case)
    for _ in range(3 * case.page):
        items = [{"sku": catalogue.PHONE, "quantity": 1, "contract_length": 12}]
        case.simulator.world.stranger_order(case.buyers[1], items)

    assert found(case, write) == [case.simulator.world.bought[0].id]
    assert case.calls("orders") == 2


def test_an_order_of_a_customer_whom_it_made_is_found() -> None:
    case = FlexPortalCase(options={"reference_filter": "no"})
    write = lost(case, email="New.Person@Proseware.example")

    assert found(case, write) == [case.simulator.world.bought[0].id]


def test_a_customer_who_is_not_listed_yet_has_their_order_found_later() -> None:
    case = FlexPortalCase(options={"reference_filter": "no"})
    case.simulator.knobs.customer_list_lag = timedelta(seconds=60)
    write = lost(case, email="new@proseware.example")

    assert found(case, write) == []
    case.pass_time(60)
    assert found(case, write) == [case.simulator.world.bought[0].id]


def test_a_reference_in_another_field_is_looked_for_there() -> None:
    case = FlexPortalCase(options={"reference_field": "poNumber"})
    write = lost(case)

    assert case.simulator.world.bought[0].custom_fields == {"poNumber": "QW-LOST-1"}
    assert found(case, write) == [case.simulator.world.bought[0].id]


def test_ours_that_was_taken_for_a_repeat_of_another_is_not_found_and_the_other_not_adopted() -> None:
    case = FlexPortalCase()
    case.open().send(case.purchase("QW-FIRST-1"), in_time())
    second = case.purchase("QW-SECOND-2")
    assert case.open().send(second, in_time()).kind is AnswerClass.UNKNOWN

    assert found(case, second) == []


@pytest.mark.parametrize("kind", ["status", "reset", "half_json"])
def test_a_search_that_breaks_off_never_says_that_there_is_none(kind: str) -> None:
    case = FlexPortalCase()
    write = lost(case, when="before")
    for skip in (0, 1):
        case.fault(kind, "orders", skip=skip)
        with pytest.raises(PortError):
            found(case, write)


@pytest.mark.parametrize("status", [400, 404])
def test_orders_that_may_not_be_looked_at_are_not_taken_for_none(status: int) -> None:
    case = FlexPortalCase(options={"reference_filter": "no"})
    write = lost(case)
    for on in ("emails", "orders"):
        case.fault("status", on, status=status)
        with pytest.raises(IncompleteScan):
            found(case, write)


def test_without_a_reference_nothing_can_be_told_apart() -> None:
    case = FlexPortalCase()

    with pytest.raises(IncompleteScan):
        found(case, case.purchase().model_copy(update={"reference": ""}))


def test_new_orders_are_the_customers_that_are_not_known() -> None:
    case, known = FlexPortalCase(), MemoryKnownOrders()
    make_strangers(case, 120)
    first = case.open().new_orders(case.buyers[0], known)
    known.learn(first)
    make_strangers(case, 1)

    assert len(first) == 120
    assert len(case.open().new_orders(case.buyers[0], known)) == 1


def test_a_list_with_an_order_of_somebody_else_is_not_read_as_the_customers() -> None:
    case = FlexPortalCase()
    row = {"orderId": "ord_1", "items": [], "customer": {"customerId": "cust_other"}}
    case.fault("wrong_content", "orders", body={"orders": [row], "hasMore": False})

    with pytest.raises(Unreadable, match="holds order ord_1 of another one"):
        case.open().new_orders(case.buyers[0], MemoryKnownOrders())
