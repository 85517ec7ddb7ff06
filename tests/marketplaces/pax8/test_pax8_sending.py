"""When an answer to a purchase proves that it was carried out as sent."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pipeline.domain.claim import AnswerClass
from tests.contracts.adapters import Pax8Case, in_time

Change = Callable[[dict[str, Any]], Any]


def changed(change: Change) -> Pax8Case:
    """A case whose purchases are carried out, and their answers changed."""

    def handler(request: httpx.Request) -> httpx.Response:
        response = case.simulator(request)
        if request.method == "POST" and request.url.path.endswith("/orders"):
            return httpx.Response(200, content=json.dumps(change(response.json())))
        return response

    case = Pax8Case(httpx.MockTransport(handler))
    return case


def with_line(**fields: Any) -> Change:
    return lambda order: order | {"lineItems": [order["lineItems"][0] | fields, *order["lineItems"][1:]]}


SAME: dict[str, Change] = {
    "as it is": lambda order: order,
    "lines in another order": lambda order: order | {"lineItems": order["lineItems"][::-1]},
    "ids in capitals": lambda order: order | {"companyId": order["companyId"].upper()},
    "a quantity with a fraction of nothing": with_line(quantity=5.0),
    "no subscriptions yet": with_line(subscriptionId=None),
    "no term, which is optional": with_line(billingTerm=None),
    "a status": lambda order: order | {"status": "Submitted", "isMock": False},
}
ANOTHER: dict[str, Change] = {
    "another company": lambda order: order | {"companyId": "b0000000-0000-4000-8000-000000000008"},
    "no company": lambda order: {name: value for name, value in order.items() if name != "companyId"},
    "a dry run": lambda order: order | {"isMock": True},
    "another quantity": with_line(quantity=6),
    "another term": with_line(billingTerm="Annual"),
    "an unknown term": with_line(billingTerm="Weekly"),
    "no term, and another quantity": with_line(billingTerm=None, quantity=6),
    "no term, and a line twice": lambda order: (
        order | {"lineItems": [{**line, "billingTerm": None} for line in order["lineItems"]] * 2}
    ),
    "another product": with_line(productId="a0000000-0000-4000-8000-000000000099"),
    "a line less": lambda order: order | {"lineItems": order["lineItems"][1:]},
    "a line twice": lambda order: order | {"lineItems": [*order["lineItems"], order["lineItems"][0]]},
    "no lines": lambda order: order | {"lineItems": []},
    "lines null": lambda order: order | {"lineItems": None},
    "a list of it": lambda order: [order],
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
    assert answer.details[0].startswith("Pax8 answered")
    assert answer.details[1].startswith("HTTP 200")
