"""Subscriptions of the simulated Pax8: how their status walks, and how they are found, changed and cancelled."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.pax8.simulator import Pax8Simulator, catalogue, customers, products
from tests.contracts.pax8_requests import CONTOSO, buy, complaints, details, e3, line


@pytest.fixture
def simulator() -> Pax8Simulator:
    return Pax8Simulator()


@pytest.fixture
def client(simulator: Pax8Simulator) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client


def bought(client: httpx.Client, **fields: Any) -> str:
    return str(buy(client, line(**fields))["lineItems"][0]["subscriptionId"])


def status(client: httpx.Client, subscription_id: str) -> str:
    return str(client.get(f"/subscriptions/{subscription_id}").json()["status"])


@pytest.mark.parametrize(
    ("walk", "words"),
    [
        (products.automated(2), ["PendingAutomated", "PendingAutomated", "Active"]),
        (products.manual(1), ["PendingManual", "Active", "Active"]),
        (products.MANUAL, ["PendingManual"] * 3),
        (products.WAITING_FOR_DETAILS, ["WaitingForDetails"] * 3),
        (products.PENDING_ACTIVATION, ["PendingActivation"] * 3),
        (products.TRIAL, ["PendingAutomated", "Trial", "Trial"]),
        (products.CANCELLED, ["PendingAutomated", "PendingCancel", "Cancelled"]),
        (products.NEVER, ["PendingAutomated"] * 3),
        (products.UNKNOWN_WORD, ["PendingAutomated", "PendingVendorAudit", "PendingVendorAudit"]),
    ],
    ids=["automated", "by hand", "for ever by hand", "details", "activation", "trial", "cancelled", "never", "unknown"],
)
def test_a_status_walks_by_the_clock(
    walk: products.Walk, words: list[str], simulator: Pax8Simulator, client: httpx.Client
) -> None:
    simulator.world.walks[catalogue.BACKUP.id] = walk
    made = bought(client)
    seen = []
    for _ in words:
        seen.append(status(client, made))
        simulator.clock.advance(1)

    assert seen == words


def test_lines_of_one_order_can_go_different_ways(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.world.walk_next(products.automated(0), products.MANUAL, products.CANCELLED)
    order = buy(client, line(), line(number=2), line(number=3))
    simulator.clock.advance(10)

    assert [status(client, one["subscriptionId"]) for one in order["lineItems"]] == [
        "Active",
        "PendingManual",
        "Cancelled",
    ]


def test_a_person_may_settle_a_subscription(simulator: Pax8Simulator, client: httpx.Client) -> None:
    simulator.world.walk_next(products.MANUAL)
    made = bought(client)
    simulator.world.set_status(made, "Active")

    assert status(client, made) == "Active"


def test_a_commitment_stands_where_production_puts_it_and_times_have_an_offset_without_colon(
    client: httpx.Client,
) -> None:
    order = buy(client, e3())
    made = client.get(f"/subscriptions/{order['lineItems'][0]['subscriptionId']}").json()

    assert made["commitment"] == {
        "id": catalogue.E3_ONE_YEAR.id,
        "term": "1-Year",
        "endDate": "2027-01-15T03:00:00.000-0600",
    }
    assert "commitmentTerm" not in made
    assert (made["createdDate"], made["currencyCode"]) == ("2026-01-15T03:00:00.000-0600", "USD")
    assert (made["partnerCost"], made["price"]) == (32.4, 36.0)


def test_subscriptions_are_filtered_and_sorted(simulator: Pax8Simulator, client: httpx.Client) -> None:
    two = customers.WINGTIP_TWO_PARENTS.id
    bought(client, quantity=9)
    bought(client, quantity=3, billingTerm="Annual")

    def quantities(**query: str) -> list[int]:
        return [one["quantity"] for one in client.get("/subscriptions", params=query).json()["content"]]

    assert quantities(companyId=two, productId=catalogue.M365_E3.id, status="Active") == [10, 10]
    assert quantities(companyId=CONTOSO, sort="quantity,asc") == [3, 9]
    assert quantities(companyId=CONTOSO, sort="quantity,desc", billingTerm="Monthly") == [9]
    assert quantities(companyId=CONTOSO, status="Active") == []
    simulator.clock.advance(2)
    assert quantities(companyId=CONTOSO, status="Active") == [9, 3]


def test_details_set_a_waiting_subscription_going_but_need_one_of_the_four_fields_beside_them(
    simulator: Pax8Simulator, client: httpx.Client
) -> None:
    made = bought(client, product_id=catalogue.DOMAIN_WAITING.id, billingTerm="Annual", quantity=1)
    answer = {"provisioningDetails": details({"domainName": "contoso.example"})}
    refused = client.put(f"/subscriptions/{made}", json=answer)
    taken = client.put(f"/subscriptions/{made}", json=answer | {"quantity": 1})
    simulator.clock.advance(2)

    assert complaints(refused) == ["at least one of price, billingTerm, quantity, startDate is required"]
    assert (taken.json()["status"], status(client, made)) == ("PendingAutomated", "Active")


def test_a_change_is_remembered_in_the_history(client: httpx.Client) -> None:
    made = bought(client)
    client.put(f"/subscriptions/{made}", json={"quantity": 8})
    history = client.get(f"/subscriptions/{made}/history").json()

    assert [one["quantity"] for one in history["content"]] == [8, 5]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, "at least one of price, billingTerm, quantity, startDate is required"),
        ({"quantity": 2.5}, "quantity must be a whole number above 0"),
        ({"quantity": 0}, "quantity must be a whole number above 0"),
        ({"billingTerm": "3-Year"}, "billingTerm is not offered for this product"),
        ({"price": "7"}, "price must be a number"),
    ],
    ids=["nothing", "half a seat", "none", "another term", "a price in words"],
)
def test_a_change_is_refused_for(change: dict[str, object], complaint: str, client: httpx.Client) -> None:
    assert complaints(client.put(f"/subscriptions/{bought(client)}", json=change)) == [complaint]


def test_a_cancelled_subscription_goes_in_two_steps_and_is_not_changed_any_more(
    simulator: Pax8Simulator, client: httpx.Client
) -> None:
    made = bought(client)
    answer = client.delete(f"/subscriptions/{made}")
    going = status(client, made)
    simulator.clock.advance(2)

    assert (answer.status_code, going, status(client, made)) == (204, "PendingCancel", "Cancelled")
    assert complaints(client.put(f"/subscriptions/{made}", json={"quantity": 9})) == ["subscription is cancelled"]
    assert simulator.world.writes == ["POST orders", "DELETE subscriptions"]


def test_a_commitment_may_forbid_fewer(client: httpx.Client) -> None:
    order = buy(client, e3())
    made = order["lineItems"][0]["subscriptionId"]
    fewer = client.put(f"/subscriptions/{made}", json={"quantity": order["lineItems"][0]["quantity"] - 1})
    more = client.put(f"/subscriptions/{made}", json={"quantity": order["lineItems"][0]["quantity"] + 1})

    assert complaints(fewer) == ["quantity cannot be decreased during the commitment"]
    assert more.status_code == 200


def test_reads_may_show_a_change_late(simulator: Pax8Simulator, client: httpx.Client) -> None:
    made = bought(client)
    simulator.clock.advance(60)
    simulator.knobs.subscription_read_lag = timedelta(seconds=30)
    answer = client.put(f"/subscriptions/{made}", json={"quantity": 8}).json()["quantity"]

    def shown() -> int:
        return int(client.get(f"/subscriptions/{made}").json()["quantity"])

    early = shown()
    simulator.clock.advance(31)
    assert [answer, early, shown()] == [8, 5, 8]
