"""What the tests of the simulated Limio send."""

from typing import Any

import httpx

from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers

SUBMIT, PREVIEW = ("POST", "/api/partner/order"), ("POST", "/api/partner/order/preview")
CONTOSO = customers.CONTOSO


def item(simulator: LimioSimulator, offer_id: str = catalogue.BACKUP.id, quantity: Any = 5) -> dict[str, Any]:
    return {"offer": {"id": offer_id, "version": simulator.world.offers[offer_id].version}, "quantity": quantity}


def basket(client: httpx.Client, *items: dict[str, Any]) -> str:
    order = {"orderItems": list(items), "external_id": "QW-1", "country": "US", "order_type": "new"}
    answer = client.post("/partner/checkout", json={"order": order})
    assert answer.status_code == 200, answer.text
    made: str = answer.json()["id"]
    return made


def order(simulator: LimioSimulator, client: httpx.Client, *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An order with a checkout of its own; a field given as None is left out."""
    wanted = list(items) or [item(simulator)]
    content = {
        "order_type": "new",
        "checkoutId": fields["checkoutId"] if "checkoutId" in fields else basket(client, *wanted),
        "country": "US",
        "orderItems": wanted,
        "payment": {"type": "invoice"},
        "external_id": "QW-1",
        "process_immediately": False,
        "customerDetails": {"firstName": "Ada", "lastName": "Lovelace", "email": CONTOSO.email, "company": "Contoso"},
    } | fields
    return {name: value for name, value in content.items() if value is not None}


def submit(simulator: LimioSimulator, client: httpx.Client, *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = client.post("/partner/order", json=order(simulator, client, *items, **fields))
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def read(client: httpx.Client, kind: str, key: str, service: str = "limio") -> dict[str, Any]:
    answer = client.get(f"/objects/{service}/{kind}/{key}")
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def rows(client: httpx.Client, kind: str, service: str = "limio", **query: Any) -> list[dict[str, Any]]:
    """All of a list, page by page, repeats included."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = client.get(f"/objects/{service}/{kind}", params=query | more).json()
        found += page["items"]
        if "queryMore" not in page:
            return found
        more = {"queryMore": page["queryMore"]}


def live(simulator: LimioSimulator, client: httpx.Client, **fields: Any) -> str:
    """The id of a subscription that is bought and active."""
    submit(simulator, client, **fields)
    simulator.clock.advance(10)
    made = simulator.world.bought[-1].subscription
    assert made is not None
    assert made.status(simulator.world.now) == "active"
    return made.id
