"""What the tests of the simulated FlexPortal send."""

from typing import Any

import httpx

from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator, Order, catalogue, customers
from pipeline.marketplaces.flexportal.simulator.customers import Resident

BERLIN = {"contactName": "Ada Lovelace", "streetAddress": "1 Main Street", "city": "Berlin", "country": "Germany"}


def item(
    sku: str = catalogue.PHONE, quantity: int = 2, contract_length: int | None = 12, **fields: Any
) -> dict[str, Any]:
    """A field given as None is left out."""
    content = {"sku": sku, "quantity": quantity, "contractLength": contract_length} | fields
    return {name: value for name, value in content.items() if value is not None}


def order(
    *items: dict[str, Any], who: Resident = customers.CONTOSO, reference: str | None = "ord-1", **fields: Any
) -> dict[str, Any]:
    content = {
        "customer": {
            "email": who.email,
            "firstName": who.first_name,
            "lastName": who.last_name,
            "customerType": who.customer_type,
        },
        "billingAddress": BERLIN,
        "items": list(items) or [item()],
        "customFields": {"externalOrderId": reference} if reference else None,
    } | fields
    return {name: value for name, value in content.items() if value is not None}


def buy(client: httpx.Client, *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The order as the answer shows it."""
    answer = client.post("/orders", json=order(*items, **fields))
    assert answer.status_code == 201, answer.text
    content: dict[str, Any] = answer.json()["order"]
    return content


def buy_confirmed(simulator: FlexPortalSimulator, client: httpx.Client, *items: dict[str, Any], **fields: Any) -> Order:
    bought = buy(client, *items, **fields)
    simulator.world.confirm(bought["orderId"])
    return simulator.world.order(bought["orderId"])


def device(simulator: FlexPortalSimulator, sku: str = catalogue.PHONE) -> str:
    """The serial number of one in stock."""
    return simulator.world.available(sku)[0].serial_number


def allocate(simulator: FlexPortalSimulator, client: httpx.Client, order: Order, **changed: Any) -> httpx.Response:
    body = {"orderId": order.id, "customerId": order.customer.id} | changed
    body.setdefault("assetSerialNumber", device(simulator, order.items[0].sku))
    return client.post("/subscriptions", json=body)


def code(answer: httpx.Response) -> str:
    word: str = answer.json()["error"]["code"]
    return word


def complaints(answer: httpx.Response) -> list[tuple[str, str]]:
    """Path and message of each detail."""
    assert (answer.status_code, code(answer)) == (400, "VALIDATION_ERROR"), answer.text
    return [(detail["path"], detail["message"]) for detail in answer.json()["error"]["details"]]
