"""Notifications of the simulated AppXite: doubled, unsigned, about orders, and only as true as the moment."""

from typing import Any

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, Notification, catalogue, customers, offers
from tests.marketplaces.appxite.carts import buy, cart, item


def told(simulator: AppXiteSimulator) -> list[tuple[str, str, str]]:
    simulator.world.settle()
    return [(one.level, one.template, one.body["TemplateData"]["OrderStatus"]) for one in simulator.world.outbox]


def test_each_level_sends_its_own(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    buy(client)
    simulator.clock.advance(2)

    assert told(simulator) == [
        ("distributor", "OrderStatusChanged", "In progress"),
        ("seller", "OrderStatusChanged", "In progress"),
        ("distributor", "OrderStatusChanged", "Completed"),
        ("seller", "OrderStatusChanged", "Completed"),
    ]


@pytest.mark.parametrize(("shared", "ids"), [(True, 1), (False, 2)])
def test_the_two_may_share_an_audit_id(
    shared: bool, ids: int, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.hooks_share_audit_id = shared
    buy(client)
    simulator.world.settle()

    assert len({one.body["AuditId"] for one in simulator.world.outbox}) == ids


def test_a_body_is_as_the_vendor_documents_it(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    asked = item()
    bought = buy(client, asked)
    simulator.world.settle()
    body = simulator.world.outbox[0].body

    assert {name: body[name] for name in body if name != "AuditId"} == {
        "Subject": None,
        "TemplateName": "OrderStatusChanged",
        "TemplateData": {
            "OrderId": bought["OrderId"],
            "OrganizationId": customers.CONTOSO.id,
            "OrganizationName": "Contoso",
            "OrderStatus": "In progress",
        },
        "TemplateLoopData": [{"OrderItemId": asked["OrderItemId"], "OfferName": "Mail Defence", "Quantity": 5}],
        "TemplateNestedLoopData": [{"OrderItemId": asked["OrderItemId"], "UnitPrice": 2.4, "Currency": "USD"}],
    }


def test_a_cart_is_nobodys_news(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    cart(client)

    assert told(simulator) == []


WALKS: dict[str, tuple[list[offers.Walk], list[str]]] = {
    "one after the other": ([offers.automated(1), offers.automated(9)], ["In progress", "Completed"]),
    "one of them": ([offers.automated(1), offers.failing(9)], ["In progress", "Completed with errors"]),
    "neither": ([offers.failing(1), offers.failing(2)], ["In progress", "Completed with errors"]),
    "not all": ([offers.automated(1), offers.NEVER], ["In progress"]),
}


@pytest.mark.parametrize("how", WALKS)
def test_an_order_is_complete_with_its_last_item(how: str, simulator: AppXiteSimulator, client: httpx.Client) -> None:
    walks, words = WALKS[how]
    simulator.knobs.hooks = ["seller"]
    simulator.world.walk_next(*walks)
    buy(client, item(), item())
    simulator.clock.advance(60)

    assert [status for _, _, status in told(simulator)] == words


def test_waiting_for_approval_is_an_event_of_its_own(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.knobs.hooks, simulator.knobs.hook_authorization = ["seller"], "Basic eDp5"
    buy(client, item(catalogue.MANAGED_VOICE))
    told(simulator)
    simulator.world.decide(simulator.world.bought[0], approve=True)
    simulator.clock.advance(60)

    assert [template for _, template, _ in told(simulator)] == ["OrderPendingApproval", *["OrderStatusChanged"] * 2]
    assert {one.authorization for one in simulator.world.outbox} == {"Basic eDp5"}


def test_notifications_are_handed_to_whoever_delivers_them(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    delivered: list[Notification] = []
    simulator.world.deliver = delivered.append
    buy(client)
    simulator.world.settle()

    assert delivered == list(simulator.world.outbox)
    assert delivered


def test_what_became_of_an_item_meanwhile_is_not_announced(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.knobs.hooks = ["seller"]
    bought: dict[str, Any] = buy(client)
    told(simulator)
    simulator.world.set_status(bought["OrderItems"][0]["OrderItemId"], "provision_failed")
    simulator.clock.advance(60)

    assert [status for _, _, status in told(simulator)] == ["In progress", "Completed with errors"]
