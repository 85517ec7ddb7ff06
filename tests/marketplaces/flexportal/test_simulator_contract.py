"""The simulated FlexPortal answers as the restated contract says, on every route."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from jsonschema import validate

from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, catalogue, customers
from pipeline.marketplaces.flexportal.simulator.routes import HANDLERS
from tests.marketplaces.flexportal.sending import allocate, buy, buy_confirmed, code, device, item, order
from tests.marketplaces.flexportal.shapes import ANSWERS, ERROR


def send(simulator: FlexPortalSimulator, client: httpx.Client, label: str) -> httpx.Response:
    """The call of that name, about things that there are."""
    confirmed = buy_confirmed(simulator, client)
    rental = allocate(simulator, client, confirmed).json()["rentalId"]
    fresh = buy(client, item(catalogue.MONITOR))["orderId"]
    bodies: dict[str, Any] = {
        "POST /v1/orders": order(item(catalogue.LAPTOP_14)),
        "PATCH /v1/orders/{orderId}/notes": {"notes": "Ring twice"},
        "POST /v1/orders/{orderId}/cancel": {"reason": "Ordered twice"},
        "POST /v1/subscriptions": {
            "orderId": confirmed.id,
            "assetSerialNumber": device(simulator),
            "customerId": confirmed.customer.id,
        },
        "POST /v1/subscriptions/{subscriptionId}/cancel": {"rentalId": rental, "reason": "customer_request"},
        "POST /v1/subscriptions/{subscriptionId}/extend": {"rentalId": rental, "extensionMonths": 6},
        "POST /v1/subscriptions/{subscriptionId}/upgrade": {
            "rentalId": rental,
            "newSku": catalogue.LAPTOP_14,
            "newSerialNumber": device(simulator, catalogue.LAPTOP_14),
            "contractLength": 24,
            "reason": "Outgrown",
        },
        "POST /v1/subscriptions/{subscriptionId}/replace": {
            "rentalId": rental,
            "newSerialNumber": device(simulator),
            "replacementReason": "damaged",
        },
        "POST /v1/subscriptions/{subscriptionId}/buyout": {"rentalId": rental, "reason": "end_of_contract"},
    }
    ids = {
        "{orderId}": fresh,
        "{subscriptionId}": rental,
        "{productId}": "prod_phone",
        "{customerId}": customers.CONTOSO.id,
        "{serialNumber}": device(simulator),
    }
    method, path = label.split(" ")
    for name, value in ids.items():
        path = path.replace(name, value)
    return client.request(method, path.removeprefix("/v1"), json=bodies.get(label))


@pytest.mark.parametrize("label", ANSWERS)
def test_each_answer_has_the_shape_that_the_contract_gives_it(
    label: str, simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    answer = send(simulator, client, label)

    assert answer.status_code == (201 if label in ("POST /v1/orders", "POST /v1/subscriptions") else 200), answer.text
    validate(answer.json(), ANSWERS[label])


def test_every_route_of_the_simulator_is_held_to_the_contract() -> None:
    assert set(HANDLERS) == set(ANSWERS)


@pytest.mark.parametrize(
    "path", ["/orders/x", "/subscriptions/x", "/products/x", "/customers/x", "/assets/x", "/nothing"]
)
def test_what_is_not_there_is_a_404_in_the_envelope(path: str, client: httpx.Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, code(answer)) == (404, "NOT_FOUND")
    validate(answer.json(), ERROR)


HEADERS: dict[str, tuple[dict[str, str], int, str]] = {
    "no key": ({"authorization": ""}, 401, "AUTH_REQUIRED"),
    "a wrong key": ({"authorization": "Bearer wrong"}, 401, "INVALID_TOKEN"),
    "no tenant": ({"tenant-id": ""}, 403, "NO_TENANT_ACCESS"),
    "another tenant": ({"tenant-id": "somebody-else"}, 403, "NO_TENANT_ACCESS"),
    "the tenant at another region's host": ({"host": "api-us.flexportal.io"}, 403, "NO_TENANT_ACCESS"),
}


@pytest.mark.parametrize("why", HEADERS)
def test_a_call_is_turned_away_for(why: str, simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    headers, status, word = HEADERS[why]

    answer = client.post("/orders", json=order(), headers=headers)

    assert (answer.status_code, code(answer)) == (status, word)
    assert simulator.world.bought == []


def test_a_region_without_the_tenant_may_say_that_there_is_nothing(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.knobs.wrong_region = "NOT_FOUND"

    assert client.get("/customers", headers={"host": "api-qatar.flexportal.io"}).status_code == 404


def test_a_key_does_what_it_may(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.permissions = {"orders:read"}

    answer = client.post("/orders", json=order())

    assert (answer.status_code, code(answer)) == (403, "INSUFFICIENT_PERMISSIONS")
    assert client.get("/orders").status_code == 200


def test_a_key_is_good_until_it_is_taken_back(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.clock.advance(timedelta(days=1000))
    before = client.get("/orders").status_code
    simulator.tokens.revoke()

    assert (before, code(client.get("/orders"))) == (200, "INVALID_TOKEN")


def test_the_hundred_and_first_call_in_a_minute_waits(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.calls_per_minute = 2
    answers = [client.get("/customers/" + customers.CONTOSO.id) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (code(answers[2]), answers[2].headers["retry-after"]) == ("RATE_LIMITED", "60")


def test_pages_follow_the_cursor_and_do_not_shift_when_something_is_made_meanwhile(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    bought = [buy(client, item(quantity=number), reference=str(number))["orderId"] for number in range(1, 6)]
    customer = {"customerId": customers.CONTOSO.id, "sortDir": "desc"}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = client.get("/orders", params=customer | {"limit": 2, "startAfter": cursor}).json()
        seen += [one["orderId"] for one in answer["orders"]]
        cursor = answer["nextCursor"]
        assert answer["hasMore"] is (cursor is not None)
        simulator.clock.advance(1)
        buy(client, item(catalogue.MONITOR, quantity=10 + len(seen)))

    assert sorted(seen) == sorted(bought)


@pytest.mark.parametrize(
    ("path", "most"), [("/orders", 100), ("/subscriptions", 100), ("/assets", 100), ("/products/variants", 5000)]
)
def test_a_page_has_its_largest_size(path: str, most: int, client: httpx.Client) -> None:
    assert client.get(path).json()["limit"] == 50
    assert client.get(path, params={"limit": most}).status_code == 200
    assert client.get(path, params={"limit": most + 1}).status_code == 400


def test_the_older_revision_pages_without_a_cursor(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    simulator.knobs.paging = "pages"

    answer = client.get("/customers", params={"limit": 4, "page": 2}).json()

    assert set(answer) == {"data", "pagination"}
    assert answer["pagination"] == {"page": 2, "limit": 4, "total": len(customers.CUSTOMERS), "hasMore": False}


def test_prices_may_be_a_map_and_the_sku_may_have_another_name(
    simulator: FlexPortalSimulator, client: httpx.Client
) -> None:
    simulator.knobs.pricing, simulator.knobs.variant_sku_name = "map", "sku"

    variants = client.get("/products/variants", params={"productSku": "PHONE"}).json()["variants"]

    assert [(one["sku"], one["pricing"]) for one in variants] == [(catalogue.PHONE, {"12": 29.0, "24": 18.9})]


def test_unknown_fields_can_be_left_out(simulator: FlexPortalSimulator, client: httpx.Client) -> None:
    with_them = buy(client)
    simulator.knobs.unknown_fields = False

    assert set(with_them) - set(client.get(f"/orders/{with_them['orderId']}").json()) == {"createdBy"}


def test_the_demo_has_a_device_for_each_status_and_customers_of_each_kind(client: httpx.Client) -> None:
    rented = client.get("/assets", params={"status": "rented_out", "sku": catalogue.LAPTOP_14}).json()["assets"]
    known = client.get("/customers").json()["customers"]

    assert len(rented) == 3
    assert {one["customerType"] for one in known} == {"individual", "business"}
    assert {one["status"] for one in known} == {"active", "inactive"}


def test_equal_seeds_and_equal_calls_give_equal_ids() -> None:
    made = []
    for _ in range(2):
        with FlexPortalSimulator(seed=7).client() as client:
            made.append(buy(client))

    assert made[0] == made[1]
