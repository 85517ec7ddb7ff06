"""What goes out to AppXite, on whose behalf, and when its answer proves that it was done."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.claim import AnswerClass, FillBasket
from pipeline.domain.errors import Refused
from pipeline.marketplaces.appxite.account import AppXiteAccount
from pipeline.marketplaces.appxite.references import item_id
from pipeline.marketplaces.appxite.simulator import (
    DEMO_PORTAL,
    DEMO_SUBSCRIPTION_KEY,
    AppXiteSimulator,
    catalogue,
    customers,
)
from pipeline.marketplaces.appxite.simulator.templates import templates
from pipeline.marketplaces.simulation.exchange import Call, Reply
from pipeline.marketplaces.simulation.routing import Route
from tests.contracts.appxite_case import a_line
from tests.contracts.simulated import in_time
from tests.marketplaces.appxite.buying import CART, PURCHASE, Bench


class Listening(AppXiteSimulator):
    """Keeps every call that gets through to it."""

    def handle(self, call: Call, route: Route) -> Reply:
        self.__dict__.setdefault("heard", []).append(call)
        return super().handle(call, route)

    @property
    def calls(self) -> list[Call]:
        return list(self.__dict__.get("heard", []))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_every_call_has_the_five_headers_and_is_for_its_own_organisation() -> None:
    simulator = Listening()
    bench = Bench(simulator=simulator)
    shop = bench.shop()
    for organisation in (customers.CONTOSO, customers.TAILSPIN):
        shop.send(bench.in_cart(bench.purchase(reference=organisation.name, organisation=organisation)), in_time())
        shop.prices(catalogue.DEFENDER.id, organisation.id)

    made = [call for call in simulator.calls if "oauth2" not in call.path]

    assert [call.headers["x-on-behalf-of"] for call in made] == [customers.CONTOSO.id] * 3 + [customers.TAILSPIN.id] * 3
    for call in made:
        assert call.headers["referer"] == DEMO_PORTAL
        assert call.headers["ocp-apim-subscription-key"] == DEMO_SUBSCRIPTION_KEY
        assert call.headers["api-version"] == "3.1"
        assert call.headers["authorization"].startswith("Bearer ")
        assert "x-use-cache" not in call.headers


def test_the_portal_may_be_named_in_the_older_header() -> None:
    bench = Bench(options={"portal_header": "X-Referer"})
    bench.knobs.portal_header = "x-referer"

    assert bench.bought()


def test_a_call_for_no_customer_is_on_behalf_of_our_own_organisation_if_that_is_set() -> None:
    simulator = Listening()
    Bench(simulator=simulator, options={"organisation": customers.WINGTIP.id}).shop().companies()

    (call,) = [call for call in simulator.calls if call.path == "/customers"]
    assert call.headers["x-on-behalf-of"] == customers.WINGTIP.id


def test_ids_of_items_come_from_reference_cart_and_line_alone(bench: Bench) -> None:
    wanted = bench.purchase(a_line(1, catalogue.DEFENDER.id, 5), a_line(2, catalogue.MANAGED_VOICE.id, 1))

    bench.in_cart(wanted)
    bench.in_cart(wanted, number=2)

    first, second = bench.world.carts
    assert [item.id for item in first.items] == [item_id("QW-BENCH", 1, 1), item_id("QW-BENCH", 1, 2)]
    assert {item.id for item in first.items}.isdisjoint(item.id for item in second.items)


@pytest.mark.parametrize("what", ["basket", "company", "payload", "filled"])
def test_a_purchase_that_is_not_of_one_organisation_throughout_is_not_sent(bench: Bench, what: str) -> None:
    """The wrong X-On-Behalf-Of would buy for the wrong customer, with an answer as good as any."""
    ours = bench.in_cart()
    theirs = bench.in_cart(bench.purchase(organisation=customers.TAILSPIN))
    filled = ours.filled
    assert filled is not None
    changes: dict[str, dict[str, Any]] = {
        "basket": {"basket": theirs.basket},
        "company": {"company_id": customers.TAILSPIN.id},
        "payload": {"payload": theirs.payload},
        "filled": {"filled": filled.model_copy(update={"company_id": customers.TAILSPIN.id})},
    }

    answer = bench.shop().send(ours.model_copy(update=changes[what]), in_time())

    assert answer.kind is AnswerClass.NOT_SENT
    assert bench.simulator.traffic.calls["POST /orders/operation"] == 0


def test_a_cart_whose_payload_is_for_another_organisation_is_not_filled(bench: Bench) -> None:
    fill = bench.fill().model_copy(update={"company_id": customers.TAILSPIN.id})

    assert bench.shop().send(fill, in_time()).kind is AnswerClass.NOT_SENT


def test_a_cart_for_one_organisation_is_never_what_another_one_wants(bench: Bench) -> None:
    shop = bench.shop()

    assert shop.compose(bench.purchase()) != shop.compose(bench.purchase(organisation=customers.TAILSPIN))


@pytest.mark.parametrize(
    ("change", "evidence", "named"),
    [
        ({"OrderId": "another"}, "the cart was", True),
        ({"OrderItems": []}, "are missing", True),
        ({"OrderStatus": None}, "still in the cart", False),
    ],
)
def test_an_answer_that_does_not_prove_the_purchase_is_unknown(
    bench: Bench, change: Any, evidence: str, named: bool
) -> None:
    earlier = bench.in_cart()
    body = placed_answer(bench, earlier)
    if "OrderStatus" in change:
        for item in body["OrderItems"]:
            item |= {"Status": None, "Operations": ["place_order"]}
    bench.simulator.faults.add(**PURCHASE, kind="wrong_content", body=body | change)

    answer = bench.shop().send(earlier, in_time())

    assert answer.kind is AnswerClass.UNKNOWN
    assert evidence in " ".join(answer.details)
    assert bool(answer.named) == named


def placed_answer(bench: Bench, write: Any) -> dict[str, Any]:
    """What AppXite would answer to this purchase."""
    order = bench.world.order(write.basket.rpartition("/")[2])
    assert order is not None
    items = [
        {"OrderItemId": item.id, "OfferId": item.offer.id, "FormData": item.form, "Status": "provision_started"}
        for item in order.items
    ]
    return {"OrderId": order.id, "OrderStatus": "provision_started", "OrderItems": items}


@pytest.mark.parametrize(
    ("change", "of_cart"),
    [
        ({"OrderItemId": "another"}, AnswerClass.UNKNOWN),
        ({"OfferId": "another"}, AnswerClass.REJECTED),
        ({"FormData": {"quantityBox1": 6}}, AnswerClass.REJECTED),
        ({"FormData": {"quantityBox1": True}}, AnswerClass.REJECTED),
        ({"FormData": {}}, AnswerClass.REJECTED),
    ],
    ids=str,
)
def test_an_item_that_comes_back_as_another_one_is_not_ours(bench: Bench, change: Any, of_cart: AnswerClass) -> None:
    """A purchase may have been made; a cart of ours with something else in it would be filled so again."""
    write = bench.in_cart()
    body = placed_answer(bench, write)
    body["OrderItems"][0] |= change
    for fault in (CART, PURCHASE):
        bench.simulator.faults.add(**fault, kind="wrong_content", body=body)
    assert write.filled is not None

    assert bench.shop().send(write.filled, in_time()).kind is of_cart
    assert bench.shop().send(write, in_time()).kind is AnswerClass.UNKNOWN


def test_a_cart_that_was_altered_says_in_which_keys_and_not_what_stood_there(bench: Bench) -> None:
    write = bench.in_cart()
    body = placed_answer(bench, write)
    body["OrderItems"][0]["FormData"] = body["OrderItems"][0]["FormData"] | {"quantityBox1": 6000}
    bench.simulator.faults.add(**CART, kind="wrong_content", body=body)
    assert write.filled is not None

    (said,) = bench.shop().send(write.filled, in_time()).details

    assert "with other form data (quantityBox1)" in said
    assert "6000" not in said


@pytest.mark.parametrize("quantity", ["5", 5.0], ids=["as a text", "with a fraction"])
def test_a_value_is_the_same_however_it_is_written(bench: Bench, quantity: Any) -> None:
    write = bench.in_cart()
    body = placed_answer(bench, write)
    period = {name: str(value).upper() for name, value in body["OrderItems"][0]["FormData"]["ChargePeriod"].items()}
    body["OrderItems"][0]["FormData"] = {"quantityBox1": quantity, "ChargePeriod": period}
    bench.simulator.faults.add(**PURCHASE, kind="wrong_content", body=body)

    assert bench.shop().send(write, in_time()).kind is AnswerClass.ACCEPTED


def test_an_item_that_comes_back_with_more_than_was_sent_is_ours(bench: Bench) -> None:
    write = bench.in_cart()
    body = placed_answer(bench, write)
    body["OrderItems"][0]["FormData"] |= {"addedByThem": 1}
    bench.simulator.faults.add(**PURCHASE, kind="wrong_content", body=body)

    assert bench.shop().send(write, in_time()).kind is AnswerClass.ACCEPTED


def test_one_item_too_many_in_the_cart_is_not_what_was_sent(bench: Bench) -> None:
    write = bench.in_cart()
    body = placed_answer(bench, write)
    body["OrderItems"].append(body["OrderItems"][0] | {"OrderItemId": "of-somebody"})
    bench.simulator.faults.add(**PURCHASE, kind="wrong_content", body=body)

    assert bench.shop().send(write, in_time()).kind is AnswerClass.UNKNOWN


def test_a_refused_cart_names_the_slot_that_was_refused(tmp_path: Path) -> None:
    stale = templates([catalogue.VIRTUAL_SERVER])["virtual-server-monthly.json"]
    stale["slots"]["locationBox1"]["values"] = {"Dublin": "an-id-of-last-year"}
    (tmp_path / "server.json").write_text(json.dumps(stale), encoding="utf-8")
    bench = Bench(options={"templates": str(tmp_path)})

    wanted = bench.purchase(a_line(1, catalogue.VIRTUAL_SERVER.id, 1, locationBox1="Dublin"))
    answer = bench.shop().send(bench.fill(wanted), in_time())

    assert (answer.kind, answer.fields) == (AnswerClass.REJECTED, ("locationBox1",))
    assert "locationBox1 must be one of the ids on offer" in answer.details


@pytest.mark.parametrize("envelope", ["error", "error_text", "gateway", "text"])
def test_a_refusal_is_told_in_whatever_envelope_it_comes(bench: Bench, envelope: Any) -> None:
    bench.knobs.envelope = envelope
    wanted = bench.purchase(a_line(1, catalogue.CLOUD_DIRECTORY.id, 1, tenantDomain="canary-domain"))
    bench.world.organisations[customers.CONTOSO.id].state = "Blocked"

    answer = bench.shop().send(bench.fill(wanted), in_time())

    assert answer.kind is AnswerClass.REJECTED
    assert "The organisation is Blocked: orders need an Active one" in " ".join(answer.details)


def test_answers_that_are_missing_or_wrong_are_refused_before_anything_is_sent(bench: Bench) -> None:
    wanted = bench.purchase(a_line(1, catalogue.VIRTUAL_SERVER.id, 1, licenceTierBox1="Golden"))

    answer = bench.shop().send(bench.fill(wanted), in_time())

    assert (answer.kind, answer.fields) == (AnswerClass.REJECTED, ("locationBox1", "licenceTierBox1"))
    assert "Golden" not in " ".join(answer.details)
    assert not bench.simulator.traffic.calls


def test_a_line_without_a_template_cannot_be_composed(bench: Bench) -> None:
    with pytest.raises(Refused, match="no template for line 1: offer nothing-of-ours, billed Monthly"):
        bench.shop().compose(bench.purchase(a_line(1, "nothing-of-ours", 1)))


def test_a_payload_holds_no_ids_of_items_so_that_every_cart_of_it_is_the_same_purchase(bench: Bench) -> None:
    payload = bench.shop().compose(bench.purchase())

    assert json.loads(payload.body) == {
        "organisation": customers.CONTOSO.id,
        "items": [{"line": 1, "offer": catalogue.DEFENDER.id, "form": catalogue.DEFENDER.form(5)}],
    }
    assert isinstance(bench.fill(), FillBasket)


@pytest.mark.parametrize("denied", ["", "POST /orders/", "POST /orders/operation", "GET /orders/{orderId}"])
def test_whether_we_may_order_is_told_without_ordering(bench: Bench, denied: str) -> None:
    bench.knobs.denied.append(denied)

    assert bench.shop().may_order() is (denied == "")
    assert (bench.world.bought, bench.world.carts, bench.world.writes) == ([], [], [])


def test_the_key_goes_to_appxites_gateway_for_a_token_and_to_no_other_host() -> None:
    for token_url, gone in (("", True), ("https://login.somebody.example/token", False)):
        account = Bench(token_url=token_url).case.account
        assert isinstance(account, AppXiteAccount)

        sent = dict(account.token_ask().headers)

        assert ("Ocp-Apim-Subscription-Key" in sent) is gone
