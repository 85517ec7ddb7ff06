"""What the simulator's tests send."""

from typing import Any

import httpx

from pipeline.marketplaces.pax8.simulator import Pax8Simulator, catalogue, customers

CONTOSO = customers.CONTOSO.id
TENANT = {
    "msCustExists": catalogue.HAS_NO_TENANT,
    "msDomain": "contoso-sim",
    "mca2020FirstName": "Ada",
    "mca2020LastName": "Lovelace",
    "mca2020Email": "ada@example.com",
    "mca2020EffectiveDate": "2026-01-15",
}


def details(answers: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "values": [value]} for key, value in answers.items()]


def line(product_id: str = catalogue.BACKUP.id, number: int = 1, **fields: Any) -> dict[str, Any]:
    """A line; a field given as None is left out."""
    content = {"productId": product_id, "lineItemNumber": number, "quantity": 5, "billingTerm": "Monthly"} | fields
    return {name: value for name, value in content.items() if value is not None}


def e3(number: int = 1, **fields: Any) -> dict[str, Any]:
    defaults = {"commitmentTermId": catalogue.E3_ONE_YEAR.id, "provisioningDetails": details(TENANT)}
    return line(catalogue.M365_E3.id, number, **(defaults | fields))


def order(*lines: dict[str, Any], company_id: str = CONTOSO, **fields: Any) -> dict[str, Any]:
    return {"companyId": company_id, "lineItems": list(lines) or [line()]} | fields


def buy(client: httpx.Client, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = client.post("/orders", json=order(*lines, **fields))
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def complaints(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [detail["message"] for detail in answer.json()["details"]]


def company(**fields: Any) -> dict[str, Any]:
    content = {
        "name": "Proseware",
        "address": {"street": "2 Side Street", "city": "Boulder", "country": "US"},
        "phone": "555-0199",
        "website": "https://proseware.example",
        "billOnBehalfOfEnabled": True,
        "selfServiceAllowed": False,
        "orderApprovalRequired": False,
    } | fields
    return {name: value for name, value in content.items() if value is not None}


def contact(*primary: str, **fields: Any) -> dict[str, Any]:
    types = [{"type": kind, "primary": True} for kind in primary]
    return {
        "firstName": "Grace",
        "lastName": "Hopper",
        "email": "grace@example.com",
        "phone": "555-0123",
        "types": types,
    } | fields


def credentials(simulator: Pax8Simulator, **changed: str) -> dict[str, str]:
    return {
        "client_id": simulator.knobs.client_id,
        "client_secret": simulator.knobs.client_secret,
        "audience": "https://api.pax8.com",
        "grant_type": "client_credentials",
    } | changed
