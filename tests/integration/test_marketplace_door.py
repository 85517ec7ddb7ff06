"""Where marketplaces say that something has changed: who gets in, and which polls are due by it."""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, insert, select, update

from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.marketplaces.flexportal.simulator.webhooks import webhook
from pipeline.store import announcements
from pipeline.store.database import Database
from pipeline.store.due import hasten_polls
from pipeline.store.tables import ANNOUNCEMENTS, ORDERS, QUOTES, REVISIONS
from tests.integration.served_intake import a_database, served
from workers.web.marketplace_door import ids_in

SECRETS = {
    "pax8": "pax8 calling",
    "appxite": "appxite calling",
    "flexportal": "flexportal/calling+",
    "limio": "Basic " + base64.b64encode(b"quoteway:limio calling").decode(),
}
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ORDER, ORGANISATION = "5b1f9d0e-0000-4000-8000-00000000000a", "0a0a0a0a-0000-4000-8000-000000000001"
# What each writes when it tells about the order of this id (marketplaces.md, 1.9, 2.5, 3.6, 4.6).
MESSAGES: dict[str, Any] = {
    "pax8": {
        "accountId": str(uuid4()),
        "webhookId": str(uuid4()),
        "sentAt": "2026-01-01T00:00:00Z",
        "webhookTopic": {"id": str(uuid4()), "topic": "PROVISIONING", "filters": []},
        "payloadData": {"orderId": ORDER.upper(), "action": "Finished"},
    },
    "appxite": {
        "Subject": None,
        "TemplateName": "OrderStatusChanged",
        "TemplateData": {"OrderId": ORDER, "OrganizationId": ORGANISATION},
        "AuditId": str(uuid4()),
    },
    "flexportal": webhook("order.fulfilled", NOW, {"orderId": ORDER, "customerId": "cus_0123456789"}),
    "limio": {"id": ORDER, "status": "complete", "record_type": "order", "service": "limio"},
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with a_database(database_url) as database:
        yield database


@pytest.fixture
def web(database: Database) -> Iterator[httpx.Client]:
    with served(database, secrets=SECRETS) as client:
        yield client


def polls(database: Database, marketplace: str, *their_ids: str, due_in: float = 3600, **changed: Any) -> list[UUID]:
    """Orders that wait at this marketplace, one for each id there, the first one due first."""
    with database.transaction() as connection:
        return [_poll(connection, database, marketplace, key, due_in + n, changed) for n, key in enumerate(their_ids)]


def _poll(
    connection: Any, database: Database, marketplace: str, their_id: str, due_in: float, changed: dict[str, Any]
) -> UUID:
    quote, revision, order = uuid4(), uuid4(), uuid4()
    connection.execute(insert(QUOTES).values(id=quote, system="tests", quote_id=str(quote)))
    kept = {"state": "current", "snapshot": database.seal("{}"), "content_hash": ""}
    connection.execute(insert(REVISIONS).values(id=revision, quote_pk=quote, revision="", **kept))
    values: dict[str, Any] = {
        "id": order,
        "ref": f"QW-{order.hex[:10]}",
        "quote_pk": quote,
        "revision_pk": revision,
        "line_ids": [],
        "marketplace": marketplace,
        "account": marketplace,
        "customer_key": "somebody",
        "state": OrderState.WAITING,
        "stage": Stage.POLL_STATUS,
        "version": 7,
        "facts": database.seal("{}"),
        "due_at": func.now() + timedelta(seconds=due_in),
        "entered_at": func.now(),
        "marketplace_order_id": their_id,
    }
    connection.execute(insert(ORDERS).values(values | changed))
    return order


def due(database: Database) -> list[UUID]:
    """The orders that are due, the first one first."""
    with database.transaction() as connection:
        rows = connection.execute(select(ORDERS.c.id).where(ORDERS.c.due_at <= func.now()).order_by(ORDERS.c.due_at))
        return list(rows.scalars())


def heard(database: Database, marketplace: str) -> datetime | None:
    with database.transaction() as connection:
        return announcements.heard(connection, marketplace)


def announce(web: httpx.Client, name: str, body: Any = None) -> int:
    headers = {"authorization": SECRETS[name]}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return web.post(f"/in/marketplaces/{name}", content=content, headers=headers).status_code


@pytest.mark.parametrize("name", SECRETS)
def test_each_marketplace_gets_in_with_its_secret_and_makes_its_polls_due(
    web: httpx.Client, database: Database, name: str
) -> None:
    (ours,), _ = polls(database, name, "one"), polls(database, "another", "two")

    assert announce(web, name, MESSAGES[name]) == 202

    assert due(database) == [ours]
    assert heard(database, name) is not None
    assert heard(database, "another") is None


@pytest.mark.parametrize("name", SECRETS)
def test_nobody_else_gets_in(web: httpx.Client, database: Database, name: str) -> None:
    polls(database, name, "one")
    others = next(secret for other, secret in SECRETS.items() if other != name)

    for headers in ({}, {"authorization": others}, {"authorization": "Basic " + SECRETS[name]}):
        assert web.post(f"/in/marketplaces/{name}", json=MESSAGES[name], headers=headers).status_code == 401

    assert not due(database)
    assert heard(database, name) is None


def test_a_limio_webhook_signs_in_with_name_and_password(web: httpx.Client) -> None:
    basic = httpx.BasicAuth("quoteway", "limio calling")

    assert web.post("/in/marketplaces/limio", json=MESSAGES["limio"], auth=basic).status_code == 202


@pytest.mark.parametrize(
    ("secret", "status"),
    [(SECRETS["flexportal"], 202), ("another", 401), ("", 401)],
    ids=["its own", "another", "none"],
)
def test_who_can_send_no_header_has_the_secret_in_the_address(web: httpx.Client, secret: str, status: int) -> None:
    answer = web.post("/in/marketplaces/flexportal", params={"secret": secret}, json=MESSAGES["flexportal"])

    assert answer.status_code == status


@pytest.mark.parametrize("name", SECRETS)
def test_the_order_that_is_named_is_polled_first_however_many_others_wait(
    web: httpx.Client, database: Database, name: str
) -> None:
    polls(database, name, *(f"other-{number}" for number in range(510)))
    their_id = f"{ORGANISATION}/{ORDER}" if name == "appxite" else ORDER
    (named,) = polls(database, name, their_id, due_in=86400)

    announce(web, name, MESSAGES[name])

    assert due(database)[0] == named
    assert len(due(database)) == 501


def test_a_message_of_another_marketplace_hastens_no_order_of_the_same_id(
    web: httpx.Client, database: Database
) -> None:
    polls(database, "limio", ORDER)

    announce(web, "pax8", MESSAGES["pax8"])

    assert not due(database)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe not json \x00", b"[" * 100_000, b"x1-" * 600_000, json.dumps([str(uuid4())] * 5000).encode()],
    ids=["empty", "no text", "nested", "longer than a megabyte", "thousands of ids"],
)
def test_whatever_it_says_all_polls_are_due(web: httpx.Client, database: Database, body: bytes) -> None:
    (ours,) = polls(database, "pax8", "one")

    assert announce(web, "pax8", body) == 202
    assert due(database) == [ours]


def test_ids_are_looked_for_in_the_beginning_only_and_not_all_of_them() -> None:
    many = b" ".join(b"id-%06d" % number for number in range(1000))

    assert len(ids_in(many)) == 200
    assert not ids_in(b" " * 64 * 1024 + many)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ORDER.upper(), [ORDER]),
        ("ord_01J9ZQ3K7M", ["ord_01j9zq3k7m"]),
        ('"id":"order-0f3c"', ["order-0f3c"]),
        ("provisioning finished", []),
        ("1234567", []),
        ("a" * 81 + "1", []),
    ],
    ids=["a uuid", "with letters before", "with a dash", "words", "too short", "too long"],
)
def test_what_looks_like_an_id(text: str, found: list[str]) -> None:
    assert list(ids_in(text.encode())) == found


