"""Messages, webhooks, revisions and customers that come many times at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from pipeline.domain.stage import Stage
from pipeline.marketplaces.pax8.simulator import customers
from pipeline.store import orders
from tests.flow.conftest import house_of_a_module
from tests.flow.house import BEARER, House, Json, done, line, questions, quote, rests, until
from tests.servers import Databases
from workers.bootstrap import Application
from workers.celery_app import make_app
from workers.embedded import EmbeddedValkey
from workers.wire import Wire

SLOWLY = 0.4
"""Seconds that each call takes, so that a doubled message meets the first one inside the stage."""


def at_once(call: Callable[[int], Any], times: int) -> list[Any]:
    """All of the calls, begun at the same moment, each in a thread of its own."""
    together = Barrier(times)

    def one(number: int) -> Any:
        together.wait(30)
        return call(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, template_database: Databases, valkey_server: EmbeddedValkey
) -> Iterator[tuple[House, Application, str]]:
    folder = tmp_path_factory.mktemp("doubles")
    settings = {"QUOTEWAY_CREATE_COMPANIES": "always"}
    with house_of_a_module(folder, template_database, valkey_server, **settings) as (house, application):
        house.start_worker()
        house.start_worker()
        yield house, application, house.start_web()


@pytest.fixture(scope="module")
def shop(opened: tuple[House, Application, str]) -> House:
    return opened[0]


@pytest.fixture(scope="module")
def office(opened: tuple[House, Application, str]) -> Application:
    return opened[1]


@pytest.fixture(scope="module")
def web(opened: tuple[House, Application, str]) -> Iterator[Callable[..., httpx.Response]]:
    """Delivers a quote by webhook."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    with httpx.Client(base_url=opened[2], timeout=30, limits=limits) as client:

        def deliver(wanted: Json, webhook_id: str | None = None) -> httpx.Response:
            headers = {"authorization": f"Bearer {BEARER}", **({"webhook-id": webhook_id} if webhook_id else {})}
            return client.post("/in/shop", json={"type": "quote.accepted", "data": wanted}, headers=headers)

        yield deliver


def _order_id(application: Application, order: Json) -> UUID:
    with application.database.transaction() as connection:
        found = orders.find(connection, order["ref"])
    assert found is not None
    return found


def _orders_calls(house: House) -> int:
    with house.simulator.locked():
        return house.simulator.traffic.calls["POST /v1/orders"]


def test_every_stages_message_may_come_twenty_times_at_once(shop: House, office: Application) -> None:
    buyer, before = shop.customer(primaries=("Admin",)), _orders_calls(shop)
    wanted = quote(customer=buyer)
    wanted["customer"]["contacts"] = [
        {"first_name": "Dana", "last_name": "Reyes", "email": "dana@example.com", "phone": "555-0100"}
    ]
    wire = Wire(make_app(office.redis_url), office.redis_url)
    shop.simulator.knobs.latency = SLOWLY

    quote_id = shop.accept(office, wanted)
    seen: list[str] = []
    while not (order := _only(shop, office, quote_id)) or not rests(order):
        if order and order["stage"] and order["stage"] not in seen:
            seen.append(order["stage"])
            _publish(wire, _order_id(office, order), Stage(order["stage"]), 20)

    shop.simulator.knobs.latency = 0.0
    wire.close()
    assert done(order), order
    assert {"resolve_company", "ensure_active", "submit"} <= set(seen)
    assert len(shop.bought(buyer.id)) == 1
    assert _orders_calls(shop) - before == 1
    with shop.simulator.locked():
        assert len(shop.simulator.world.companies[buyer.id].contacts) == 2


def _publish(wire: Wire, order_id: UUID, stage: Stage, times: int) -> None:
    at_once(lambda _: wire.publish_order(order_id, stage), times)


def _only(house: House, application: Application, quote_id: str) -> Json | None:
    found = house.orders_of(application, quote_id)
    assert len(found) <= 1
    return found[0] if found else None


