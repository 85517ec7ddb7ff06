"""When an answer to an order proves that it was carried out as sent, and whose order it is."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pipeline.domain.claim import Answer, AnswerClass, ApproveCompany, Purchase
from pipeline.marketplaces.flexportal.simulator import catalogue
from tests.contracts.adapters import in_time, new_company
from tests.contracts.flexportal_case import FlexPortalCase, a_device
from tests.contracts.simulated import ready

Change = Callable[[dict[str, Any]], Any]


def changed(change: Change) -> FlexPortalCase:
    """A case whose orders are carried out, and their answers changed."""

    def handler(request: httpx.Request) -> httpx.Response:
        response = case.simulator(request)
        if request.method == "POST" and request.url.path.endswith("/orders"):
            return httpx.Response(201, content=json.dumps(change(response.json())))
        return response

    case = FlexPortalCase(httpx.MockTransport(handler))
    return case


def in_order(**fields: Any) -> Change:
    return lambda answer: answer | {"order": answer["order"] | fields}


def in_item(**fields: Any) -> Change:
    return lambda answer: (
        answer
        | {"order": answer["order"] | {"items": [answer["order"]["items"][0] | fields, *answer["order"]["items"][1:]]}}
    )


def split(answer: dict[str, Any]) -> dict[str, Any]:
    """The five laptops as two lines."""
    laptop, monitor = answer["order"]["items"]
    items = [laptop | {"quantity": 2}, monitor, laptop | {"quantity": 3}]
    return answer | {"order": answer["order"] | {"items": items}}


SAME: dict[str, Change] = {
    "as it is": lambda answer: answer,
    "items in another order": lambda answer: (
        answer | {"order": answer["order"] | {"items": answer["order"]["items"][::-1]}}
    ),
    "an item on two lines": split,
    "no id beside the order": lambda answer: {"success": True, "order": answer["order"]},
    "an e-mail address in capitals": in_order(customer={"email": "ADA@CONTOSO.EXAMPLE"}),
    "the customer's id without the address": in_order(customer={"customerId": "cust_contoso"}),
    "a SKU without capitals": in_item(sku="laptop-14"),
    "a contract length with a fraction of nothing": in_item(contractLength=24.0),
    "a status that nobody knows": in_order(status="received"),
    "more custom fields than ours": lambda answer: (
        answer | {"order": answer["order"] | {"customFields": answer["order"]["customFields"] | {"more": 1}}}
    ),
}
ANOTHER: dict[str, Change] = {
    "another reference": in_order(customFields={"externalOrderId": "QW-OTHER-1"}),
    "no reference": in_order(customFields={}),
    "no custom fields": in_order(customFields=None),
    "a reference in another field": in_order(customFields={"poNumber": "QW-CASE1"}),
    "another customer": in_order(customer={"email": "it@fabrikam.example"}),
    "another customer's id without the address": in_order(customer={"customerId": "cust_fabrikam"}),
    "a customer of the address who is another company": in_order(
        customer={"customerId": "cust_fabrikam", "email": "ada@contoso.example", "company": "Fabrikam"}
    ),
    "no customer": in_order(customer=None),
    "another quantity": in_item(quantity=6),
    "another contract length": in_item(contractLength=12),
    "no contract length": in_item(contractLength=None),
    "another SKU": in_item(sku=catalogue.PHONE),
    "an item less": lambda answer: answer | {"order": answer["order"] | {"items": answer["order"]["items"][1:]}},
    "no items": in_order(items=[]),
    "another type of order": in_order(orderType="upgrade"),
    "two ids": lambda answer: answer | {"orderId": "ord_other"},
    "no success": lambda answer: answer | {"success": False},
    "the id alone": lambda answer: {"success": True, "orderId": answer["orderId"]},
    "the bare order": lambda answer: answer["order"],
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME.keys())
def test_what_was_sent_came_back(change: Change) -> None:
    case = changed(change)
    answer = case.open().send(case.purchase(), in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.ACCEPTED, case.simulator.world.bought[0].id)


@pytest.mark.parametrize("change", ANOTHER.values(), ids=ANOTHER.keys())
def test_something_else_came_back(change: Change) -> None:
    case = changed(change)
    answer = case.open().send(case.purchase(), in_time())

    assert (answer.kind, answer.ref) == (AnswerClass.UNKNOWN, None)
    assert answer.details[0].startswith("FlexPortal answered")
    assert answer.details[1].startswith("HTTP 201")


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("no reference", ["ours"]),
        ("another quantity", ["ours"]),
        ("no success", ["ours"]),
        ("two ids", ["ord_other", "ours"]),
        ("another reference", []),
        ("the bare order", []),
    ],
)
def test_an_order_that_may_be_ours_after_all_is_named(name: str, named: list[str]) -> None:
    case = changed(ANOTHER[name])
    answer = case.open().send(case.purchase(), in_time())

    ours = case.simulator.world.bought[0].id
    assert list(answer.named) == [ours if one == "ours" else one for one in named]


@pytest.mark.parametrize("status", [200, 201])
def test_an_order_that_is_taken_for_a_repeat_of_another_is_not_taken_for_ours(status: int) -> None:
    """Two orders of ours, equal but for their reference, within the time in which FlexPortal tells no two apart."""
    case = FlexPortalCase()
    case.simulator.knobs.duplicate_status = status
    first = case.open().send(case.purchase("QW-FIRST-1"), in_time())

    second = case.open().send(case.purchase("QW-SECOND-2"), in_time())

    assert (first.kind, second.kind) == (AnswerClass.ACCEPTED, AnswerClass.UNKNOWN)
    assert second.ref is None
    assert f"order {first.ref}, whose externalOrderId is 'QW-FIRST-1' and not 'QW-SECOND-2'" in second.details[0]
    assert case.bought() == 1


def test_a_repeat_that_flexportal_answers_with_a_conflict_is_unknown_too() -> None:
    case = FlexPortalCase()
    case.simulator.knobs.duplicate_status = 409
    case.open().send(case.purchase("QW-FIRST-1"), in_time())

    assert case.open().send(case.purchase("QW-SECOND-2"), in_time()).kind is AnswerClass.UNKNOWN


def sent(case: FlexPortalCase, **purchase: Any) -> Answer:
    wanted: Purchase = case.wanted("QW-1").model_copy(update=purchase)
    return case.open().send(ready(case.open(), wanted), in_time())


@pytest.mark.parametrize(
    ("sku", "months", "sentence"),
    [
        ("NO-SUCH", 12, "VARIANT_NOT_FOUND: Variant with SKU NO-SUCH not found: FlexPortal has no such SKU."),
        (catalogue.SCANNER_INACTIVE, 12, "VARIANT_INACTIVE: Variant with SKU SCANNER-2 is not active: it is deact"),
        (catalogue.PHONE, 36, "INVALID_CONTRACT_LENGTH: Contract length 36 is not available for PHONE-6: 12, 24: Fl"),
    ],
)
def test_a_refusal_is_told_as_a_sentence_that_somebody_can_act_on(sku: str, months: int, sentence: str) -> None:
    case = FlexPortalCase()

    answer = sent(case, lines=(a_device(1, sku, 1, months),))

    assert answer.kind is AnswerClass.REJECTED
    assert answer.details[0].startswith(sentence)
    assert case.bought() == 0


def test_a_refusal_of_fields_names_each_by_its_place() -> None:
    case = FlexPortalCase(options={"countries": "DE:ZZ"})

    answer = sent(case)

    assert answer.kind is AnswerClass.REJECTED
    assert answer.details[0].startswith("VALIDATION_ERROR: Validation failed")
    assert answer.details[1:] == (
        "billingAddress.country: country must be the name of a country",
        "shippingAddress.country: country must be the name of a country",
    )
    assert answer.fields == ()


def test_a_refusal_names_the_field_that_a_quote_can_answer() -> None:
    case = FlexPortalCase()
    line = a_device(1, catalogue.LAPTOP_14, 1, 12, originalOrderId="ord_1")

    answer = sent(case, lines=(line,))

    assert (answer.kind, answer.fields) == (AnswerClass.REJECTED, ("extensionMonths",))
    assert "extensionDetails.extensionMonths: extensionMonths is required" in answer.details


@pytest.mark.parametrize("write", [new_company(), ApproveCompany(company_id="cust_1")], ids=lambda write: write.kind)
def test_what_flexportal_does_not_do_is_not_sent(write: Any) -> None:
    case = FlexPortalCase()

    answer = case.open().send(write, in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert not case.exchanges


def test_a_payload_with_another_reference_is_not_sent() -> None:
    case = FlexPortalCase()
    write = case.purchase("QW-1")

    for other in ("QW-2", ""):
        answer = case.open().send(write.model_copy(update={"reference": other}), in_time())
        assert answer.kind is AnswerClass.NOT_SENT
    assert not case.exchanges


def test_the_journal_shows_ids_and_devices_and_nobody() -> None:
    case = FlexPortalCase()
    marketplace = case.open()
    marketplace.send(case.purchase("QW-1"), in_time())
    marketplace.customers("ada@contoso.example")  # type: ignore[attr-defined]

    order, customers = case.exchanges
    assert '"externalOrderId":"QW-1"' in (order.sent or "")
    assert '"sku":"LAPTOP-14","quantity":5' in (order.sent or "")
    assert '"orderId":"ord_' in (order.received or "")
    assert customers.path == "/v1/customers?email=•••&limit=100"
    for text in ("ada", "Canarina", "Calle", "contoso.example", "35001"):
        assert text not in repr(case.exchanges)


def test_a_refusal_that_repeats_a_name_or_an_address_is_told_without_them() -> None:
    words = "Canarina Canarison at Calle Canaria 1 in Canarytown (ada@contoso.example) may not order"

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.method == "POST"
        error = {"code": "VALIDATION_ERROR", "message": words, "details": [{"path": "customer", "message": words}]}
        return httpx.Response(400, json={"error": error})

    case = FlexPortalCase(httpx.MockTransport(handler))
    answer = case.open().send(case.purchase(), in_time())

    assert answer.kind is AnswerClass.REJECTED
    kept = repr([answer, case.exchanges])
    assert "may not order" in kept
    for canary in case.canaries:
        assert canary not in kept