@pytest.mark.parametrize(
    "changed",
    [
        {"leased": True},
        {"taken_until": func.now() + timedelta(minutes=1)},
        {"stage": Stage.SUBMIT},
        {"state": OrderState.DONE},
        {"due_at": func.now() + timedelta(seconds=3)},
    ],
    ids=["published", "taken", "another stage", "ended", "due within seconds"],
)
def test_what_need_not_be_hastened_is_left_alone(database: Database, changed: dict[str, Any]) -> None:
    (order,) = polls(database, "pax8", ORDER, **changed)
    before = due_at(database, [order])

    with database.transaction() as connection:
        assert hasten_polls(connection, "pax8", [ORDER]) == 0

    assert due_at(database, [order]) == before


def test_an_order_that_asks_about_a_line_is_polled_on_and_hastened(database: Database) -> None:
    polls(database, "pax8", "one", state=OrderState.ASKING)

    with database.transaction() as connection:
        assert hasten_polls(connection, "pax8") == 1


def due_at(database: Database, orders: Sequence[UUID]) -> list[datetime]:
    with database.transaction() as connection:
        return list(connection.execute(select(ORDERS.c.due_at).where(ORDERS.c.id.in_(orders))).scalars())


def test_a_flood_of_messages_writes_one_row_a_second(database: Database) -> None:
    """What was noted covers the second after it: who reads something then has read it late enough."""
    with database.transaction() as connection:
        announcements.note(connection, "pax8")
    first = heard(database, "pax8")
    with database.transaction() as connection:
        now = connection.execute(select(func.now())).scalar_one()
        announcements.note(connection, "pax8")

    assert first is not None
    assert now < first
    assert heard(database, "pax8") == first


def test_what_is_said_later_is_noted_again(database: Database) -> None:
    with database.transaction() as connection:
        announcements.note(connection, "pax8")
        connection.execute(update(ANNOUNCEMENTS).values(until=func.now() - timedelta(seconds=1)))
    before = heard(database, "pax8")

    with database.transaction() as connection:
        announcements.note(connection, "pax8")

    after = heard(database, "pax8")
    assert before is not None
    assert after is not None
    assert after > before
