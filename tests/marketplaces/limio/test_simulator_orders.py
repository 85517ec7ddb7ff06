"""Orders at the simulated Limio: what is refused and how, what comes back, and what does not."""

from collections import Counter
from typing import Any

import httpx
import pytest

from pipeline.marketplaces.limio.simulator import LimioSimulator, Origin, catalogue, customers
from tests.marketplaces.limio.requests import CONTOSO, basket, item, live, order, read, submit

BACKUP = catalogue.BACKUP.id
MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "no order type": ({"order_type": None}, "order_type must be one of"),
    "a gift": ({"order_type": "gift"}, "order_type must be one of"),
    "no checkout": ({"checkoutId": None}, "checkoutId is required"),
    "a checkout of nobody's": ({"checkoutId": "basket-1"}, "checkoutId is not a basket"),
    "no country": ({"country": None}, "country is required"),
    "no items": ({"orderItems": []}, "orderItems must hold at least one item"),
    "no version of the offer": ({"orderItems": [{"offer": {"id": BACKUP}}]}, "offer.version is required"),
    "no payment": ({"payment": None}, "payment.type must be one of"),
    "a token for payment that is none": ({"payment": {"type": "token"}}, "payment.token is required"),
    "card data": ({"payment": {"type": "invoice", "cardNumber": "4"}}, "must not hold card data"),
    "nobody to order for": ({"customerDetails": None}, "customerDetails.email is required"),
    "a number for its reference": ({"external_id": 7}, "external_id must be a text"),
    "a change of nothing": ({"order_type": "change_offer"}, "forSubscription.id is required"),
}
OF_NO_USE: dict[str, tuple[dict[str, Any], str]] = {
    "a country's name": ({"country": "Germany"}, "country must be a code"),
    "an address that is none": ({"customerDetails": {"email": "ada"}}, "must be an e-mail address"),
    "an unknown offer": ({"orderItems": [{"offer": {"id": "x", "version": "y"}, "quantity": 1}]}, "no such offer"),
    "an unknown version": ({"orderItems": [{"offer": {"id": BACKUP, "version": "y"}}]}, "no such version"),
    **{
        f"quantity {given!r}": (
            {"orderItems": [{"offer": {"id": BACKUP, "version": catalogue.BACKUP.version}, "quantity": given}]},
            "quantity must be a whole number above 0",
        )
        for given in (0, -1, 2.5, "5", True, [5])
    },
}


@pytest.mark.parametrize("why", MALFORMED)
def test_what_lacks_in_an_order_is_a_400(why: str, simulator: LimioSimulator, client: httpx.Client) -> None:
    fields, complaint = MALFORMED[why]

    answer = client.post("/partner/order", json=order(simulator, client, **fields))

    assert answer.status_code == 400
    assert complaint in answer.json()["message"]
    assert simulator.world.bought == []


@pytest.mark.parametrize("why", OF_NO_USE)
def test_what_billing_cannot_use_is_a_502_that_says_nothing(
    why: str, simulator: LimioSimulator, client: httpx.Client
) -> None:
    fields, complaint = OF_NO_USE[why]
    content = order(simulator, client, **fields)

    silent = client.post("/partner/order", json=content)
    simulator.knobs.bad_gateway_says_why = True
    told = client.post("/partner/order", json=content)

    assert (silent.status_code, silent.json()) == (502, {"message": "Bad Gateway"})
    assert complaint in told.json()["message"]
    assert simulator.world.bought == []


