"""What can be read at the simulated Limio: objects, lists that go on by a token, offers, customers, baskets."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.limio.simulator import LimioSimulator, catalogue, customers
from tests.marketplaces.limio.requests import CONTOSO, basket, item, live, order, read, rows, submit


def test_rows_of_a_list_are_summaries_without_our_reference(simulator: LimioSimulator, client: httpx.Client) -> None:
    answer = submit(simulator, client, external_id="EXT-1")
    (row,) = rows(client, "orders")

    assert row["id"] == answer["id"]
    assert "external_id" not in row
    assert read(client, "orders", row["id"])["external_id"] == "EXT-1"


def test_a_tenant_may_show_our_reference_in_its_lists(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.list_shows_external_id = True
    submit(simulator, client, external_id="EXT-1")

    assert rows(client, "orders")[0]["external_id"] == "EXT-1"


def test_an_order_reads_with_what_was_asked_for(simulator: LimioSimulator, client: httpx.Client) -> None:
    content = order(simulator, client)
    answer = client.post("/partner/order", json=content).json()
    told = read(client, "orders", answer["id"])

    assert {name: told[name] for name in ("id", "order_reference", "external_id", "subscriptionReference")} == {
        name: answer[name] for name in ("id", "order_reference", "external_id", "subscriptionReference")
    }
    assert told["data"]["orderItems"] == content["orderItems"]
    assert told["data"]["checkoutId"] == content["checkoutId"]


def test_a_tenant_may_find_a_subscription_by_its_reference(simulator: LimioSimulator, client: httpx.Client) -> None:
    path = f"/objects/limio/subscriptions/{submit(simulator, client)['subscriptionReference']}"
    by_id_alone = client.get(path).status_code
    simulator.knobs.reads_by_reference = True

    assert by_id_alone == 404
    assert client.get(path).json()["ref"].startswith(simulator.world.bought[0].id)


def test_a_list_goes_on_by_its_token_from_the_newest(simulator: LimioSimulator, client: httpx.Client) -> None:
    world = simulator.world
    world.seed_orders(world.customers[CONTOSO.id], 7, world.item(catalogue.BACKUP.id))
    newest = submit(simulator, client)["id"]
    found = [one["id"] for one in rows(client, "orders", limit=3)]

    assert found == [one.id for one in reversed(world.orders)]
    assert found[0] == newest
    assert [one.id for one in world.bought] == [newest]


def test_a_list_that_grows_while_it_is_read_shows_rows_twice(simulator: LimioSimulator, client: httpx.Client) -> None:
    world = simulator.world
    world.seed_orders(world.customers[CONTOSO.id], 4, world.item(catalogue.BACKUP.id))
    first = client.get("/objects/limio/orders", params={"limit": 2}).json()
    submit(simulator, client)
    second = client.get("/objects/limio/orders", params={"limit": 2, "queryMore": first["queryMore"]}).json()

    assert second["items"][0]["id"] == first["items"][1]["id"]


def test_a_token_is_for_its_list_and_for_a_while(simulator: LimioSimulator, client: httpx.Client) -> None:
    world = simulator.world
    world.seed_orders(world.customers[CONTOSO.id], 4, world.item(catalogue.BACKUP.id))
    more = client.get("/objects/limio/orders", params={"limit": 2}).json()["queryMore"]
    others = client.get("/objects/limio/process", params={"queryMore": more}).status_code
    nobodys = client.get("/objects/limio/orders", params={"queryMore": "abc"}).status_code
    simulator.clock.advance(301)
    late = client.get("/objects/limio/orders", params={"queryMore": more})

    assert (others, nobodys, late.status_code) == (400, 400, 400)
    assert late.json() == {"message": "queryMore has expired"}


@pytest.mark.parametrize(
    "path",
    [
        "/objects/limio/orders/order-0",
        "/objects/limio/subscriptions/sub-0",
        "/objects/zuora/customers/x",
        "/objects/limio/events/x",
        "/partner/checkout/basket-0",
        "/partner/checkout/subscription",
        "/nothing-of-that-kind",
    ],
)
def test_what_is_not_there_is_a_404(path: str, client: httpx.Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, list(answer.json())) == (404, ["message"])


@pytest.mark.parametrize("path", ["/objects/stripe/orders", "/objects/limio/baskets", "/objects/limio/orders?limit=0"])
def test_what_no_list_is_called_is_a_400(path: str, client: httpx.Client) -> None:
    assert client.get(path).status_code == 400


def test_the_list_and_the_single_read_lag_each_for_itself(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.order_list_lag, simulator.knobs.order_read_lag = timedelta(seconds=20), timedelta(seconds=5)
    simulator.knobs.subscription_read_lag = timedelta(seconds=25)
    key = submit(simulator, client)["id"]

    def seen() -> tuple[int, int, int]:
        return len(rows(client, "orders")), client.get(f"/objects/limio/orders/{key}").status_code, len(subscribed())

    def subscribed() -> list[dict[str, Any]]:
        return [one for one in rows(client, "subscriptions") if one["ref"].startswith(key)]

    steps = [seen()]
    for seconds in (5, 15, 5):
        simulator.clock.advance(seconds)
        steps.append(seen())

    assert steps == [(0, 404, 0), (0, 200, 0), (1, 200, 0), (1, 200, 1)]


def test_a_basket_is_completed_by_the_order_made_from_it(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.basket_lag = timedelta(seconds=5)
    key = basket(client, item(simulator))
    path = f"/partner/checkout/{key}"
    seen = [client.get(path).json()["completed"]]
    submit(simulator, client, checkoutId=key)
    for seconds in (0, 5):
        simulator.clock.advance(seconds)
        seen.append(client.get(path).json()["completed"])

    assert seen == [False, False, True]
    assert client.get(path).json()["order"]["checkoutId"] == key


def test_a_basket_needs_items_and_a_reference_and_can_be_written_over(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    wanted = {"orderItems": [item(simulator)], "external_id": "QW-1"}
    lacking = client.post("/partner/checkout", json={"order": {}})
    key = client.post("/partner/checkout", json={"order": wanted}).json()["id"]
    again = client.post("/partner/checkout", json={"id": key, "order": wanted | {"country": "GB"}}).json()

    assert lacking.status_code == 400
    assert "order.external_id is required" in lacking.json()["message"]
    assert again == {"id": key}
    assert client.get(f"/partner/checkout/{key}").json()["order"]["country"] == "GB"


def test_a_change_begins_with_a_recaptcha_and_goes_on_by_a_cookie(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    path, wanted = "/partner/checkout/subscription", {"forSubscription": {"id": live(simulator, client)}}
    human = {"x-limio-recaptcha": "token"}
    machine = client.post(path, json=wanted).status_code
    begun = client.post(path, json=wanted, headers=human)
    kept = client.get(path)
    simulator.world.subscriptions[wanted["forSubscription"]["id"]].locked_until = simulator.world.now + timedelta(1)

    assert (machine, begun.status_code) == (400, 200)
    assert kept.json() == begun.json()
    assert kept.json()["completed"] is False
    assert client.post(path, json=wanted, headers=human).status_code == 423


def test_customers_are_found_by_a_part_of_anything(client: httpx.Client) -> None:
    found = client.get("/partner/customer", params={"filter": CONTOSO.email}).json()

    assert {one["data"]["email"] for one in found["items"]} == {CONTOSO.email, customers.LADA.email}
    assert found["hits"] == 2


def test_customers_come_forty_at_a_time(client: httpx.Client) -> None:
    first = client.get("/partner/customer").json()
    second = client.get("/partner/customer", params={"queryMore": first["queryMore"]}).json()

    assert (len(first["items"]), first["hits"]) == (40, 50)
    assert CONTOSO.email not in {one["data"]["email"] for one in first["items"]}
    assert len(second["items"]) == 10
    assert "queryMore" not in second


def test_offers_are_those_of_the_partner_in_their_current_version(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    old = catalogue.BACKUP.version
    simulator.world.reprice(catalogue.BACKUP.id, price=Decimal("9.00"))
    found = {one["id"]: one for one in client.get("/offers/v2").json()["items"]}
    backup = found[catalogue.BACKUP.id]

    assert found.keys().isdisjoint({catalogue.SOVEREIGN.id, catalogue.SHOP_ONLY.id})
    assert backup["version"] == simulator.world.offers[catalogue.BACKUP.id].version != old
    assert backup["data"]["attributes"]["price__limio"][0]["value"] == "9.00"


def test_offers_come_in_pages_only_when_all_are_asked_for(client: httpx.Client) -> None:
    one = client.get("/offers/v2", params={"opt.pageSize": 3}).json()
    first = client.get("/offers/v2", params={"opt.pageSize": 3, "opt.all": "true"}).json()
    more = {"opt.pageSize": 3, "opt.all": "true", "opt.queryMoreFrom": first["queryMore"]["from"]}
    second = client.get("/offers/v2", params=more).json()

    assert (len(one["items"]), one["hits"], "queryMore" in one) == (3, 4, False)
    assert len(second["items"]) == 1
    assert "queryMore" not in second


def test_offers_are_found_by_attribute_path_and_id(client: httpx.Client) -> None:
    def names(**query: str) -> list[str]:
        return [one["name"] for one in client.get("/offers/v2", params=query).json()["items"]]

    assert names(**{"attributes.countries__limio": "GB"}) == [catalogue.MAILBOX_UK.name]
    assert names(id=catalogue.FIREWALL.id) == [catalogue.FIREWALL.name]
    assert names(path=catalogue.RETENTION.path) == [catalogue.RETENTION.name]


def test_published_items_are_of_one_record_type(client: httpx.Client) -> None:
    add_ons = client.get("/published_catalog_items", params={"record_type": "add_on"}).json()["items"]

    assert [one["id"] for one in add_ons] == [catalogue.RETENTION.id]
    assert client.get("/published_catalog_items").status_code == 400


def test_a_page_of_the_catalogue_beyond_the_cap_is_a_502(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.largest_answer = 500

    assert client.get("/offers/v2").status_code == 502
    simulator.knobs.largest_answer = 1000
    assert client.get("/offers/v2", params={"opt.pageSize": 1}).status_code == 200


def test_invoices_are_for_what_billing_has_taken(simulator: LimioSimulator, client: httpx.Client) -> None:
    submit(simulator, client)
    early = client.get("/partner/invoices").json()["items"]
    simulator.clock.advance(10)
    late = client.get("/partner/invoices", params={"pageSize": 1}).json()

    assert early == []
    assert [one["amount"] for one in late["items"]] == ["35.00"]
