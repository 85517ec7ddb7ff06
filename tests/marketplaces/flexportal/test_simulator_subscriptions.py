"""Subscriptions at the simulated FlexPortal: one for each device, by its serial number."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, Rental, catalogue, customers
from tests.marketplaces.flexportal.sending import (
    allocate,
    buy,
    buy_confirmed,
    code,
    complaints,
    device,
    item,
)

LAPTOP, PHONE = catalogue.LAPTOP_14, catalogue.PHONE


def rented(simulator: FlexPortalSimulator, nth: int = 0) -> Rental:
    """An active subscription from long ago."""
    order = simulator.world.orders_of(customers.WINGTIP_TWO_LAPTOPS.email)[0]
    return simulator.world.rentals_by_id[order.rental_ids[nth]]


def change(client: httpx.Client, rental: Rental, verb: str, **body: Any) -> httpx.Response:
    return client.post(f"/subscriptions/{rental.id}/{verb}", json={"rentalId": rental.id} | body)


def test_each_device_is_a_call_and_the_last_one_fulfils_the_order(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    order = buy_confirmed(simulator, client, item(quantity=3))
    seen = []
    for _ in range(3):
        answer = allocate(simulator, client, order)
        shown = client.get(f"/orders/{order.id}").json()
        seen.append((answer.status_code, shown["status"], shown["items"][0]["rentalStatus"], len(shown["rentalIds"])))

    assert seen == [(201, "partial", "partial", 1), (201, "partial", "partial", 2), (201, "fulfilled", "completed", 3)]
    assert [rental.order_id for rental in simulator.world.allocated] == [order.id] * 3
    assert simulator.world.writes == ["POST orders"] + ["POST subscriptions"] * 3


def test_the_device_is_the_customers_from_then_on(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    order, serial = buy_confirmed(simulator, client), device(simulator)
    rental = allocate(simulator, client, order, assetSerialNumber=serial).json()["rental"]
    asset = client.get(f"/assets/{serial}").json()

    assert (rental["status"], rental["contractLength"], rental["monthlyAmount"]) == ("active", 12, 29.0)
    assert (asset["status"], asset["rentalId"]) == ("rented_out", rental["rentalId"])
    assert (asset["customerId"], rental["orderId"]) == (order.customer.id, order.id)


def test_a_subscription_may_begin_and_last_otherwise(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    order = buy_confirmed(simulator, client)
    wanted = {"startDate": "2026-02-28T00:00:00Z", "contractLength": 18}

    rental = allocate(simulator, client, order, **wanted).json()["rental"]

    assert (rental["startDate"], rental["endDate"]) == ("2026-02-28T00:00:00.000Z", "2027-08-28T00:00:00.000Z")


@pytest.mark.parametrize("status", ["pending", "cancelled", "in_customs"])
def test_an_order_that_is_not_confirmed_gets_no_device(
    status: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    order = buy_confirmed(simulator, client)
    simulator.world.set_status(order, status)

    answer = allocate(simulator, client, order)

    assert (answer.status_code, code(answer)) == (400, "ORDER_NOT_CONFIRMED")
    assert (simulator.world.allocated, order.status) == ([], status)


def test_a_tenant_may_do_without_confirmation(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.confirmation_required = False
    order = simulator.world.order(buy(client)["orderId"])

    assert allocate(simulator, client, order).status_code == 201


def test_a_repeat_after_the_first_attempt_worked_reads_as_a_refusal(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    order, serial = buy_confirmed(simulator, client, item(quantity=2)), device(simulator)
    answers = [allocate(simulator, client, order, assetSerialNumber=serial) for _ in range(2)]
    allocate(simulator, client, order)
    answers.append(allocate(simulator, client, order, assetSerialNumber=serial))
    mine = client.get("/subscriptions", params={"serialNumber": serial, "orderId": order.id}).json()

    assert [answer.status_code for answer in answers] == [201, 409, 400]
    assert [code(answer) for answer in answers[1:]] == ["ASSET_NOT_AVAILABLE", "ITEM_FULLY_FULFILLED"]
    assert [one["rentalId"] for one in mine["rentals"]] == [answers[0].json()["rentalId"]]
    assert len(simulator.world.allocated) == 2


WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "an order that is not there": ({"orderId": "ord_0"}, 404, "ORDER_NOT_FOUND"),
    "a device that is not there": ({"assetSerialNumber": "SN-0"}, 404, "ASSET_NOT_FOUND"),
    "a device of another kind": ({"assetSerialNumber": "SN-MONITOR-27-0001"}, 400, "SKU_MISMATCH"),
    "another customer": ({"customerId": customers.ADATUM_INDIVIDUAL.id}, 400, "VALIDATION_ERROR"),
    "no customer": ({"customerId": None}, 400, "VALIDATION_ERROR"),
    "too long a contract": ({"contractLength": 121}, 400, "VALIDATION_ERROR"),
    "no date": ({"startDate": "soon"}, 400, "VALIDATION_ERROR"),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_device_is_refused_for(why: str, simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    changed, status, word = WRONG[why]

    answer = allocate(simulator, client, buy_confirmed(simulator, client), **changed)

    assert (answer.status_code, code(answer)) == (status, word)
    assert simulator.world.allocated == []


@pytest.mark.parametrize("status", ["returned", "sold", "unavailable", "rented_out"])
def test_a_device_that_is_not_in_stock_is_refused(
    status: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    order, serial = buy_confirmed(simulator, client), device(simulator)
    simulator.world.assets[serial].become(simulator.world.now, status)

    assert code(allocate(simulator, client, order, assetSerialNumber=serial)) == "ASSET_NOT_AVAILABLE"


def test_the_fields_may_be_named_as_in_the_example(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.subscription_names = "example"
    order = buy_confirmed(simulator, client, item(catalogue.MONITOR), item())
    refused = allocate(simulator, client, order)
    body = {"orderId": order.id, "orderItemIndex": 1, "serialNumber": device(simulator)}

    assert ("serialNumber", "serialNumber is required") in complaints(refused)
    assert client.post("/subscriptions", json=body).status_code == 201
    assert code(client.post("/subscriptions", json=body | {"orderItemIndex": 0})) == "SKU_MISMATCH"


def test_the_list_is_called_rentals_and_trails_behind(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.rental_list_lag = timedelta(seconds=10)
    order = buy_confirmed(simulator, client)
    allocate(simulator, client, order)
    before = client.get("/subscriptions", params={"orderId": order.id}).json()
    simulator.clock.advance(10)
    after = client.get("/subscriptions", params={"orderId": order.id, "status": "active"}).json()

    assert (before["rentals"], len(after["rentals"])) == ([], 1)
    assert "subscriptions" not in after


def test_the_list_of_devices_can_show_one_that_is_gone(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.asset_list_lag = timedelta(seconds=10)
    order, serial = buy_confirmed(simulator, client), device(simulator)
    simulator.clock.advance(1)
    allocate(simulator, client, order, assetSerialNumber=serial)

    def shown() -> list[str]:
        found = client.get("/assets", params={"status": "available", "sku": PHONE, "limit": 100}).json()["assets"]
        return [one["serialNumber"] for one in found]

    before = shown()
    again = allocate(simulator, client, order, assetSerialNumber=serial)
    simulator.clock.advance(10)

    assert serial in before
    assert code(again) == "ASSET_NOT_AVAILABLE"
    assert serial not in shown()


def test_the_warehouse_ships_what_it_has(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.warehouse_restocks = False
    order = buy_confirmed(simulator, client, item(catalogue.TABLET_SCARCE, 3, 24))
    first = simulator.world.ship(order)
    status = order.status
    simulator.world.receive(catalogue.TABLET_SCARCE, 1)
    simulator.world.ship(order)

    assert (len(first), status, order.status) == (2, "partial", "fulfilled")
    assert simulator.world.allocated == []


CHANGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "cancel": ({"reason": "customer_request"}, "cancelled", "returned"),
    "buyout": ({"reason": "end_of_contract"}, "ended_buyout", "sold"),
    "extend": ({"extensionMonths": 6}, "active", "rented_out"),
    "replace": ({"newSerialNumber": "SN-LAPTOP-14-0001", "replacementReason": "damaged"}, "active", "unavailable"),
    "upgrade": (
        {"newSku": PHONE, "newSerialNumber": "SN-PHONE-6-0001", "contractLength": 12, "reason": "Smaller"},
        "ended_upgrade",
        "returned",
    ),
}


@pytest.mark.parametrize("verb", CHANGES)
def test_a_subscription_is_changed_and_so_is_its_device(
    verb: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    body, status, of_device = CHANGES[verb]
    rental = rented(simulator)
    serial = rental.serial_number

    answer = change(client, rental, verb, **body)

    assert answer.status_code == 200, answer.text
    assert client.get(f"/subscriptions/{rental.id}").json()["status"] == status
    assert client.get(f"/assets/{serial}").json()["status"] == of_device
    assert simulator.world.writes == [f"POST subscriptions {verb}"]


@pytest.mark.parametrize("verb", CHANGES)
def test_only_an_active_subscription_is_changed(
    verb: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    rental = rented(simulator)
    simulator.world.end(rental, "ended_completed")

    answer = change(client, rental, verb, **CHANGES[verb][0])

    assert (answer.status_code, code(answer)) == (400, "SUBSCRIPTION_NOT_ACTIVE")
    assert simulator.world.writes == []


@pytest.mark.parametrize("verb", CHANGES)
def test_the_id_of_the_path_is_asked_for_in_the_body_as_well(
    verb: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    rental, other = rented(simulator), rented(simulator, 1)
    body = CHANGES[verb][0]

    assert complaints(client.post(f"/subscriptions/{rental.id}/{verb}", json=body))
    assert complaints(client.post(f"/subscriptions/{rental.id}/{verb}", json=body | {"rentalId": other.id}))


def test_an_extension_in_a_call_lasts_longer_from_then_on(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    rental = rented(simulator)
    answer = change(client, rental, "extend", extensionMonths=6).json()
    shown = client.get(f"/subscriptions/{rental.id}").json()

    assert (answer["oldContractLength"], answer["newContractLength"]) == (12, 18)
    assert (shown["originalContractLength"], shown["contractLength"], shown["endDate"]) == (
        12,
        18,
        answer["newEndDate"],
    )


def test_an_upgrade_in_a_call_is_an_order_that_costs_money(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    rental = rented(simulator)
    answer = change(client, rental, "upgrade", **CHANGES["upgrade"][0]).json()
    (made,) = simulator.world.bought

    assert (made.order_type, made.status, made.rental_ids) == ("upgrade", "fulfilled", [answer["newRentalId"]])


def test_an_upgrade_may_be_made_without_a_word_of_what_it_made(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=("POST", "/v1/subscriptions/{subscriptionId}/upgrade"), kind="no_id", when="after")
    answer = change(client, rented(simulator), "upgrade", **CHANGES["upgrade"][0])

    assert (answer.status_code, "newRentalId" in answer.json()) == (200, False)
    assert len(simulator.world.bought) == 1


def extension_of(rental: Rental, months: int = 6) -> dict[str, Any]:
    return {
        "orderType": "extension",
        "extensionDetails": {"originalOrderId": rental.order_id, "extensionMonths": months},
    }


def test_an_order_of_type_extension_lengthens_what_there_is_once_confirmed(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    rental = rented(simulator)
    order = buy_confirmed(simulator, client, item(LAPTOP), who=customers.WINGTIP_TWO_LAPTOPS, **extension_of(rental))

    assert (order.status, rental.contract_length, rented(simulator, 1).contract_length) == ("fulfilled", 18, 18)
    assert order.rental_ids == [rental.id, rented(simulator, 1).id]
    assert simulator.world.allocated == []


def test_an_extension_may_wait_for_a_person(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.extensions_fulfil_themselves = False
    rental = rented(simulator)
    order = buy_confirmed(simulator, client, item(LAPTOP), who=customers.WINGTIP_TWO_LAPTOPS, **extension_of(rental))

    assert (order.status, rental.contract_length) == ("confirmed", 12)


def test_an_order_of_type_upgrade_ends_the_old_subscription_with_its_first_device(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    rental = rented(simulator)
    details = {"orderType": "upgrade", "upgradeDetails": {"previousRentalId": rental.id}}
    order = buy_confirmed(simulator, client, item(quantity=1), who=customers.WINGTIP_TWO_LAPTOPS, **details)
    before = rental.status
    allocate(simulator, client, order)

    assert (before, rental.status, order.status) == ("active", "ended_upgrade", "fulfilled")
    assert simulator.world.assets[rental.serial_number].status == "returned"