def test_a_502_for_a_bad_order_reads_as_one_that_passes_by_itself(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.faults.add(match=("POST", "/api/partner/order"), kind=502, when="after")
    made = client.post("/partner/order", json=order(simulator, client))
    refused = client.post("/partner/order", json=order(simulator, client, item(simulator, quantity=0)))

    assert (made.status_code, made.content) == (refused.status_code, refused.content)
    assert len(simulator.world.bought) == 1


@pytest.mark.parametrize("way", ["400", "502"])
def test_a_tenant_may_have_one_status_for_every_bad_order(
    way: Any, simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.bad_payload = way
    contents = [
        order(simulator, client, **fields)
        for fields in ({"payment": None}, {"orderItems": [item(simulator, quantity=0)]})
    ]

    assert [client.post("/partner/order", json=one).status_code for one in contents] == [int(way)] * 2


@pytest.mark.parametrize("body", [b"", b"{", b"[]"], ids=["empty", "half", "a list"])
def test_a_body_that_is_no_object_is_a_400(body: bytes, client: httpx.Client) -> None:
    assert client.post("/partner/order", content=body).status_code == 400


REFUSED = {
    "another partner's offer": (catalogue.SOVEREIGN.id, 1, "Sovereign Cloud is not available to"),
    "an offer of the shop": (catalogue.SHOP_ONLY.id, 1, "Shop Starter is not sold through partners"),
    "another country's offer": (catalogue.MAILBOX_UK.id, 1, "Hosted Mailbox UK is not available in US"),
    "too many": (catalogue.FIREWALL.id, 51, "limited to a quantity of 50"),
    "an add-on by itself": (catalogue.RETENTION.id, 1, "requires Cloud Backup Standard Monthly"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_eligibility_is_refused_by_the_order_and_not_by_its_preview(
    why: str, simulator: LimioSimulator, client: httpx.Client
) -> None:
    offer_id, quantity, reason = REFUSED[why]
    content = order(simulator, client, item(simulator, offer_id, quantity))

    previewed = client.post("/partner/order/preview", json=content)
    refused = client.post("/partner/order", json=content)

    assert previewed.status_code == 200
    assert refused.status_code == 400
    assert refused.json()["message"].startswith("Order is not eligible: ")
    assert reason in refused.json()["message"]
    assert simulator.world.bought == []


def test_a_partner_without_a_billing_account_cannot_order(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.world.partner.zuora_account_id = None

    answer = client.post("/partner/order", json=order(simulator, client))

    assert "zuoraAccountId" in answer.json()["message"]


def test_an_add_on_goes_with_its_offer_or_with_one_that_is_live(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    add_on = item(simulator, catalogue.RETENTION.id, 1)
    parent = {"email": customers.TAILSPIN_ONE_PARENT.email.upper()}

    submit(simulator, client, item(simulator), add_on)
    submit(simulator, client, add_on, customerDetails=parent)

    assert [len(one.items) for one in simulator.world.bought] == [2, 1]
    assert simulator.world.bought[1].customer.id == customers.TAILSPIN_ONE_PARENT.id


def test_an_order_is_echoed_and_queued(simulator: LimioSimulator, client: httpx.Client) -> None:
    content = order(simulator, client, external_id="EXT-1")
    answer = client.post("/partner/order", json=content).json()
    made = simulator.world.bought[0]

    assert made.subscription is not None
    assert answer == {
        "id": made.id,
        "order_reference": made.reference,
        "status": "pending",
        "external_id": "EXT-1",
        "subscriptionReference": made.subscription.reference,
        "owner": made.customer.owner,
        "mode": "production",
    }
    assert made.contents == Counter({(BACKUP, 5, None): 1})
    assert (made.checkout_id, made.partner) == (content["checkoutId"], simulator.world.partner.name)
    assert simulator.world.writes == ["POST checkout", "POST order"]


@pytest.mark.parametrize("fields", [(), ("status",), ("external_id", "owner")])
def test_every_field_of_the_answer_is_optional(
    fields: tuple[str, ...], simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.answer_fields, simulator.knobs.unknown_fields = fields, False

    assert set(submit(simulator, client)) == set(fields)
    assert len(simulator.world.bought) == 1


def test_an_order_without_a_reference_of_ours_has_none(simulator: LimioSimulator, client: httpx.Client) -> None:
    answer = submit(simulator, client, external_id=None)

    assert "external_id" not in answer
    assert "external_id" not in read(client, "orders", answer["id"])


def test_an_external_id_is_compared_with_nothing(simulator: LimioSimulator, client: httpx.Client) -> None:
    content = order(simulator, client, external_id="EXT-1")
    first, second = (client.post("/partner/order", json=content).json() for _ in range(2))

    assert first["id"] != second["id"]
    assert [one.external_id for one in simulator.world.bought] == ["EXT-1", "EXT-1"]


def test_a_second_order_from_one_checkout_may_be_refused_or_answered_with_the_first(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    content = order(simulator, client)
    first = client.post("/partner/order", json=content).json()
    simulator.knobs.repeated_basket = "same_order"
    again = client.post("/partner/order", json=content).json()
    simulator.knobs.repeated_basket = "refused"
    refused = client.post("/partner/order", json=content)

    assert again == first
    assert (refused.status_code, "already completed" in refused.json()["message"]) == (400, True)
    assert len(simulator.world.bought) == 1


@pytest.mark.parametrize(("policy", "status", "price"), [("refused", 502, None), ("old_price", 200, "7.00")])
def test_a_version_that_has_been_replaced_is_refused_or_bought_at_its_price(
    policy: Any, status: int, price: str | None, simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.stale_version = policy
    old = item(simulator)
    simulator.world.reprice(BACKUP, factor=catalogue.FIREWALL.price)
    answer = client.post("/partner/order", json=order(simulator, client, old))

    assert client.post("/partner/order/preview", json={"orderItems": [old]}).status_code == 200
    assert answer.status_code == status
    assert [str(one.items[0].price) for one in simulator.world.bought] == ([price] if price else [])


def test_a_customer_is_found_by_address_in_any_letters_or_made_by_the_order(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    before = len(simulator.world.customers)
    submit(simulator, client, customerDetails={"email": CONTOSO.email.upper()})
    for _ in range(2):
        submit(simulator, client, customerDetails={"email": customers.NORTHWIND_EMAIL, "company": "Northwind Traders"})

    assert [one.customer.company for one in simulator.world.bought] == ["Contoso"] + ["Northwind Traders"] * 2
    assert len(simulator.world.customers) == before + 1


def test_a_refused_order_makes_no_customer(simulator: LimioSimulator, client: httpx.Client) -> None:
    before = len(simulator.world.customers)
    content = order(simulator, client, payment=None, customerDetails={"email": customers.NORTHWIND_EMAIL})
    client.post("/partner/order", json=content)

    assert len(simulator.world.customers) == before


def test_a_change_of_offer_replaces_what_a_subscription_holds_and_buys_no_other(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    key = live(simulator, client)
    changed = {"order_type": "change_offer", "forSubscription": {"id": key}, "payment": None}
    answer = submit(simulator, client, item(simulator, catalogue.FIREWALL.id, 2), **changed)
    before = read(client, "subscriptions", key)
    simulator.clock.advance(5)
    after = read(client, "subscriptions", key)

    assert answer["subscriptionReference"] == before["reference"] == after["reference"]
    assert before["data"]["orderItems"][0]["offer"]["id"] == BACKUP
    assert after["data"]["orderItems"] == [item(simulator, catalogue.FIREWALL.id, 2)]
    assert after["status"] == "active"
    assert simulator.world.bought[-1].contents == Counter({(catalogue.FIREWALL.id, 2, key): 1})


def test_a_subscription_is_locked_while_a_change_of_it_is_pending(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    key = live(simulator, client)
    changed = {"order_type": "update_subscription", "forSubscription": {"id": key}}
    submit(simulator, client, item(simulator, quantity=7), **changed)
    content = order(simulator, client, item(simulator, quantity=8), **changed)
    locked = client.post("/partner/order", json=content)
    simulator.clock.advance(5)

    assert locked.status_code == 423
    assert client.post("/partner/order", json=content).status_code == 200


def test_a_cancelled_subscription_is_cancelled_and_then_changed_no_more(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    key = live(simulator, client)
    cancel = {"order_type": "cancel", "forSubscription": {"id": key}, "orderItems": None}
    submit(simulator, client, item(simulator), **cancel)
    simulator.clock.advance(5)
    again = client.post("/partner/order", json=order(simulator, client, item(simulator), **cancel))

    assert read(client, "subscriptions", key)["status"] == "cancelled"
    assert again.status_code == 502
    assert len(simulator.world.bought) == 1


def test_what_changes_no_money_is_an_order_and_not_bought(simulator: LimioSimulator, client: httpx.Client) -> None:
    key = live(simulator, client)
    submit(simulator, client, order_type="address", forSubscription={"id": key})

    assert len(simulator.world.orders) == 2
    assert len(simulator.world.bought) == 1


def test_a_change_of_an_unknown_subscription_is_a_404(simulator: LimioSimulator, client: httpx.Client) -> None:
    content = order(simulator, client, order_type="change_offer", forSubscription={"id": "sub-0"})

    assert client.post("/partner/order", json=content).status_code == 404


def test_only_a_partners_order_is_attributed_and_asked_for_eligibility(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    content = order(simulator, client, item(simulator, catalogue.MAILBOX_UK.id))

    assert client.post("/order", json=content).status_code == 200
    assert client.post("/admin/order", json=content | {"forPartner": {"name": "x"}}).status_code == 400
    partner = {"forPartner": {"name": simulator.world.partner.name}}
    assert client.post("/admin/order", json=content | partner).status_code == 400
    assert [one.partner for one in simulator.world.bought] == [None]


def test_a_stranger_can_buy_the_very_same(simulator: LimioSimulator, client: httpx.Client) -> None:
    simulator.knobs.stranger_probability = 1.0
    submit(simulator, client)
    simulator.world.stranger_order(CONTOSO.id, [{"offer_id": BACKUP, "quantity": 5}])

    assert [one.origin for one in simulator.world.orders] == [Origin.API, Origin.STRANGER, Origin.STRANGER]
    assert len({tuple(one.contents.items()) for one in simulator.world.orders}) == 1
    assert len(simulator.world.bought) == 1


def test_equal_seeds_and_equal_calls_make_equal_orders() -> None:
    def answers() -> list[dict[str, Any]]:
        simulator = LimioSimulator(seed=7)
        with simulator.client() as client:
            return [submit(simulator, client) for _ in range(2)]

    assert answers() == answers()


def test_a_checkout_is_needed_only_where_the_tenant_looks_for_it(
    simulator: LimioSimulator, client: httpx.Client
) -> None:
    simulator.knobs.checkout_must_exist = False

    assert submit(simulator, client, checkoutId="basket-of-nobody")["id"]
    assert basket(client, item(simulator)).startswith("basket-")
