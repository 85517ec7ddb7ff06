"""Events, plan, health and metrics over the operator API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from redis.exceptions import ConnectionError as RedisAway

from events.connections import SourceConnection
from events.inbox import delivery_of, receive
from events.reading import Reader
from pipeline.store import counts, life
from pipeline.store import events as store
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.testing import NOON, FakeMarketplace
from tests.integration.asgi_client import AsgiClient
from tests.integration.operators_world import DOMAIN, FakeAccount, World
from workers.web.api import Services, api_router
from workers.web.api_health import Ping, redis_ping
from workers.web.app import create_app

KEEPING = ("events", "quotes", "orders", "claims", "known_orders", "company_links")
CRM = SourceConnection("crm", marketplaces=("pax8",))


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield World(database)
    database.close()


def door(world: World, source: SourceConnection = CRM, ping: Ping = lambda: None) -> AsgiClient:
    reader = Reader(world.database, {"crm": source})
    services = Services(world.desk, reader, SourceConnection("local", marketplaces=("pax8",)), {"crm": source}, ping)
    return AsgiClient(create_app(world.database, {}, routers=[api_router(services)]))


def quote(**line: Any) -> dict[str, Any]:
    return {
        "quote": {"id": "Q-1"},
        "customer": {"ref": "CRM-42", "external_id": "CRM-42", "name": "Contoso Ltd"},
        "lines": [{"id": "1", "quantity": 10, "product_id": "backup", "billing_term": "Monthly", **line}],
    }


def send(world: World, source: SourceConnection, data: dict[str, Any]) -> UUID:
    body = json.dumps({"type": "quote.accepted", "data": data}).encode()
    return receive(world.database, delivery_of({"webhook-id": str(uuid4())}, body, source)).event_id


def test_events_are_listed_newest_first_and_each_once(world: World) -> None:
    sent = [str(send(world, CRM, quote())) for _ in range(5)]
    api = door(world)

    first = api.get("/api/events", params={"limit": 3}).raise_for_status().json()
    rest = api.get("/api/events", params={"limit": 3, "cursor": first["next_cursor"]}).raise_for_status().json()

    assert [item["id"] for item in first["items"] + rest["items"]] == sent[::-1]
    assert rest["next_cursor"] is None
    assert all(item["body"] is None for item in first["items"])
    assert api.get("/api/events", params={"connection": "crm\0"}).json()["items"] == []


def test_one_event_has_its_body_and_an_unknown_one_is_404(world: World) -> None:
    event = send(world, CRM, quote())
    api = door(world)

    assert json.loads(api.get(f"/api/events/{event}").json()["body"])["type"] == "quote.accepted"
    assert api.get(f"/api/events/{uuid4()}").status_code == 404
    assert api.post(f"/api/events/{uuid4()}/replay").status_code == 404


def test_one_event_names_its_quote_as_the_list_does(world: World) -> None:
    event = send(world, CRM, quote())
    Reader(world.database, {"crm": CRM}).read(event)
    api = door(world)

    (listed,) = api.get("/api/events").json()["items"]
    alone = api.get(f"/api/events/{event}").json()

    named = {name: listed[name] for name in ("quote_system", "quote_id")}
    assert all(named.values())
    assert {name: alone[name] for name in named} == named


def test_what_makes_no_sense_fails_health_until_somebody_dismisses_it(world: World) -> None:
    api = door(world)
    event = send(world, SourceConnection("crm", marketplaces=("pax8", "limio")), quote())

    told = api.get("/api/health").raise_for_status().json()
    assert any(each.startswith("crm: 1 of its events makes no sense") for each in told["problems"])

    done = api.post(f"/api/events/{event}/dismiss").raise_for_status().json()
    again = api.post(f"/api/events/{event}/dismiss")

    assert (done["status"], done["result"]) == ("read", "dismissed by local")
    assert (again.status_code, api.post(f"/api/events/{uuid4()}/dismiss").status_code) == (409, 404)
    assert not any("no sense" in each for each in api.get("/api/health").json()["problems"])
    assert api.get("/api/orders").json()["items"] == []


def test_a_replay_says_first_how_many_orders_it_would_change(world: World) -> None:
    unclear = SourceConnection("crm", marketplaces=("pax8", "limio"))
    event = send(world, unclear, quote())
    assert door(world, unclear).post(f"/api/events/{event}/replay").status_code == 422
    api = door(world)

    told = api.post(f"/api/events/{event}/replay").raise_for_status().json()
    wrong = api.post(f"/api/events/{event}/replay", json={"confirm": 7})
    asked = api.post(f"/api/events/{event}/replay?preview=true", json={"confirm": True}).json()
    assert (told["replayed"], told["would_change"], asked["replayed"]) == (False, 1, False)
    assert (wrong.status_code, "would change 1 orders now" in wrong.json()["detail"]) == (409, True)
    assert api.get("/api/orders").json()["items"] == []

    done = api.post(f"/api/events/{event}/replay", json={"confirm": 1}).raise_for_status().json()

    assert (done["replayed"], done["changed"]) == (True, 1)
    assert len(api.get("/api/orders").json()["items"]) == 1
    assert api.get("/api/events", params={"status": "read"}).json()["items"][0]["quote_id"] == "Q-1"
    assert api.get("/api/events", params={"status": "lost"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b"{", "", id="no JSON"),
        pytest.param(json.dumps(quote(quantity=2.5)).encode(), "quantity", id="half a unit"),
        pytest.param(json.dumps({"type": "quote.revoked", "data": quote()}).encode(), "revocation", id="a revocation"),
    ],
)
def test_a_plan_of_what_is_no_quote_is_422(world: World, body: bytes, told: str) -> None:
    answer = door(world).post("/api/plan", content=body)

    assert answer.status_code == 422
    assert told in answer.text


@pytest.mark.parametrize("whole", [True, False], ids=["the event whole", "its data alone"])
def test_a_plan_tells_what_the_quote_would_do_and_keeps_nothing(world: World, whole: bool) -> None:
    market = FakeMarketplace().sells("backup")
    market.knows("company", external_id="CRM-42")
    world.desk = replace(world.desk, accounts={"pax8": FakeAccount(market)})
    body = {"type": "quote.accepted", "data": quote()} if whole else quote()

    told = door(world).post("/api/plan", json=body).raise_for_status().json()

    assert (told["orders"][0]["company"]["id"], told["orders"][0]["dry_run"]) == ("company", "passed")
    assert market.sent == []
    with world.database.transaction() as connection:
        kept = [connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in KEEPING]
    assert kept == [0] * len(KEEPING)


def test_a_plan_of_too_much_is_413(world: World) -> None:
    assert door(world).post("/api/plan", content=b" " * (1024 * 1024 + 1)).status_code == 413


def test_health_is_ok_where_all_parts_are(world: World, redis_url: str) -> None:
    with world.database.transaction() as connection:
        life.tick(connection, "worker-1", counts.QUEUES, {})
        store.saw(connection, "crm")
        store.count_refused(connection, {"crm": 3})
    world.accept()

    health = door(world, ping=redis_ping(redis_url)).get("/api/health").raise_for_status().json()

    assert (health["status"], health["problems"]) == ("ok", [])
    assert (health["database"]["ok"], health["redis"]["ok"], health["workers"][0]["alive"]) == (True, True, True)
    assert {queue["name"]: queue["due"] for queue in health["queues"]}["resolve_company"] == 1
    account = health["accounts"][0]
    assert (account["name"], account["breaker"], account["calls_used"], account["polls_used"]) == (
        "pax8",
        "closed",
        12,
        3,
    )
    assert (health["sources"][0]["refused"], health["sources"][0]["configured"]) == (3, True)
    assert health["sources"][0]["last_event_at"] is not None


def test_due_rows_that_nobody_takes_for_a_minute_fail_the_check(world: World) -> None:
    ref = world.accept()
    world.put(ref, due_at=world.row(ref).now - timedelta(seconds=61), leased=False)
    with world.database.transaction() as connection:
        life.tick(connection, "worker-1", ["submit"], {})

    health = door(world).get("/api/health").json()

    assert health["status"] == "failed"
    assert health["problems"] == [
        "1 rows are due on the queue resolve_company, and no worker has served it for a minute."
    ]


def test_a_leased_row_still_counts_as_waiting(world: World) -> None:
    ref = world.accept()
    world.put(ref, leased=True, due_at=world.row(ref).now + timedelta(minutes=30))
    with world.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE orders SET updated_at = now() - interval '2 minutes'")
        found = {queue.name: queue for queue in counts.queues(connection)}

    assert found["resolve_company"].neglected(world.row(ref).now)


def test_health_is_told_while_redis_is_away(world: World) -> None:
    def away() -> None:
        raise RedisAway

    health = door(world, ping=away).get("/api/health").json()

    assert (health["redis"], health["status"]) == (
        {"ok": False, "milliseconds": None, "error": "ConnectionError"},
        "failed",
    )


def test_health_is_told_while_the_database_is_away() -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:9/none")
    lost = World(Database(nowhere, Cipher([new_key()])))

    health = door(lost).get("/api/health").raise_for_status().json()
    orders = door(lost).get("/api/orders")

    assert (health["status"], health["database"]["ok"], health["redis"]["ok"]) == ("failed", False, True)
    assert (orders.status_code, orders.json()["code"]) == (503, "database.away")
    nowhere.dispose()


def test_metrics_tell_of_orders_queues_claims_questions_and_events(world: World) -> None:
    asking, unknown = world.accept(company="Fabrikam"), world.accept()
    world.ask(asking, DOMAIN)
    world.unknown_submit(unknown)
    send(world, CRM, quote())

    text = door(world).get("/metrics").raise_for_status().text

    for line in (
        'quoteway_orders{stage="resolve_company",state="asking"} 1.0',
        "quoteway_unknown_submits 1.0",
        'quoteway_open_claims{kind="place_order"} 1.0',
        'quoteway_open_questions{kind="provisioning"} 1.0',
        'quoteway_due_rows{queue="events"} 1.0',
        'quoteway_events{connection="crm",status="received"} 1.0',
    ):
        assert line in text, text


def test_a_neglected_queue_is_one_with_rows_without_workers_for_a_minute() -> None:
    def queue(due: int, workers: int, seconds: int) -> bool:
        return counts.Queue("submit", due, NOON - timedelta(seconds=seconds), workers).neglected(NOON)

    assert queue(1, 0, 61)
    assert not queue(1, 0, 59)
    assert not queue(1, 1, 3600)
    assert not queue(0, 0, 3600)
