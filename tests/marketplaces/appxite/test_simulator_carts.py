"""The cart of the simulated AppXite: what is checked in it, and how it is changed and dropped."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, catalogue, customers
from tests.marketplaces.appxite.carts import (
    AGREEMENT,
    CART,
    cart,
    complaints,
    item,
    on_behalf_of,
    operate,
    put_in_cart,
    read,
    with_form,
)

VOICE, SERVER, EXCHANGE = catalogue.MANAGED_VOICE, catalogue.VIRTUAL_SERVER, catalogue.EXCHANGE
PERIOD = catalogue.DEFENDER.plans[0].charge_period(catalogue.DEFENDER.id)


def test_a_cart_is_no_purchase_and_names_what_can_be_done_with_it(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    asked = item()
    made = cart(client, asked)

    assert "OrderStatus" not in made
    assert made["OrderItems"] == [asked | {"Operations": CART}]
    assert read(client, made) == made
    assert simulator.world.bought == []
    assert simulator.world.writes == ["POST orders"]


def test_fields_that_nobody_documents_can_be_switched_off(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    more = cart(client)
    simulator.knobs.unknown_fields = False

    assert cart(client).keys() == {"OrderId", "OrderItems"} < more.keys()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no id of its own": (item(OrderItemId=None), "OrderItemId is required"),
    "an unknown offer": (item(OfferId="x"), "Offer x was not found"),
    "no form data": (item(FormData=None), "FormData is required"),
    "no quantity": (with_form(quantityBox1=None), "quantityBox1 is required"),
    "another offer's key": (with_form(quantityBox2=5), "quantityBox2 is not a key of this offer"),
    **{
        f"quantity {given!r}": (with_form(quantityBox1=given), "quantityBox1 must be a whole number above 0")
        for given in (0, -1, 2.5, "5", True)
    },
    "a period that is none": (with_form(ChargePeriod="Monthly"), "ChargePeriod must be an object"),
    "another offer's period": (
        with_form(ChargePeriod=PERIOD | {"offerId": VOICE.id}),
        "ChargePeriod is of another offer",
    ),
    "a price of nobody's": (
        with_form(ChargePeriod=PERIOD | {"offerRulePricingId": "x"}),
        "ChargePeriod names a price that is not on sale (any more)",
    ),
    "a price's other half": (
        with_form(ChargePeriod=PERIOD | {"pricingFrequency": "Annual"}),
        "ChargePeriod does not fit its price: pricingFrequency",
    ),
    "a location by its name": (
        with_form(SERVER, locationBox1="Dublin"),
        "locationBox1 must be one of the ids on offer",
    ),
    "a text that is none": (with_form(SERVER, hostName=7), "hostName must be a text"),
    "an add-on of nobody's": (
        item(Orderedaddons=[{"AddonId": "x", "Quantity": 1}]),
        "Add-on x is not offered, or without a quantity",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_cart_is_refused_for(why: str, simulator: AppXiteSimulator, client: httpx.Client) -> None:
    asked, complaint = REFUSED[why]

    assert complaint in complaints(put_in_cart(client, asked))
    assert simulator.world.carts == []


def test_a_location_is_taken_by_its_id(client: httpx.Client) -> None:
    made = cart(client, with_form(SERVER, locationBox1=catalogue.VIRGINIA))

    assert made["OrderItems"][0]["FormData"]["locationBox1"] == catalogue.VIRGINIA


def test_one_id_for_two_items_is_refused(client: httpx.Client) -> None:
    one = item()

    assert f"OrderItemId {one['OrderItemId']} is used more than once" in complaints(put_in_cart(client, one, one))


def test_an_empty_cart_is_refused(client: httpx.Client) -> None:
    answer = client.post("/orders/", json={"OrderItems": []})

    assert "At least one order item is required" in complaints(answer)


@pytest.mark.parametrize("body", [b"", b"{", b"[]"], ids=["nothing", "half of it", "a list"])
def test_a_body_that_is_no_object_is_refused(body: bytes, client: httpx.Client) -> None:
    assert client.post("/orders/", content=body).status_code == 400


@pytest.mark.parametrize(("knob", "status", "carts"), [("accepted", 201, 2), ("refused", 409, 1)])
def test_an_id_that_was_used_before_makes_another_cart_or_is_refused(
    knob: Any, status: int, carts: int, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.repeated_item_id = knob
    asked = item()
    first = cart(client, asked)
    again = put_in_cart(client, asked)

    assert again.status_code == status
    assert len(simulator.world.carts) == carts
    assert again.json().get("OrderId") != first["OrderId"]


def test_unknown_keys_may_be_ignored(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.knobs.unknown_form_keys = "ignored"

    assert put_in_cart(client, with_form(colour="blue")).status_code == 201


@pytest.mark.parametrize(
    ("customer", "state"), [(customers.NORTHWIND_NEW, "New"), (customers.LITWARE_BLOCKED, "Blocked")]
)
def test_an_organisation_that_is_not_active_cannot_order(
    customer: customers.Customer, state: str, client: httpx.Client
) -> None:
    answer = put_in_cart(client, item(), headers=on_behalf_of(customer.id))

    assert complaints(answer) == [f"The organisation is {state}: orders need an Active one"]


def test_a_deleted_cart_is_gone(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    made = cart(client)
    answer = operate(client, made, "delete")

    assert (answer.status_code, answer.json()["OrderItems"]) == (200, [])
    assert client.get(f"/orders/{made['OrderId']}").status_code == 404
    assert simulator.world.carts == []


def test_a_cart_is_updated_before_it_is_placed(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    made = cart(client)
    made["OrderItems"][0]["FormData"]["quantityBox1"] = 9
    operate(client, made, "update")
    operate(client, made)

    assert simulator.world.bought[0].lines[0].quantity == 9


@pytest.mark.parametrize("name", ["schedule_order", "create_quote"])
def test_operations_of_an_unknown_contract_are_not_played(name: str, client: httpx.Client) -> None:
    assert operate(client, cart(client), name).status_code == 501


def test_a_new_price_is_a_new_identity_which_old_form_data_do_not_name(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    made = cart(client)
    simulator.world.reprice(catalogue.DEFENDER.id, factor=Decimal(2))
    on_sale = client.get(f"/offers/{catalogue.DEFENDER.id}/pricing-plan").json()

    assert "ChargePeriod names a price that is not on sale (any more)" in complaints(operate(client, made))
    assert on_sale[0]["price"] == 4.8
    assert on_sale[0]["offerRulePricingId"] != catalogue.DEFENDER.plans[0].id
    assert simulator.world.bought == []


def test_microsofts_offers_need_a_tenant_and_the_agreement(client: httpx.Client) -> None:
    adatum = on_behalf_of(customers.ADATUM_NO_TENANT.id)

    def lacking() -> list[str]:
        return complaints(put_in_cart(client, item(EXCHANGE), headers=adatum))[1:]

    steps = [lacking()]
    client.post("/microsoft/tenants", json={"Domain": "adatum"}, headers=adatum)
    steps.append(lacking())
    client.post("/microsoft/agreement", json=AGREEMENT, headers=adatum)

    assert steps == [
        ["The organisation has no Microsoft tenant", "The Microsoft Customer Agreement was not accepted"],
        ["The Microsoft Customer Agreement was not accepted"],
    ]
    assert put_in_cart(client, item(EXCHANGE), headers=adatum).status_code == 201
