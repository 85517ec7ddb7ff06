"""The operator API's calls for orders, over ASGI and the database's own rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from events.connections import SourceConnection
from events.reading import Reader
from pipeline.domain.catalogue import PlacedLine, PlacedOrder
from pipeline.domain.state import OrderState
from pipeline.domain.terms import BillingTerm
from pipeline.operations.desk import Desk
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from tests.cancelling_market import Cancels
from tests.integration.asgi_client import AsgiClient
from tests.integration.operators_world import COMPANY, DOMAIN, PRICE, FakeAccount, World
from workers.web.api import Services, api_router
from workers.web.app import create_app

PLACED = PlacedLine("product-1", Decimal(10), BillingTerm.MONTHLY, "s1")
PERSON = "Dana.Reyes@contoso.example"
ORDER_FIELDS = {
    *("ref", "version", "quote_id", "quote_revision", "marketplace", "company", "state", "unknown_submit", "stage"),
    *("marketplace_order_id", "created_at", "waiting_for", "waiting_since", "waiting_on", "next_at"),
}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


@pytest.fixture
def api(world: World) -> AsgiClient:
    return api_with(world, {})


def api_with(world: World, sources: Mapping[str, SourceConnection], desk: Desk | None = None) -> AsgiClient:
    local = SourceConnection("local", marketplaces=("pax8",))
    services = Services(desk or world.desk, Reader(world.database, {}), local, sources, ping_redis=lambda: None)
    return AsgiClient(create_app(world.database, {}, routers=[api_router(services)]))


def test_an_order_has_all_fields_of_the_contract(world: World, api: AsgiClient) -> None:
    ref = world.accept(quote_id="Q-1001", revision="2")
    attempt, _ = world.unknown_submit(ref)

    order = api.get(f"/api/orders/{ref}").raise_for_status().json()
    listed = api.get("/api/orders").raise_for_status().json()["items"][0]

    assert order.keys() >= ORDER_FIELDS | {"lines", "questions", "attempts", "timeline"}
    assert listed.keys() >= ORDER_FIELDS
    assert order["questions"][0].keys() >= {
        *("id", "kind", "text", "line", "possible_values", "owner", "due_at", "answered_by")
    }
    assert order["attempts"][0].keys() >= {"id", "claimed_at", "class", "marketplace_order_id"}
    assert (order["quote_id"], order["quote_revision"], order["unknown_submit"]) == ("Q-1001", "2", True)
    assert (order["attempts"][0]["id"], order["attempts"][0]["class"]) == (str(attempt), "unknown")
    assert order["lines"][0]["quoted_unit_cost"] == {"amount": "31.10", "currency": "USD"}
    assert order["created_at"].endswith("Z")


def test_a_reference_is_found_whatever_its_capitals_and_an_unknown_one_is_404(world: World, api: AsgiClient) -> None:
    ref = world.accept()

    assert api.get(f"/api/orders/{ref.lower()}").json()["ref"] == ref
    missing = api.get("/api/orders/QW-NOTHERE000")
    assert (missing.status_code, missing.json()["detail"]) == (404, "There is no order QW-NOTHERE000.")
    assert api.get(f"/api/orders/{ref}%00").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(("GET", f"/api/orders/{PERSON}", None), id="for a reference"),
        pytest.param(("GET", f"/api/orders?state={PERSON}", None), id="for a state"),
        pytest.param(("GET", f"/api/events?status={PERSON}", None), id="for the status of an event"),
        pytest.param(("GET", f"/api/events/{PERSON}", None), id="for the id of an event"),
        pytest.param(("POST", f"/api/orders/{PERSON}/retry", {"version": 1}), id="for the reference of an act"),
        pytest.param(("POST", "/api/orders/QW-A/retry", {"version": 1, PERSON: 1}), id="for a field's name"),
        pytest.param(("POST", "/api/orders/QW-A/retry", {"version": PERSON}), id="for a version"),
        pytest.param(
            ("POST", "/api/orders/QW-A/answers", {"version": 1, "answers": {PERSON: [1]}}), id="for a question"
        ),
    ],
)
def test_a_refusal_does_not_repeat_what_stood_in_the_wrong_place(
    api: AsgiClient, wrong: tuple[str, str, dict[str, object] | None]
) -> None:
    method, path, body = wrong

    refused = api.get(path) if method == "GET" else api.post(path, json=body)

    assert 400 <= refused.status_code < 500
    assert PERSON not in refused.text


def test_a_list_gives_every_order_once_newest_first_page_by_page(world: World, api: AsgiClient) -> None:
    made = [world.accept() for _ in range(7)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = api.get("/api/orders", params={"limit": 3, "cursor": cursor}).raise_for_status().json()
        seen += [item["ref"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({"quote": "Q-1"}, ["contoso"], id="a quote's id, whole"),
        pytest.param({"quote": "Q-"}, [], id="no part of a quote's id"),
        pytest.param({"state": "failed"}, ["fabrikam"], id="state"),
        pytest.param({"marketplace": "pax8"}, ["fabrikam", "contoso"], id="marketplace"),
        pytest.param({"marketplace": "limio"}, [], id="another marketplace"),
        pytest.param({"company": "CONT"}, ["contoso"], id="a part of the company's name"),
        pytest.param({"q": "q-2"}, ["fabrikam"], id="anything"),
        pytest.param({"q": "%"}, [], id="a wildcard is a plain character"),
        *(pytest.param({name: "Q\0"}, [], id=f"NUL as {name}") for name in ("quote", "marketplace", "company", "q")),
        pytest.param({"quote": "", "state": "", "q": ""}, ["fabrikam", "contoso"], id="empty filters"),
    ],
)
def test_a_list_is_narrowed(world: World, api: AsgiClient, filters: dict[str, str], found: list[str]) -> None:
    names = {world.accept("Q-1", company="Contoso Ltd"): "contoso", world.accept("Q-2", company="Fabrikam"): "fabrikam"}
    fabrikam = next(ref for ref, name in names.items() if name == "fabrikam")
    world.failed(fabrikam)

    items = api.get("/api/orders", params=filters).raise_for_status().json()["items"]

    assert [names[item["ref"]] for item in items] == found


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"limit": 101}, id="more than 100 at once"),
        pytest.param({"limit": 0}, id="none at once"),
        pytest.param({"cursor": "!!!"}, id="a cursor that is none"),
        pytest.param({"cursor": "bm90aGluZw"}, id="a cursor of something else"),
        pytest.param({"state": "lost"}, id="a state that is none"),
    ],
)
def test_a_list_that_cannot_be_meant_is_422(api: AsgiClient, params: dict[str, Any]) -> None:
    assert api.get("/api/orders", params=params).status_code == 422


def test_an_answer_lets_the_order_go_on(world: World, api: AsgiClient) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN)
    question = str(world.question(ref, DOMAIN.key))

    body = {"version": version, "answers": {question: ["contoso.example"]}}
    order = api.post(f"/api/orders/{ref}/answers", json=body).raise_for_status().json()

    assert (order["state"], order["questions"][0]["answered_by"]) == ("running", "local")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"answers": {}}, id="no answers"),
        pytest.param({"answers": {"x": ["y"]}}, id="a question's id that is none"),
        pytest.param({"answers": {str(uuid4()): ["y"]}}, id="a question of nobody"),
        pytest.param({"answers": {str(uuid4()): "y"}}, id="values that are no list"),
        pytest.param({"answers": {str(uuid4()): ["\x00"]}}, id="a character that no text has"),
    ],
)
def test_an_answer_that_does_not_fit_is_422(world: World, api: AsgiClient, body: dict[str, Any]) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN)

    assert api.post(f"/api/orders/{ref}/answers", json={"version": version, **body}).status_code == 422


def test_what_was_bought_is_cancelled_where_the_marketplace_can_and_else_that_is_said(
    world: World, api: AsgiClient
) -> None:
    ref = world.accept()
    version = world.bought(ref, "placed-1")

    told = api.get(f"/api/orders/{ref}/cancel").raise_for_status().json()
    refused = api.post(f"/api/orders/{ref}/cancel", json={"version": version, "reason": "no"})

    assert (told["version"], told["targets"], told["marketplace_order_id"]) == (version, [], "placed-1")
    assert told["refused"].endswith("Pax8 cancels nothing over its API: cancel it there.")
    assert (refused.status_code, refused.json()["detail"]) == (409, told["refused"])

    shop = Cancels(placed={"placed-1": PlacedOrder("placed-1", COMPANY, (PLACED,))})
    shop.subscribes("s1", "product-1", company_id=COMPANY)
    desk = replace(world.desk, accounts={"pax8": FakeAccount(shop)})
    able = api_with(world, {}, desk)

    told = able.get(f"/api/orders/{ref}/cancel").raise_for_status().json()
    done = able.post(f"/api/orders/{ref}/cancel", json={"version": version, "reason": "withdrawn"})

    assert told["targets"] == [{"id": "s1", "would": "cancel", "sentence": "Subscription s1 will be cancelled."}]
    assert told["refused"] is None
    assert (done.status_code, done.json()["state"], done.json()["stage"]) == (200, "running", "poll_status")


def test_an_act_on_an_older_version_is_409_with_the_present_state(world: World, api: AsgiClient) -> None:
    ref = world.accept()
    version = world.ask(ref, DOMAIN)
    world.put(ref)

    refused = api.post(f"/api/orders/{ref}/cancel", json={"version": version, "reason": "no"})

    assert refused.status_code == 409
    assert refused.json()["order"]["version"] == version + 1
    assert "has moved since you read it" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        pytest.param("retry", {}, id="retry while the outcome is unknown"),
        pytest.param("resend", {"attempt": str(uuid4()), "reason": "lost"}, id="resend of another attempt"),
        pytest.param("adopt", {"marketplace_order_id": "none", "reason": "ours"}, id="adopt what is not there"),
    ],
)
def test_what_the_order_s_state_forbids_is_409_with_that_state(
    world: World, api: AsgiClient, act: str, body: dict[str, Any]
) -> None:
    ref = world.accept()
    _, version = world.unknown_submit(ref)

    refused = api.post(f"/api/orders/{ref}/{act}", json={"version": version, **body})

    assert (refused.status_code, refused.json()["order"]["unknown_submit"]) == (409, True)


def test_each_act_is_carried_out(world: World, api: AsgiClient) -> None:
    def done(ref: str, act: str, **body: Any) -> dict[str, Any]:
        version = world.view(ref)["version"]
        answer = api.post(f"/api/orders/{ref}/{act}", json={"version": version, **body})
        order: dict[str, Any] = answer.raise_for_status().json()
        return order

    lost, found, dear, stuck, dated = (world.accept(company=f"Company {number}") for number in range(5))
    attempt, _ = world.unknown_submit(lost)
    assert done(lost, "resend", attempt=str(attempt), reason="lost")["stage"] == "fetch_catalogue"
    world.unknown_submit(found)
    world.market.place("placed-1", ("product-1", 10))
    assert done(found, "adopt", marketplace_order_id="placed-1", reason="ours")["marketplace_order_id"] == "placed-1"
    world.ask(dear, PRICE)
    question = str(world.question(dear, PRICE.key))
    assert done(dear, "approve", question=question, amount="33.00", reason="agreed")["state"] == "running"
    world.failed(stuck)
    assert done(stuck, "retry")["state"] == "running"
    assert done(dated, "reschedule", date="2099-12-01", reason="later")["requested_at"] == "2099-12-01T06:00:00Z"
    assert done(dated, "reschedule", date=None, reason="now")["requested_at"] is None
    assert done(dated, "cancel", reason="never")["state"] == OrderState.CANCELLED


@pytest.mark.parametrize(
    ("name", "instant"),
    [
        pytest.param("crm", "2098-12-31T21:00:00Z", id="the connection's that the quote came over"),
        pytest.param("another", "2099-01-01T06:00:00Z", id="the general one, where that is configured no more"),
    ],
)
def test_a_day_begins_in_the_time_zone_of_the_quote_s_connection(world: World, name: str, instant: str) -> None:
    api = api_with(world, {name: SourceConnection(name, zone=ZoneInfo("Asia/Tokyo"))})
    ref = world.accept()

    body = {"version": 1, "date": "2099-01-01", "reason": "later"}
    order = api.post(f"/api/orders/{ref}/reschedule", json=body).raise_for_status().json()

    assert order["requested_at"] == instant


@pytest.mark.parametrize(
    ("act", "body"),
    [
        pytest.param("cancel", {"version": 1}, id="no reason"),
        pytest.param("cancel", {"version": 1, "reason": "  "}, id="a blank reason"),
        pytest.param("cancel", {"reason": "no"}, id="no version"),
        pytest.param("cancel", {"version": 1, "reason": "no", "force": True}, id="a field that is unknown"),
        pytest.param("reschedule", {"version": 1, "reason": "no", "date": "soon"}, id="a date that is none"),
        pytest.param("reschedule", {"version": 1, "reason": "no", "date": "2026-02-30"}, id="a day that is none"),
        pytest.param("approve", {"version": 1, "reason": "no", "question": str(uuid4()), "amount": 33.1}, id="a float"),
        pytest.param("approve", {"version": 1, "reason": "no", "question": str(uuid4()), "amount": "NaN"}, id="NaN"),
    ],
)
def test_a_body_that_cannot_be_meant_is_422(world: World, api: AsgiClient, act: str, body: dict[str, Any]) -> None:
    ref = world.accept()

    assert api.post(f"/api/orders/{ref}/{act}", json=body).status_code == 422
    assert world.view(ref)["version"] == 1


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b'{"version": 1, "reason": "\xe9"}', 422, id="no UTF-8"),
        pytest.param(b"[" * 200_000, 422, id="bottomless"),
        pytest.param(b'{"version": ' + b"1" * 5000 + b"}", 422, id="a number of thousands of digits"),
        pytest.param(b'{"reason": "' + b"x" * 2**20, 413, id="larger than 1 MiB, and without an end"),
    ],
)
def test_a_body_that_no_reader_of_json_takes_is_refused_in_a_sentence(
    world: World, api: AsgiClient, content: bytes, status: int
) -> None:
    headers = {"content-type": "application/json"}

    refused = api.post(f"/api/orders/{world.accept()}/cancel", content=content, headers=headers)

    assert refused.status_code == status
    assert ("1 MiB" if status == 413 else "must be JSON") in str(refused.json()["detail"])


def test_an_amount_that_is_a_number_is_refused_in_words_about_that_field(world: World, api: AsgiClient) -> None:
    ref = world.accept()
    body = {"version": 1, "reason": "agreed", "question": str(uuid4()), "amount": 33.1}

    (wrong,) = api.post(f"/api/orders/{ref}/approve", json=body).json()["detail"]

    assert wrong["loc"][:2] == ["body", "amount"]
    assert "function" not in str(wrong)
    assert wrong["msg"] == "must be a decimal number in quotes, such as '31.10'"


def test_the_api_s_description_has_amounts_as_text(api: AsgiClient) -> None:
    shapes = api.get("/api/openapi.json").json()["components"]["schemas"]

    alone, whole = shapes["ApproveAct"]["properties"]["amount"]["oneOf"]
    assert (alone["type"], whole["$ref"].rpartition("/")[2]) == ("string", "MoneyGiven")
    assert shapes["MoneyGiven"]["properties"]["amount"]["type"] == "string"


def test_of_two_operators_over_the_api_exactly_one_wins(world: World, api: AsgiClient) -> None:
    ref = world.accept()
    version = world.failed(ref)

    def act(number: int) -> int:
        path = f"/api/orders/{ref}/{'retry' if number % 2 else 'cancel'}"
        body: dict[str, Any] = {"version": version} if number % 2 else {"version": version, "reason": "no"}
        return api.post(path, json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(act, range(6)))

    assert sorted(codes) == [200, 409, 409, 409, 409, 409]


def test_exchanges_are_told_only_where_they_are_asked_for(world: World, api: AsgiClient) -> None:
    ref = world.accept()

    assert "received" not in api.get(f"/api/orders/{ref}").text
    assert api.get(f"/api/orders/{ref}", params={"exchanges": True}).json()["timeline"][0]["exchanges"] == []
