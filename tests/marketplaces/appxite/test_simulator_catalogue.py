"""Offers of the simulated AppXite: what can be asked about them, and what can't."""

import json
from decimal import Decimal

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, catalogue, customers
from tests.marketplaces.appxite.carts import cart, complaints, item, on_behalf_of

DEFENDER, SERVER = catalogue.DEFENDER, catalogue.VIRTUAL_SERVER


def test_nothing_tells_the_keys_of_form_data(client: httpx.Client) -> None:
    texts = [
        client.get(path).text for path in ("/catalogues", f"/offers/{SERVER.id}", f"/offers/{SERVER.id}/pricing-plan")
    ]

    assert all(key.key not in text for key in SERVER.keys if key.key != "ChargePeriod" for text in texts)


def test_a_plan_tells_everything_that_a_charge_period_needs(client: httpx.Client) -> None:
    plans = client.get(f"/offers/{DEFENDER.id}/pricing-plan").json()
    period = {name: value for name, value in plans[1].items() if name not in ("price", "currency")}

    assert (plans[1]["price"], plans[1]["currency"]) == (25.92, "USD")
    cart(client, item(FormData={"quantityBox1": 1, "ChargePeriod": period}))


def test_a_price_is_calculated_for_form_data(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.world.reprice(DEFENDER.id, price=Decimal("3.00"), organisation_id=customers.WINGTIP.id, new_ids=False)
    path, body = f"/offers/{DEFENDER.id}/calculate-price", {"FormData": DEFENDER.form(10)}

    assert client.post(path, json=body).json() == {
        "UnitPrice": 2.4,
        "Quantity": 10,
        "Total": 24.0,
        "Currency": "USD",
    }
    assert client.post(path, json=body, headers=on_behalf_of(customers.WINGTIP.id)).json()["Total"] == 30.0


def test_wrong_form_data_have_no_price(client: httpx.Client) -> None:
    answer = client.post(f"/offers/{DEFENDER.id}/calculate-price", json={"FormData": {}})

    assert complaints(answer)[1:] == ["quantityBox1 is required", "ChargePeriod is required"]


def test_an_order_payload_comes_back_as_the_cart_takes_it(client: httpx.Client) -> None:
    form = SERVER.form(1)
    answer = client.post(f"/offers/{SERVER.id}/order-payload", json={"FormData": form})

    assert answer.json() == {"OrderItems": [{"OfferId": SERVER.id, "FormData": form}]}


def test_add_ons_are_listed_with_their_offer(client: httpx.Client) -> None:
    assert client.get(f"/offers/{SERVER.id}/addons").json() == [
        {"Id": catalogue.RETENTION.id, "Name": "Long Retention"}
    ]
    assert client.get(f"/offers/{DEFENDER.id}/addons").json() == []


def test_an_offer_that_there_is_not_is_not_found(client: httpx.Client) -> None:
    assert client.get("/offers/x").status_code == 404


@pytest.mark.parametrize("path", ["/microsoft/domains/validate", "/microsoft/tenants"])
def test_a_taken_domain_looks_like_a_breakdown(path: str, simulator: AppXiteSimulator, client: httpx.Client) -> None:
    answer = client.post(path, json={"Domain": "Tailspin"})

    assert answer.status_code == 500
    assert "domain" not in json.dumps(answer.json()).lower()
    assert simulator.world.writes == []


def test_a_free_domain_becomes_a_tenant_and_is_taken_from_then_on(client: httpx.Client) -> None:
    wish = {"Domain": "proseware"}
    codes = [
        client.post("/microsoft/domains/validate", json=wish).status_code,
        client.post("/microsoft/tenants", json=wish).status_code,
        client.post("/microsoft/domains/validate", json=wish).status_code,
        client.post("/microsoft/domains/validate", json={}).status_code,
    ]

    assert codes == [200, 201, 500, 400]


def test_an_agreement_needs_a_signature(client: httpx.Client) -> None:
    adatum = on_behalf_of(customers.ADATUM_NO_TENANT.id)

    assert client.get("/microsoft/agreement", headers=adatum).json() == {"Accepted": False}
    assert "DateAgreed is required" in complaints(client.post("/microsoft/agreement", json={}, headers=adatum))
