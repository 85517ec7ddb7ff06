"""When an answer to a new subscription proves that this device went to this order, and what a refusal of one means."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pipeline.domain.claim import AllocateUnit, Answer, AnswerClass
from pipeline.domain.errors import Forbidden, Unreadable
from pipeline.marketplaces.flexportal.adapter import FlexPortal
from pipeline.marketplaces.flexportal.simulator import Order, catalogue
from tests.contracts.adapters import in_time
from tests.contracts.flexportal_case import FlexPortalCase
from tests.marketplaces.flexportal.devices import allocating

ALLOCATE = {"strategy": "allocate"}
Change = Callable[[dict[str, Any]], Any]


def opened(case: FlexPortalCase) -> FlexPortal:
    marketplace = case.open()
    assert isinstance(marketplace, FlexPortal)
    return marketplace


def an_order(case: FlexPortalCase, quantity: int = 2) -> Order:
    """Confirmed, of laptops; made in the dashboard."""
    world = case.simulator.world
    order = world.stranger_order(
        case.buyers[0], [{"sku": catalogue.LAPTOP_14, "quantity": quantity, "contract_length": 24}]
    )
    world.confirm(order)
    return order


def next_of(case: FlexPortalCase, order: Order) -> AllocateUnit:
    marketplace = opened(case)
    unit = marketplace.next_unit(marketplace.order(order.id))
    assert unit is not None
    return unit


def send(case: FlexPortalCase, write: AllocateUnit) -> Answer:
    return case.open().send(write, in_time())


def answering(method: str, change: Callable[[httpx.Response], httpx.Response]) -> FlexPortalCase:
    """A case whose calls about subscriptions are carried out, and their answers changed."""

    def handler(request: httpx.Request) -> httpx.Response:
        response = case.simulator(request)
        its = request.method == method and request.url.path == "/v1/subscriptions"
        return change(response) if its else response

    case = FlexPortalCase(httpx.MockTransport(handler), options=ALLOCATE)
    return case


def changed(change: Change) -> FlexPortalCase:
    def answered(response: httpx.Response) -> httpx.Response:
        return httpx.Response(201, content=json.dumps(change(response.json())))

    return answering("POST", answered)


def in_rental(**fields: Any) -> Change:
    return lambda answer: answer | {"rental": answer["rental"] | fields}


def without(*names: str) -> Change:
    return lambda answer: (
        answer | {"rental": {name: value for name, value in answer["rental"].items() if name not in names}}
    )


def by_the_examples_name(answer: dict[str, Any]) -> dict[str, Any]:
    rental = dict(answer["rental"])
    rental["serialNumber"] = rental.pop("assetSerialNumber")
    return answer | {"rental": rental}


SAME: dict[str, Change] = {
    "as it is": lambda answer: answer,
    "the serial number by the example's name": by_the_examples_name,
    "no id beside the subscription": lambda answer: {"success": True, "rental": answer["rental"]},
    "no SKU": without("sku"),
    "a SKU without capitals": in_rental(sku="laptop-14"),
    "a status that nobody knows": in_rental(status="scheduled"),
}
ANOTHER: dict[str, Change] = {
    "another device": in_rental(assetSerialNumber="SN-LAPTOP-14-9999"),
    "no device": without("assetSerialNumber"),
    "another order": in_rental(orderId="ord_other"),
    "no order": without("orderId"),
    "another customer": in_rental(customerId="cust_fabrikam"),
    "no customer": without("customerId"),
    "another SKU": in_rental(sku=catalogue.PHONE),
    "one that has ended": in_rental(status="ended_completed"),
    "two ids": lambda answer: answer | {"rentalId": "sub_other"},
    "no success": lambda answer: answer | {"success": False},
    "the id alone": lambda answer: {"success": True, "rentalId": answer["rentalId"]},
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_the_device_went_to_the_order(change: Change) -> None:
    case = changed(change)

    answer = send(case, next_of(case, an_order(case)))

    assert (answer.kind, answer.ref) == (AnswerClass.ACCEPTED, case.simulator.world.allocated[0].id)


@pytest.mark.parametrize("change", ANOTHER.values(), ids=ANOTHER.keys())
def test_something_else_came_back(change: Change) -> None:
    case = changed(change)

    answer = send(case, next_of(case, an_order(case)))

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)
    assert answer.details[0].startswith("FlexPortal answered")


def refusal(code: str, status: int) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "No"}})


@pytest.mark.parametrize(
    ("code", "status", "advice"),
    [
        ("ASSET_NOT_AVAILABLE", 409, "somebody else has the device now"),
        ("ASSET_NOT_AVAILABLE", 400, "somebody else has the device now"),
        ("ITEM_FULLY_FULFILLED", 400, "the order has all its devices of this SKU"),
        ("ASSET_NOT_FOUND", 404, "FlexPortal has no such device any more"),
        ("SKU_MISMATCH", 422, "the device is not of the SKU that was ordered"),
        ("ORDER_NOT_CONFIRMED", 400, "somebody has to confirm the order in the dashboard"),
        ("ORDER_NOT_FOUND", 404, "FlexPortal does not know the order"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, status: int, advice: str) -> None:
    case = answering("POST", lambda _: refusal(code, status))
    order = an_order(case)
    write = next_of(case, order).model_copy(update={"order_id": "ord_nobody"})

    answer = send(case, write)

    assert (answer.kind, answer.status) == (AnswerClass.REJECTED, status)
    assert answer.details[0].startswith(f"{code}: No: {advice}")


def test_a_conflict_that_says_nothing_of_a_device_proves_nothing() -> None:
    case = answering("POST", lambda _: refusal("CONFLICT", 409))

    assert send(case, next_of(case, an_order(case))).kind is AnswerClass.UNKNOWN


@pytest.mark.parametrize(
    ("quantity", "code"), [(2, "ASSET_NOT_AVAILABLE"), (1, "ITEM_FULLY_FULFILLED")], ids=["device gone", "order full"]
)
def test_a_repeat_of_what_worked_is_told_by_its_device_and_not_taken_for_a_refusal(quantity: int, code: str) -> None:
    case = allocating()
    write = next_of(case, an_order(case, quantity))
    first = send(case, write)

    again = send(case, write)

    assert code in (case.exchanges[-2].received or "")
    assert (again.kind, again.ref) == (AnswerClass.ACCEPTED, first.ref)
    assert len(case.simulator.world.allocated) == 1


def test_a_refusal_that_nobody_can_look_behind_is_unknown() -> None:
    case = answering("GET", lambda _: httpx.Response(503))
    write = next_of(case, an_order(case))
    send(case, write)

    again = send(case, write)

    assert again.kind is AnswerClass.UNKNOWN
    assert again.details[0].startswith("ASSET_NOT_AVAILABLE")
    assert "could not be looked at" in again.details[1]


def test_a_subscription_is_found_by_its_device_and_its_order_together() -> None:
    case = allocating()
    one, other = an_order(case), an_order(case)
    write = next_of(case, one)
    answer = send(case, write)
    marketplace = opened(case)

    assert marketplace.find_unit(write) == answer.ref
    assert marketplace.find_unit(write.model_copy(update={"order_id": other.id})) is None
    assert marketplace.find_unit(next_of(case, one)) is None
    assert case.exchanges[-1].path == f"/v1/subscriptions?serialNumber={serial_of(case)}&orderId={one.id}&limit=100"


def serial_of(case: FlexPortalCase) -> str:
    """Of the device that the order would get next."""
    path = next(one.path for one in reversed(case.exchanges) if one.path.startswith("/v1/assets/"))
    return path.rpartition("/")[2]


def test_filters_that_find_everything_find_nothing_that_is_not_it() -> None:
    def everything(_: httpx.Response) -> httpx.Response:
        return case.simulator(httpx.Request("GET", f"{case.origin}/v1/subscriptions?limit=100", headers=headers))

    case = answering("GET", everything)
    headers = {"authorization": "Bearer only-for-the-simulator", "tenant-id": "quoteway-demo"}
    order = an_order(case)
    write = next_of(case, order)

    assert opened(case).find_unit(write) is None
    assert opened(case).find_unit(write.model_copy(update={"order_id": order.id})) is None
    assert send(case, write).ref == opened(case).find_unit(write)


def test_a_subscription_that_has_ended_hands_out_nothing() -> None:
    case = allocating()
    write = next_of(case, an_order(case))
    answer = send(case, write)
    case.simulator.world.end(answer.ref or "", "cancelled")

    assert opened(case).find_unit(write) is None


def test_an_order_wants_the_same_device_until_it_has_it_and_another_order_another() -> None:
    case = allocating()
    orders = [an_order(case) for _ in range(8)]

    wanted = [next_of(case, order).unit for order in orders]

    assert [next_of(case, order).unit for order in orders] == wanted
    assert len(set(wanted)) > 4


def test_a_device_of_another_sku_or_in_another_state_is_not_taken_though_the_list_shows_it() -> None:
    """A filter that does not filter."""

    def handler(request: httpx.Request) -> httpx.Response:
        bare = request.url.copy_with(params={"limit": "100"}) if request.url.path == "/v1/assets" else request.url
        return case.simulator(httpx.Request(request.method, bare, headers=request.headers, content=request.content))

    case = FlexPortalCase(httpx.MockTransport(handler), options=ALLOCATE)
    assets = case.simulator.world.available(catalogue.LAPTOP_14)
    for asset in assets[1:]:
        asset.become(case.simulator.world.now, "returned")

    assert next_of(case, an_order(case)).unit == assets[0].serial_number


def test_an_order_that_names_no_customer_gets_no_device() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        response = case.simulator(request)
        if not request.url.path.startswith("/v1/orders/"):
            return response
        return httpx.Response(200, content=json.dumps(response.json() | {"customer": None}))

    case = FlexPortalCase(httpx.MockTransport(handler), options=ALLOCATE)
    order = an_order(case)

    with pytest.raises(Unreadable, match="names no customer"):
        next_of(case, order)


def test_a_device_is_handed_out_for_an_order_that_another_process_has_read() -> None:
    case = allocating()
    placed = opened(case).order(an_order(case).id)

    assert opened(case).next_unit(placed) == opened(case).next_unit(placed)


@pytest.mark.parametrize("lacks", ["assets:read", "subscriptions:write"])
def test_a_key_that_may_order_and_not_hand_out_is_told_at_the_check(lacks: str) -> None:
    case = allocating()
    everything = {"orders:write", "subscriptions:read", "subscriptions:write", "assets:read"}
    case.simulator.knobs.permissions = everything - {lacks}

    with pytest.raises(Forbidden):
        opened(case).may_order()


def test_a_key_that_may_hand_out_is_tried_without_doing_it() -> None:
    case = allocating()

    assert opened(case).may_order()
    assert case.simulator.world.writes == []
