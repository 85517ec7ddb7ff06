"""Who may call the simulated AppXite: keys, tokens, versions, permissions, portals, organisations, and how often."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, customers
from pipeline.marketplaces.appxite.simulator.routes import HANDLERS
from tests.marketplaces.appxite.carts import cart, item, on_behalf_of, put_in_cart

TOKEN = "/oauth2/token"


def credentials(simulator: AppXiteSimulator, **changed: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": simulator.knobs.client_id,
        "client_secret": simulator.knobs.client_secret,
    } | changed


LACKING: dict[str, tuple[str, str | None, int, str]] = {
    "no key": ("ocp-apim-subscription-key", None, 401, "missing subscription key"),
    "a wrong key": ("ocp-apim-subscription-key", "x", 401, "invalid subscription key"),
    "no version": ("api-version", None, 404, "Resource not found"),
    "an older version": ("api-version", "2.0", 404, "Resource not found"),
    "no token": ("authorization", None, 401, "Unauthorized"),
    "a token of nobody's": ("authorization", "Bearer x", 401, "Unauthorized"),
    "no portal": ("referer", None, 400, "Referer names no portal"),
    "another's portal": ("referer", "https://elsewhere.example", 400, "Referer names no portal"),
    "no organisation": ("x-on-behalf-of", None, 400, "X-On-Behalf-Of is required"),
    "an organisation that is none": ("x-on-behalf-of", "x", 400, "X-On-Behalf-Of names no organisation"),
}


@pytest.mark.parametrize("why", LACKING)
def test_a_call_is_refused_for(why: str, simulator: AppXiteSimulator, client: httpx.Client) -> None:
    header, value, status, words = LACKING[why]
    del client.headers[header]
    if value is not None:
        client.headers[header] = value

    answer = put_in_cart(client, item())

    assert answer.status_code == status
    assert words in answer.text
    assert simulator.world.carts == []


@pytest.mark.parametrize("label", [label for label in HANDLERS if "customers" not in label])
def test_every_call_that_is_for_a_customer_has_to_say_for_which(label: str, client: httpx.Client) -> None:
    method, path = label.split(" ")
    del client.headers["x-on-behalf-of"]

    answer = client.request(method, path)

    assert answer.status_code == (403 if label.endswith(("/approve", "/reject")) else 400)


def test_the_gateway_and_the_application_say_no_in_words_of_their_own(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.denied = ["GET /orders"]

    assert client.get("/orders").json() == {
        "statusCode": 403,
        "message": "The client has no permission for this endpoint",
    }
    assert client.get("/nowhere").json() == {"statusCode": 404, "message": "Not found"}
    assert client.put("/orders").json() == {"statusCode": 405, "message": "Method not allowed"}
    assert client.get("/orders/x").json()["error"]["message"] == "Order x was not found"


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("gateway", '{"statusCode":404,"message":"Order x was not found"}'),
        ("error_text", '{"error":"Order x was not found"}'),
        ("text", "Order x was not found"),
    ],
)
def test_the_envelope_of_an_error_is_a_guess(
    shape: Any, expected: str, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.envelope = shape

    assert client.get("/orders/x").text == expected


def test_no_token_may_be_needed_and_the_portal_may_have_an_older_header(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.bearer_needed, simulator.knobs.portal_header = False, "x-referer"
    client.headers["x-referer"] = client.headers["referer"] + "/"
    del client.headers["authorization"], client.headers["referer"]

    assert put_in_cart(client, item()).status_code == 201


def test_a_token_is_given_for_a_form_and_lasts_as_long_as_it_says(simulator: AppXiteSimulator) -> None:
    with httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://appxite.test") as bare:
        given = bare.post(TOKEN, data=credentials(simulator)).json()
        headers = simulator.headers() | {"authorization": f"Bearer {given['access_token']}"}
        good = bare.get("/orders", headers=headers).status_code
        simulator.clock.advance(given["expires_in"])

        assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
        assert [good, bare.get("/orders", headers=headers).status_code] == [200, 401]


@pytest.mark.parametrize(
    ("changed", "status", "why"),
    [
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"client_id": "x"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_no_token_is_given_for(changed: dict[str, str], status: int, why: str, simulator: AppXiteSimulator) -> None:
    with httpx.Client(transport=httpx.MockTransport(simulator), base_url="http://appxite.test") as bare:
        answer = bare.post(TOKEN, data=credentials(simulator, **changed))

    assert (answer.status_code, answer.json()) == (status, {"error": why})
    assert simulator.tokens.refused == 1


def test_too_many_calls_are_put_off(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.knobs.calls_per_minute = 2
    answers = [client.get("/orders") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json() == {"statusCode": 429, "message": "Rate limit is exceeded."}
    assert answers[2].headers["retry-after"] == "60"
    simulator.clock.advance(timedelta(minutes=1))
    assert client.get("/orders").status_code == 200


def test_a_read_through_the_cache_is_old_and_one_without_is_not(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    cached = {"X-Use-Cache": "true", "X-Cache-Duration": "30000"}
    path = f"/customers/{customers.NORTHWIND_NEW.id}"
    client.get(path, headers=cached)
    client.put(f"{path}/approve")
    old, new = client.get(path, headers=cached).json(), client.get(path).json()
    simulator.clock.advance(30)

    assert [old["Status"], new["Status"]] == ["New", "Active"]
    assert client.get(path, headers=cached).json()["Status"] == "Active"


def test_customers_are_listed_in_pages_without_naming_one(client: httpx.Client) -> None:
    del client.headers["x-on-behalf-of"]
    first = client.get("/customers").json()
    second = client.get("/customers", params={"pageNumber": 2}).json()
    names = [one["Name"] for one in (*first["Items"], *second["Items"])]

    assert (len(first["Items"]), first["TotalCount"]) == (20, len(names))
    assert "Contoso" not in [one["Name"] for one in first["Items"]]
    assert second["Items"][1] == {
        "Id": customers.CONTOSO.id,
        "Name": "Contoso",
        "Email": "ada@contoso.example",
        "Status": "Active",
        "ExternalId": "CUST-1001",
    }


def test_a_new_customer_is_approved_and_may_be_again_but_not_a_blocked_one(client: httpx.Client) -> None:
    def approve(customer: customers.Customer) -> httpx.Response:
        return client.put(f"/customers/{customer.id}/approve")

    first, again = approve(customers.NORTHWIND_NEW), approve(customers.NORTHWIND_NEW)

    assert [first.json()["Status"], again.json()["Status"]] == ["Active", "Active"]
    assert approve(customers.LITWARE_BLOCKED).status_code == 400
    assert client.put("/customers/x/approve").status_code == 404
    assert put_in_cart(client, item(), headers=on_behalf_of(customers.NORTHWIND_NEW.id)).status_code == 201


def test_equal_seeds_make_equal_ids() -> None:
    def order_id(seed: int) -> str:
        simulator = AppXiteSimulator(seed=seed)
        with simulator.client() as client:
            made: str = cart(client)["OrderId"]
            return made

    assert order_id(7) == order_id(7) != order_id(8)