def test_the_same_webhook_fifty_times_at_once_is_one_event_and_one_order(
    shop: House, office: Application, web: Callable[..., httpx.Response]
) -> None:
    buyer = shop.customer()
    wanted, webhook_id = quote(customer=buyer), f"msg_{uuid4().hex}"

    answers = at_once(lambda _: web(wanted, webhook_id), 50)

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["event_id"] for answer in answers}) == 1
    assert sorted(answer.json()["status"] for answer in answers) == ["accepted", *["duplicate"] * 49]
    order = shop.wait(office, wanted["quote"]["id"], rests)
    assert done(order)
    assert len(shop.bought(buyer.id)) == 1


def test_the_same_quote_in_thirty_webhooks_without_an_id_is_one_order(
    shop: House, office: Application, web: Callable[..., httpx.Response]
) -> None:
    buyer = shop.customer()
    wanted = quote(customer=buyer)

    answers = at_once(lambda _: web(wanted), 30)

    assert {answer.status_code for answer in answers} == {202}
    assert done(shop.wait(office, wanted["quote"]["id"], rests))
    until(lambda: not _unread(office), told=lambda: _unread(office))
    assert len(shop.orders_of(office, wanted["quote"]["id"])) == 1
    assert len(shop.bought(buyer.id)) == 1


def _unread(application: Application) -> int:
    with application.database.transaction() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM events WHERE due_at IS NOT NULL").scalar_one())


@pytest.mark.parametrize("round_", range(4), ids=lambda number: f"round {number + 1}")
def test_of_two_revisions_that_race_one_is_bought(
    round_: int, shop: House, office: Application, web: Callable[..., httpx.Response]
) -> None:
    buyer, quote_id = shop.customer(), f"Q-{uuid4().hex[:10]}"
    revisions = [_revision(quote_id, buyer, number) for number in (1, 2)]
    shop.simulator.knobs.latency = 0.05 * round_

    at_once(lambda number: web(revisions[number]), 2)

    found = until(lambda: _all_rest(shop.orders_of(office, quote_id)) if not _unread(office) else None)
    shop.simulator.knobs.latency = 0.0
    bought = shop.bought(buyer.id)
    assert len(bought) == 1
    if bought[0].lines[0].quantity != 2:
        assert "revision" in " ".join(questions(order) for order in found).casefold(), found


def _revision(quote_id: str, buyer: customers.Customer, number: int) -> Json:
    """Its number is also how many it buys, and the minute at which it was accepted."""
    about = {"id": quote_id, "revision": str(number), "accepted_at": f"2026-11-21T09:0{number}:00Z"}
    return quote([line(quantity=number)], buyer, quote=about)


def _all_rest(found: Sequence[Json]) -> Sequence[Json]:
    return found if found and all(rests(order) for order in found) else ()


def test_quotes_of_one_new_customer_at_once_make_one_company_and_buy_each(shop: House, office: Application) -> None:
    name = f"Newcomer {uuid4().hex[:8]}"
    buyer = customers.Customer("", name, f"NEW-{name[-8:]}")
    wanted = [_of_a_newcomer(buyer, quantity) for quantity in (1, 2, 3, 4)]
    shop.simulator.knobs.latency = 0.1

    at_once(lambda number: shop.accept(office, wanted[number]), len(wanted))

    # In less than the minute after which an order looks by itself whether its turn has come.
    found = [shop.wait(office, one["quote"]["id"], rests, 40) for one in wanted]
    shop.simulator.knobs.latency = 0.0
    assert all(done(order) for order in found), found
    with shop.simulator.locked():
        made = [company for company in shop.simulator.world.companies.values() if company.name == name]
    assert len(made) == 1
    assert sorted(order.lines[0].quantity for order in shop.bought(made[0].id)) == [1, 2, 3, 4]


def _of_a_newcomer(buyer: customers.Customer, quantity: int) -> Json:
    wanted = quote([line(quantity=quantity)], buyer)
    wanted["customer"] |= {
        "phone": "+1 555 0100",
        "website": "https://newcomer.example",
        "address": {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"},
        "contacts": [{"first_name": "Dana", "last_name": "Reyes", "email": "dana@example.com", "phone": "555-0100"}],
    }
    return wanted
