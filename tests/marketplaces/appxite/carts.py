"""What the simulator's tests send."""

import uuid
from typing import Any

import httpx

from pipeline.marketplaces.appxite.simulator import catalogue
from pipeline.marketplaces.appxite.simulator.offers import Offer

CART = ["place_order", "delete", "update", "schedule_order", "create_quote"]
AGREEMENT = {"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@example.com", "DateAgreed": "2026-01-15"}


def item(offer: Offer = catalogue.DEFENDER, quantity: int = 5, **fields: Any) -> dict[str, Any]:
    """An item; a field given as None is left out."""
    content = {"OrderItemId": str(uuid.uuid4()), "OfferId": offer.id, "FormData": offer.form(quantity)} | fields
    return {name: value for name, value in content.items() if value is not None}


def with_form(offer: Offer = catalogue.DEFENDER, **answers: Any) -> dict[str, Any]:
    """An item whose form data differ in these keys; None leaves a key out."""
    form = offer.form(5) | answers
    return item(offer, FormData={key: value for key, value in form.items() if value is not None})


def put_in_cart(client: httpx.Client, *items: dict[str, Any], **more: Any) -> httpx.Response:
    return client.post("/orders/", json={"OrderItems": list(items) or [item()]}, **more)


def operation(order: dict[str, Any], *names: str) -> dict[str, Any]:
    kept = ("OrderItemId", "OfferId", "FormData")
    items = [{name: one[name] for name in kept} | {"Operations": list(names)} for one in order["OrderItems"]]
    return {"OrderId": order["OrderId"], "OrderItems": items}


def operate(client: httpx.Client, order: dict[str, Any], *names: str, **more: Any) -> httpx.Response:
    return client.post("/orders/operation", json=operation(order, *(names or ("place_order",))), **more)


def cart(client: httpx.Client, *items: dict[str, Any]) -> dict[str, Any]:
    answer = put_in_cart(client, *items)
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()
    return content


def buy(client: httpx.Client, *items: dict[str, Any]) -> dict[str, Any]:
    answer = operate(client, cart(client, *items))
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def read(client: httpx.Client, order: dict[str, Any]) -> dict[str, Any]:
    answer = client.get(f"/orders/{order['OrderId']}")
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def complaints(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    return [error["message"], *(detail["message"] for detail in error["details"])]


def on_behalf_of(organisation_id: str) -> dict[str, str]:
    return {"x-on-behalf-of": organisation_id}
