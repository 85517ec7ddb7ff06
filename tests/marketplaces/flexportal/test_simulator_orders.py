"""Orders at the simulated FlexPortal: what is checked, what comes back, and which order it is that comes back."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, Origin, catalogue, customers
from tests.marketplaces.flexportal.sending import (
    BERLIN,
    allocate,
    buy,
    buy_confirmed,
    code,
    complaints,
    item,
    order,
)

NOT_A_QUANTITY = "quantity must be a whole number above 0"
REFUSED: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "no customer": (order(customer=None), ("customer", "customer is required")),
    "no e-mail address": (
        order(customer={"firstName": "Ada", "lastName": "Lovelace"}),
        ("customer.email", "email is required"),
    ),
    "an address that is none": (
        order(customer={"email": "ada", "firstName": "Ada", "lastName": "Lovelace"}),
        ("customer.email", "email must be an e-mail address"),
    ),
    "an unknown type of customer": (
        order(customer=order()["customer"] | {"customerType": "company"}),
        ("customer.customerType", "customerType must be one of individual, business"),
    ),
    "no billing address": (order(billingAddress=None), ("billingAddress", "billingAddress is required")),
    "half a shipping address": (
        order(shippingAddress=BERLIN | {"city": ""}),
        ("shippingAddress.city", "city is required"),
    ),
    "a country's code for its name": (
        order(billingAddress=BERLIN | {"country": "DE"}),
        ("billingAddress.country", "country must be the name of a country"),
    ),
    "no items": (order(items=[]), ("items", "items must hold at least one item")),
    "an item without a SKU": (order(item(), item(sku="")), ("items.1.sku", "sku is required")),
    **{
        f"quantity {given!r}": (order(item() | {"quantity": given}), ("items.0.quantity", NOT_A_QUANTITY))
        for given in (0, -1, 2.5, "2", True, None)
    },
    "a contract length in words": (
        order(item() | {"contractLength": "12"}),
        ("items.0.contractLength", "contractLength must be a number"),
    ),
    "an unknown type of order": (
        order(orderType="renewal"),
        ("orderType", "orderType must be one of standard, extension, upgrade"),
    ),
    "an extension of nothing": (order(orderType="extension"), ("extensionDetails", "extensionDetails is required")),
    "an extension by nothing": (
        order(orderType="extension", extensionDetails={"originalOrderId": "ord_1", "extensionMonths": 0}),
        ("extensionDetails.extensionMonths", "extensionMonths must be a whole number above 0"),
    ),
    "an upgrade of nothing": (
        order(orderType="upgrade", upgradeDetails={}),
        ("upgradeDetails.previousRentalId", "previousRentalId is required"),
    ),
    "custom fields as a list": (order(customFields=[]), ("customFields", "customFields has the wrong type")),
}
VARIANTS = {
    "a SKU that is not there": (item("LAPTOP-99"), "VARIANT_NOT_FOUND"),
    "a SKU in other letters": (item("laptop-14"), "VARIANT_NOT_FOUND"),
    "a variant that is not offered": (item(catalogue.SCANNER_INACTIVE), "VARIANT_INACTIVE"),
    "a contract length that is not offered": (item(contract_length=36), "INVALID_CONTRACT_LENGTH"),
    "a contract length that is no month's": (item() | {"contractLength": 12.5}, "INVALID_CONTRACT_LENGTH"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_an_order_is_refused_for(why: str, simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    body, complaint = REFUSED[why]

    answer = client.post("/orders", json=body)

    assert complaint in complaints(answer)
    assert simulator.world.bought == []
    assert simulator.world.writes == []


@pytest.mark.parametrize("why", VARIANTS)
def test_an_order_is_refused_by_the_first_item_with(
    why: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    wrong, word = VARIANTS[why]

    answer = client.post("/orders", json=order(item(), wrong))

    assert (answer.status_code, code(answer)) == (400, word)
    assert simulator.world.bought == []


def test_all_that_is_wrong_with_the_fields_is_said_at_once(client: httpx.Client) -> None:
    answer = client.post("/orders", json={"items": [{}]})

    assert [path for path, _ in complaints(answer)] == ["customer", "billingAddress", "items.0.sku", "items.0.quantity"]


@pytest.mark.parametrize(
    "sent", [{"content": b"{"}, {"content": b"[]"}, {"content": b"{}", "headers": {"content-type": "text/plain"}}]
)
def test_a_body_that_is_no_json_object_is_refused(sent: dict[str, Any], client: httpx.Client) -> None:
    headers = {"content-type": "application/json"} | sent.pop("headers", {})

    assert complaints(client.post("/orders", headers=headers, **sent))


def test_a_tenant_may_take_codes_for_countries(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.country_codes = "kept"

    assert buy(client, billingAddress=BERLIN | {"country": "DE"})["billingAddress"]["country"] == "DE"


def test_an_order_begins_pending_and_ships_where_it_is_billed(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    bought = buy(client)

    assert (bought["status"], bought["payment"]["status"], bought["rentalIds"]) == ("pending", "pending", [])
    assert bought["shippingAddress"] == bought["billingAddress"] == BERLIN
    assert bought["customFields"] == {"externalOrderId": "ord-1"}
    assert client.get(f"/orders/{bought['orderId']}").json() == bought
    assert simulator.world.writes == ["POST orders"]
    assert simulator.world.bought[0].contents == {(catalogue.PHONE, 2, 12): 1}


def test_an_order_costs_its_monthly_prices_less_discounts_and_with_tax(client: httpx.Client) -> None:
    bought = buy(client, item(contract_length=24), item(catalogue.MONITOR, 3, 6))

    assert [one["unitPrice"] for one in bought["items"]] == [18.9, 14.0]
    assert bought["totals"] == {
        "subtotal": 79.8,
        "taxAmount": 15.16,
        "total": 94.96,
        "currency": "EUR",
        "totalDevices": 5,
    }


def test_an_item_without_a_contract_length_gets_the_variants_first(client: httpx.Client) -> None:
    assert buy(client, item(catalogue.MONITOR, contract_length=None))["items"][0]["contractLength"] == 6


def test_an_equal_order_within_the_window_is_the_first_one_again_whatever_else_it_says(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    first = buy(client, reference="ord-1")
    other_address = BERLIN | {"city": "Hamburg"}

    answer = client.post("/orders", json=order(reference="ord-2", billingAddress=other_address, notes="Another"))

    assert answer.status_code == 201
    assert answer.json()["order"] == first
    assert answer.json()["order"]["customFields"] == {"externalOrderId": "ord-1"}
    assert (len(simulator.world.bought), simulator.world.repeats) == (1, [first["orderId"]])
    assert simulator.world.writes == ["POST orders"]


DIFFERENT: dict[str, dict[str, Any]] = {
    "another customer": order(who=customers.TAILSPIN_ONE_LAPTOP),
    "another quantity": order(item(quantity=3)),
    "another contract length": order(item(contract_length=24)),
    "one item more": order(item(), item(catalogue.MONITOR)),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_it_is_another_order_with(what: str, simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    buy(client)
    client.post("/orders", json=DIFFERENT[what])

    assert (len(simulator.world.bought), simulator.world.repeats) == (2, [])


def test_items_in_another_order_are_the_same_items(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    buy(client, item(), item(catalogue.MONITOR))
    buy(client, item(catalogue.MONITOR), item())

    assert len(simulator.world.bought) == 1


@pytest.mark.parametrize(("seconds", "orders"), [(59, 1), (60, 2), (86400, 2)])
def test_the_window_ends(seconds: int, orders: int, simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    buy(client)
    simulator.clock.advance(seconds)
    buy(client)

    assert len(simulator.world.bought) == orders


def test_the_window_can_be_closed_and_a_repeat_told_by_its_status(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.knobs.duplicate_status = 200
    answers = [client.post("/orders", json=order()).status_code for _ in range(2)]
    simulator.knobs.natural_key_window = timedelta()
    answers.append(client.post("/orders", json=order()).status_code)

    assert answers == [201, 200, 201]
    assert len(simulator.world.bought) == 2


def test_even_a_cancelled_order_comes_back(client: httpx.Client) -> None:
    first = buy(client)
    client.post(f"/orders/{first['orderId']}/cancel", json={})

    assert buy(client)["status"] == "cancelled"


def test_the_order_makes_its_customer(client: httpx.Client) -> None:
    email = {"email": "new@proseware.example"}
    before = client.get("/customers", params=email).json()["customers"]
    who = email | {"firstName": "Annie", "lastName": "Easley", "company": "Proseware", "customerType": "business"}
    made = buy(client, customer=who)["customer"]
    (found,) = client.get("/customers", params=email).json()["customers"]

    assert before == []
    assert found["customerId"] == made["customerId"]
    assert (found["company"], found["totalOrders"], found["lastBillingAddress"]) == ("Proseware", 1, BERLIN)


def test_whoever_writes_from_a_shared_mailbox_is_the_customer_that_has_it(
    client: httpx.Client,
) -> None:
    shared = customers.FABRIKAM_SHARED_MAILBOX
    who = {"email": shared.email.upper(), "firstName": "Annie", "lastName": "Easley", "company": "Proseware"}

    made = buy(client, customer=who)["customer"]

    assert (made["customerId"], made["firstName"], made["company"]) == (shared.id, "IT", "Fabrikam Ltd.")


def test_letters_of_either_case_can_make_two_customers(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.emails_fold_case = False
    who = order()["customer"] | {"email": customers.CONTOSO.email.upper()}

    assert buy(client, customer=who)["customer"]["customerId"] != customers.CONTOSO.id


def test_an_order_is_found_by_a_configured_custom_field(client: httpx.Client) -> None:
    for number in range(1, 4):
        buy(client, item(quantity=number), reference=f"ord-{number}")

    found = client.get("/orders", params={"customField_externalOrderId": "ord-2"}).json()["orders"]

    assert [one["customFields"]["externalOrderId"] for one in found] == ["ord-2"]


def test_a_custom_field_that_is_not_configured_finds_everything_or_is_refused(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.knobs.filterable_fields = ()
    buy(client)
    wanted = {"customField_externalOrderId": "no such order", "customerId": customers.CONTOSO.id}
    ignored = client.get("/orders", params=wanted)
    simulator.knobs.unknown_filter = "refused"

    assert ignored.json()["count"] == 1
    assert complaints(client.get("/orders", params=wanted))


def test_lists_and_reads_can_trail_behind(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    knobs = simulator.knobs
    knobs.order_list_lag = knobs.order_read_lag = knobs.customer_list_lag = timedelta(seconds=30)
    who = {"email": "new@proseware.example", "firstName": "Annie", "lastName": "Easley"}
    made = buy(client, customer=who)
    mine, it = {"customerId": made["customer"]["customerId"]}, f"/orders/{made['orderId']}"

    def seen() -> tuple[int, int, int]:
        listed = client.get("/orders", params=mine).json()["count"]
        known = client.get("/customers", params={"email": who["email"]}).json()["count"]
        return listed, known, client.get(it).status_code

    before = seen()
    simulator.clock.advance(30)

    assert (before, seen()) == ((0, 0, 404), (1, 1, 200))


@pytest.mark.parametrize(
    ("sku", "statuses"),
    [
        (catalogue.LAPTOP_14, ["pending", "confirmed", "fulfilled"]),
        (catalogue.PHONE, ["pending", "confirmed", "confirmed"]),
        (catalogue.MONITOR, ["pending", "pending", "pending"]),
    ],
    ids=["the warehouse ships it", "we allocate it", "a person confirms it"],
)
def test_an_order_walks_as_its_first_device_does(
    sku: str, statuses: list[str], simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    bought = buy(client, item(sku))["orderId"]
    seen = []
    for _ in range(3):
        seen.append(client.get(f"/orders/{bought}").json()["status"])
        simulator.clock.advance(2)

    assert seen == statuses


def test_a_walk_can_be_given(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.world.walk_next(
        (
            (1, "confirmed"),
            (2, "payment_failed"),
            (3, "device"),
            (4, "paid"),
            (5, "in_customs"),
            (6, "partial"),
            (7, "fulfilled"),
        )
    )
    bought = buy(client)["orderId"]
    seen = []
    for _ in range(8):
        shown = client.get(f"/orders/{bought}").json()
        seen.append((shown["status"], shown["payment"]["status"], shown["rentalProgress"]["rentedDevices"]))
        simulator.clock.advance(1)

    assert seen == [
        ("pending", "pending", 0),
        ("confirmed", "pending", 0),
        ("confirmed", "failed", 0),
        ("partial", "failed", 1),
        ("partial", "paid", 1),
        ("in_customs", "paid", 1),
        ("partial", "paid", 1),
        ("fulfilled", "paid", 2),
    ]


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_an_order_is_cancelled_before_its_first_device_and_walks_no_further(
    status: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    bought = buy(client, item(catalogue.LAPTOP_14))["orderId"]
    simulator.world.set_status(bought, status)

    answer = client.post(f"/orders/{bought}/cancel", json={"reason": "Ordered twice"})
    simulator.clock.advance(60)

    assert answer.json() == {"success": True, "message": "Order cancelled successfully", "orderId": bought}
    assert client.get(f"/orders/{bought}").json()["status"] == "cancelled"
    assert simulator.world.order(bought).cancel_reason == "Ordered twice"
    assert code(client.post(f"/orders/{bought}/cancel")) == "ALREADY_CANCELLED"


def test_an_order_with_a_device_is_not_cancelled(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    confirmed = buy_confirmed(simulator, client)
    partial = allocate(simulator, client, confirmed)
    answer = client.post(f"/orders/{confirmed.id}/cancel", json={})

    assert (partial.status_code, confirmed.status) == (201, "partial")
    assert (answer.status_code, code(answer)) == (400, "ORDER_NOT_CANCELLABLE")


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PATCH", "notes", {"notes": "x" * 5001}),
        ("PATCH", "notes", {"notes": None}),
        ("POST", "cancel", {"reason": "x" * 1001}),
    ],
    ids=["too long a note", "no note", "too long a reason"],
)
def test_texts_have_their_lengths(verb: str, path: str, body: dict[str, Any], client: httpx.Client) -> None:
    bought = buy(client)

    assert complaints(client.request(verb, f"/orders/{bought['orderId']}/{path}", json=body))


def test_notes_are_replaced(client: httpx.Client) -> None:
    path = f"/orders/{buy(client, notes='First')['orderId']}"
    client.patch(f"{path}/notes", json={"notes": "Second"})

    assert client.get(path).json()["notes"] == "Second"


def test_somebody_else_can_order_the_same_at_the_same_moment(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.knobs.stranger_probability = 1.0
    buy(client)

    origins = [one.origin for one in simulator.world.orders_of(customers.CONTOSO.email)]
    assert origins == [Origin.API, Origin.STRANGER]
    assert len(simulator.world.bought) == 1
    assert len({str(one.contents) for one in simulator.world.orders_of(customers.CONTOSO.id)}) == 1
