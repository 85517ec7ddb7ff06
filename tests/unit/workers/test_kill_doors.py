"""What a worker that is struck had in flight, as the kill drill counts it at each marketplace."""

from __future__ import annotations

import json

import pytest

from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import Call, SimulatedClock
from workers.drills.kills.door import Door


def operation(word: str) -> bytes:
    return json.dumps({"OrderId": "o", "OrderItems": [{"Operations": [word]}]}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("name", "method", "target", "body", "purchases"),
    [
        pytest.param(Simulated.PAX8, "POST", "/v1/orders", b"{}", 1, id="an order at Pax8"),
        pytest.param(Simulated.PAX8, "POST", "/v1/orders?isMock=true", b"{}", 0, id="its dry run"),
        pytest.param(Simulated.PAX8, "GET", "/v1/orders", b"", 0, id="a list of orders"),
        pytest.param(Simulated.APPXITE, "POST", "/orders/operation", operation("place_order"), 1, id="a cart placed"),
        pytest.param(Simulated.APPXITE, "POST", "/orders/operation", operation("delete"), 0, id="a cart thrown away"),
        pytest.param(Simulated.APPXITE, "POST", "/orders/", b"{}", 0, id="a cart filled"),
        pytest.param(Simulated.FLEXPORTAL, "POST", "/v1/orders", b"{}", 1, id="an order at FlexPortal"),
        pytest.param(Simulated.FLEXPORTAL, "POST", "/v1/subscriptions", b"{}", 0, id="a device handed out"),
        pytest.param(Simulated.LIMIO, "POST", "/api/partner/order", b"{}", 1, id="an order at Limio"),
        pytest.param(Simulated.LIMIO, "POST", "/api/partner/order/preview", b"{}", 0, id="its preview"),
    ],
)
def test_a_purchase_is_in_flight_until_it_is_answered_or_its_sender_struck(
    name: Simulated, method: str, target: str, body: bytes, purchases: int
) -> None:
    door = Door(name, name.make(SimulatedClock()))
    answered = door.arrive(Call.to(method, target, {}, body))
    door.leave(answered)
    assert door.buying == 0

    door.arrive(Call.to(method, target, {}, body))

    assert door.buying == purchases
    assert door.cut() == (purchases, 1)
    assert door.cut() == (0, 0)
