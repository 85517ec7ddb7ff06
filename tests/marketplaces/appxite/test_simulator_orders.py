"""Purchases at the simulated AppXite: who pays, what is bought, how it goes on, and what can be undone."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.appxite.simulator import AppXiteSimulator, Origin, catalogue, customers, offers
from tests.marketplaces.appxite.carts import (
    buy,
    cart,
    complaints,
    item,
    on_behalf_of,
    operate,
    operation,
    put_in_cart,
    read,
    with_form,
)

CONTOSO, TAILSPIN, WINGTIP = customers.CONTOSO.id, customers.TAILSPIN.id, customers.WINGTIP.id
DEFENDER, SERVER = catalogue.DEFENDER, catalogue.VIRTUAL_SERVER


def status(client: httpx.Client, order: dict[str, Any]) -> tuple[str | None, list[str | None]]:
    content = read(client, order)
    return content.get("OrderStatus"), [one.get("Status") for one in content["OrderItems"]]


def cancel(client: httpx.Client, order: dict[str, Any], **more: Any) -> httpx.Response:
    return client.post("/orders/cancel", params={"orderitemid": order["OrderItems"][0]["OrderItemId"]}, **more)


def test_a_placed_order_is_bought_and_provisioned(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    asked = item(quantity=7)
    bought = buy(client, asked)
    before = status(client, bought)
    simulator.clock.advance(2)

    assert before == ("provision_started", ["provision_started"])
    assert status(client, bought) == ("provision_finished", ["provision_finished"])
    assert bought["OrderItems"][0]["Operations"] == []
    assert simulator.world.writes == ["POST orders", "POST orders/operation place_order"]
    (made,) = simulator.world.bought
    assert (made.organisation_id, made.lines[0].id) == (CONTOSO, asked["OrderItemId"])
    assert [key[:3] for key in made.contents] == [(DEFENDER.id, 7, DEFENDER.plans[0].id)]


def test_the_wrong_organisation_in_the_header_buys_for_the_wrong_customer_with_success(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    made = put_in_cart(client, item(), headers=on_behalf_of(WINGTIP))
    answer = operate(client, made.json(), headers=on_behalf_of(WINGTIP))

    assert (made.status_code, answer.status_code) == (201, 200)
    assert [one.organisation_id for one in simulator.world.bought] == [WINGTIP]


@pytest.mark.parametrize(
    ("knob", "code", "buyers"),
    [("buys_for_header", 200, [WINGTIP]), ("buys_for_cart", 200, [CONTOSO]), ("refused", 404, [])],
)
def test_a_cart_placed_on_behalf_of_another(
    knob: Any, code: int, buyers: list[str], simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.placing_for_another = knob
    answer = operate(client, cart(client), headers=on_behalf_of(WINGTIP))

    assert answer.status_code == code
    assert [one.organisation_id for one in simulator.world.bought] == buyers


@pytest.mark.parametrize(("knob", "code"), [(False, 404), (True, 200)])
def test_an_order_is_read_on_behalf_of_its_buyer(
    knob: bool, code: int, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.reads_across_organisations = knob

    assert client.get(f"/orders/{buy(client)['OrderId']}", headers=on_behalf_of(WINGTIP)).status_code == code


@pytest.mark.parametrize(
    ("knob", "code", "purchases"), [("buys_again", 200, 2), ("refused", 409, 1), ("ignored", 200, 1)]
)
def test_an_order_that_is_placed_again(
    knob: Any, code: int, purchases: int, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.place_again = knob
    bought = buy(client)
    answer = operate(client, bought)

    assert answer.status_code == code
    assert len(simulator.world.bought) == purchases
    assert len({tuple(one.contents) for one in simulator.world.bought}) == 1


def test_the_whole_set_of_operations_of_the_cart_places_the_order(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    made = cart(client)

    assert operate(client, made, *made["OrderItems"][0]["Operations"]).status_code == 200
    assert len(simulator.world.bought) == 1


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (("buy",), "buy: no such operation"),
        (("delete", "update"), "Exactly one operation is required, the same for each item"),
    ],
)
def test_operations_that_make_no_sense_are_refused(
    names: tuple[str, ...], complaint: str, client: httpx.Client
) -> None:
    assert complaint in complaints(operate(client, cart(client), *names))


def test_no_operation_at_all_is_refused(client: httpx.Client) -> None:
    made = cart(client)
    body = {"OrderId": made["OrderId"], "OrderItems": [item(OrderItemId=made["OrderItems"][0]["OrderItemId"])]}

    assert "Exactly one operation is required, the same for each item" in complaints(
        client.post("/orders/operation", json=body)
    )


def test_items_of_different_operations_are_refused(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    body = operation(cart(client, item(), item()), "place_order")
    body["OrderItems"][1]["Operations"] = []

    assert client.post("/orders/operation", json=body).status_code == 400
    assert simulator.world.bought == []


def test_an_order_that_there_is_not_cannot_be_placed(client: httpx.Client) -> None:
    made = cart(client)

    assert operate(client, made | {"OrderId": "x"}).status_code == 404


def test_an_item_is_named_once_in_an_operation(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    made = cart(client)
    answer = operate(client, made | {"OrderItems": made["OrderItems"] * 2})

    assert answer.status_code == 400
    assert simulator.world.bought == []


def test_an_item_of_another_cart_cannot_be_placed(client: httpx.Client) -> None:
    made, other = cart(client), cart(client)
    answer = operate(client, made | {"OrderItems": other["OrderItems"]})

    assert "is not in this order" in complaints(answer)[1]


@pytest.mark.parametrize(("knob", "code", "quantities"), [("compared", 400, []), ("trusted", 200, [50])])
def test_form_data_that_differ_from_the_carts_are_refused_or_bought(
    knob: Any, code: int, quantities: list[int], simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    simulator.knobs.placed_form = knob
    made = cart(client)
    made["OrderItems"][0]["FormData"]["quantityBox1"] = 50

    assert operate(client, made).status_code == code
    assert [one.lines[0].quantity for one in simulator.world.bought] == quantities


def test_a_cart_can_be_placed_in_parts(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    made = cart(client, item(), item(SERVER))
    operate(client, made | {"OrderItems": made["OrderItems"][:1]})

    assert status(client, made) == ("provision_started", ["provision_started", None])
    assert [one.offer for one in simulator.world.bought[0].lines] == [DEFENDER]
    operate(client, made | {"OrderItems": made["OrderItems"][1:]})
    assert len(simulator.world.bought) == 1
    assert sum(simulator.world.bought[0].contents.values()) == 2


def test_a_placed_order_can_be_neither_deleted_nor_updated(client: httpx.Client) -> None:
    bought = buy(client)

    assert [operate(client, bought, name).status_code for name in ("delete", "update")] == [409, 409]


def test_orders_are_listed_only_once_they_are_placed(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    made = cart(client)

    def listed() -> list[str]:
        return [one["OrderId"] for one in client.get("/orders").json()["Items"]]

    before = listed()
    simulator.knobs.list_shows_carts = True
    shown = listed()
    simulator.knobs.list_shows_carts = False
    operate(client, made)

    assert (before, shown, listed()) == ([], [made["OrderId"]], [made["OrderId"]])


def test_the_list_is_of_one_organisation_the_newest_first_and_in_pages(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    bought = [buy(client)["OrderId"] for _ in range(3)]
    simulator.world.stranger_order(WINGTIP, [{"offer_id": DEFENDER.id}])
    pages = [client.get("/orders", params={"pageSize": 2, "pageNumber": number}).json() for number in (1, 2, 3)]

    assert [[one["OrderId"] for one in page["Items"]] for page in pages] == [bought[:0:-1], bought[:1], []]
    assert {page["TotalCount"] for page in pages} == {3}


@pytest.mark.parametrize("wish", [{"pageSize": 0}, {"pageSize": 101}, {"pageNumber": "x"}])
def test_a_page_that_cannot_be_is_refused(wish: dict[str, Any], client: httpx.Client) -> None:
    assert client.get("/orders", params=wish).status_code == 400


def test_reads_lag_behind_each_for_itself(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    knobs = simulator.knobs
    knobs.cart_read_lag, knobs.order_read_lag, knobs.order_list_lag = (timedelta(seconds=s) for s in (5, 10, 20))
    made = cart(client)
    path = f"/orders/{made['OrderId']}"

    fresh = client.get(path).status_code
    simulator.clock.advance(5)
    operate(client, made)
    at_once = client.get(path).json()
    simulator.clock.advance(10)

    assert fresh == 404
    assert at_once == made
    assert read(client, made)["OrderStatus"] == "provision_finished"
    assert client.get("/orders").json()["Items"] == []
    simulator.clock.advance(10)
    assert len(client.get("/orders").json()["Items"]) == 1


WALKS: dict[str, tuple[list[offers.Walk], str | None, list[str]]] = {
    "all of it": ([offers.automated(), offers.automated()], "provision_finished", ["provision_finished"] * 2),
    "none of it": ([offers.failing(), offers.failing()], "provision_failed", ["provision_failed"] * 2),
    "half of it": (
        [offers.automated(), offers.failing()],
        "Completed with errors",
        ["provision_finished", "provision_failed"],
    ),
    "half of it not yet": (
        [offers.automated(), offers.NEVER],
        "provision_started",
        ["provision_finished", "provision_started"],
    ),
    "a word that nobody knows": (
        [offers.automated(), offers.UNKNOWN_WORD],
        "provision_suspended",
        ["provision_finished", "provision_suspended"],
    ),
}


@pytest.mark.parametrize("how", WALKS)
def test_each_item_has_a_status_and_the_order_one_of_them_all(
    how: str, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    walks, of_order, of_items = WALKS[how]
    simulator.world.walk_next(*walks)
    bought = buy(client, item(), item())
    simulator.clock.advance(60)

    assert status(client, bought) == (of_order, of_items)


def test_either_status_may_be_missing_and_words_may_differ(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    bought = buy(client)
    simulator.knobs.status_on = "order"
    one = status(client, bought)
    simulator.knobs.status_on = "items"
    other = status(client, bought)
    simulator.knobs.status_on = "both"
    simulator.knobs.status_reads_as = {"provision_started": "Provisioning Started"}

    assert (one, other) == (("provision_started", [None]), (None, ["provision_started"]))
    assert status(client, bought) == ("Provisioning Started", ["Provisioning Started"])


def test_more_than_the_vendor_provisions_is_bought_and_fails(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    bought = buy(client, item(quantity=501))
    simulator.clock.advance(2)

    assert status(client, bought)[0] == "provision_failed"


@pytest.mark.parametrize(
    ("approve", "then", "later"),
    [(True, "provision_started", "provision_finished"), (False, "rejected", "rejected")],
    ids=["approved", "rejected"],
)
def test_a_manual_offer_waits_for_somebody(
    approve: bool, then: str, later: str, simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    bought = buy(client, item(catalogue.MANAGED_VOICE))
    simulator.knobs.bearer_needed = False
    simulator.clock.advance(timedelta(days=3))
    waiting = read(client, bought)
    order = simulator.world.bought[0]
    simulator.world.decide(order, approve=approve, vendorSubscriptionId="V-1")

    assert waiting["OrderStatus"] == "pending_approval"
    assert waiting["Links"]["approve"] == f"/orders/{order.id}/approve"
    assert status(client, bought)[0] == then
    simulator.clock.advance(2)
    assert status(client, bought)[0] == later
    assert order.lines[0].approval == {"vendorSubscriptionId": "V-1"}


def test_a_client_with_the_permission_may_approve_once(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    path = f"/orders/{buy(client, item(catalogue.MANAGED_VOICE))['OrderId']}/approve"
    without = client.post(path).status_code
    simulator.knobs.denied = []

    assert [without, client.post(path).status_code, client.post(path).status_code] == [403, 200, 409]


def test_a_client_with_the_permission_may_reject(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.knobs.denied = []
    answer = client.post(f"/orders/{buy(client, item(catalogue.MANAGED_VOICE))['OrderId']}/reject")

    assert answer.json()["OrderStatus"] == "rejected"
    assert simulator.world.writes[-1] == "POST orders/reject"


def test_only_what_was_provisioned_can_be_cancelled_and_once(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    made = cart(client)
    refused = [complaints(cancel(client, made))[0]]
    operate(client, made)
    refused.append(complaints(cancel(client, made))[0])
    simulator.clock.advance(2)
    done = cancel(client, made)
    refused.append(complaints(cancel(client, made))[0])

    assert [text.rpartition(" it is ")[2] for text in refused] == ["in the cart", "provision_started", "cancelled"]
    assert (done.status_code, done.json()["OrderItems"][0]["Status"]) == (200, "cancelled")
    assert simulator.world.writes[-1] == "POST orders/cancel"


def test_what_was_dropped_from_the_cart_is_not_there_to_cancel(client: httpx.Client) -> None:
    made = cart(client)
    operate(client, made, "delete")

    assert cancel(client, made).status_code == 404


def test_what_failed_cannot_be_cancelled(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.world.walk_next(offers.failing())
    bought = buy(client)
    simulator.clock.advance(2)

    assert complaints(cancel(client, bought))[0].endswith("it is provision_failed")


def test_an_item_is_cancelled_on_behalf_of_its_buyer_alone(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    bought = buy(client)
    simulator.clock.advance(2)

    assert cancel(client, bought, headers=on_behalf_of(WINGTIP)).status_code == 404
    assert client.post("/orders/cancel").status_code == 400
    assert cancel(client, bought).status_code == 200


def test_a_subscription_is_there_once_its_item_is_and_stays_disabled_after_it(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.get("/subscriptions").json()["Items"]
        return found

    bought = buy(client, item(SERVER, Orderedaddons=[{"AddonId": catalogue.RETENTION.id, "Quantity": 2}]))
    before = listed()
    simulator.clock.advance(2)
    (made,) = listed()
    add_ons = client.get(f"/subscriptions/{made['Id']}/addons").json()
    cancel(client, bought)

    assert before == []
    assert (made["OfferId"], made["Quantity"], made["SubscriptionState"]) == (SERVER.id, 5, "Enabled")
    assert add_ons == [{"Id": catalogue.RETENTION.id, "Name": "Long Retention", "Quantity": 2}]
    assert [one["SubscriptionState"] for one in listed()] == ["Disabled"]


def test_a_subscription_tells_its_limits_and_keeps_to_them(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.knobs.tells_subscription_id = True
    bought = buy(client)
    simulator.clock.advance(2)
    path = f"/subscriptions/{read(client, bought)['OrderItems'][0]['SubscriptionId']}"
    shown = client.get(path).json()

    assert (shown["MinAmount"], shown["MaxAmount"]) == (1, 500)
    assert [client.put(path, json={"Quantity": wish}).status_code for wish in (0, 501, 9)] == [400, 400, 200]
    assert client.get(path).json()["Quantity"] == 9


def test_a_subscription_that_is_disabled_or_anothers_is_not_changed(
    simulator: AppXiteSimulator, client: httpx.Client
) -> None:
    bought = buy(client)
    simulator.clock.advance(2)
    path = f"/subscriptions/{simulator.world.bought[0].lines[0].subscription_id}"
    anothers = client.put(path, json={"Quantity": 9}, headers=on_behalf_of(WINGTIP)).status_code
    cancel(client, bought)

    assert [anothers, client.put(path, json={"Quantity": 9}).status_code] == [404, 400]


def test_a_stranger_can_buy_the_very_same(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    simulator.knobs.stranger_probability = 1.0
    buy(client, with_form(SERVER, hostName="one"))

    assert [one.origin for one in simulator.world.orders][-2:] == [Origin.API, Origin.STRANGER]
    assert len({tuple(one.contents) for one in simulator.world.orders[-2:]}) == 1
    assert len({one.lines[0].id for one in simulator.world.orders[-2:]}) == 2
    assert len(simulator.world.bought) == 1
    assert client.get("/orders").json()["TotalCount"] == 2


def test_what_was_owned_before_is_no_purchase_of_ours(simulator: AppXiteSimulator, client: httpx.Client) -> None:
    owned = client.get("/subscriptions", headers=on_behalf_of(WINGTIP)).json()["Items"]

    assert [one["OfferId"] for one in owned] == [SERVER.id] * 2
    assert simulator.world.bought == []
    assert not simulator.world.outbox
