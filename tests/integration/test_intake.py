"""The intake's answers over HTTP, row by row of its table. There is no Redis here at all."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import repeat
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from pipeline.store import event_list, events
from pipeline.store.database import Database
from pipeline.store.events import EventStatus
from pipeline.store.tables import CONNECTIONS, EVENTS, ORDERS
from tests.integration.served_intake import BEARER, SECRET, a_database, body, reader, send, served, signed
from workers.web.intake import LARGEST, Bounds

OTHER_SECRET = "whsec_" + "b3RoZXI" * 4


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with a_database(database_url) as database:
        yield database


@pytest.fixture
def web(database: Database) -> Iterator[httpx.Client]:
    with served(database) as client:
        yield client


def stored(database: Database) -> int:
    with database.transaction() as connection:
        return connection.execute(select(func.count()).select_from(EVENTS)).scalar_one()


def ordered(database: Database) -> int:
    with database.transaction() as connection:
        return connection.execute(select(func.count()).select_from(ORDERS)).scalar_one()


def test_a_genuine_message_is_accepted_and_kept_to_the_byte(web: httpx.Client, database: Database) -> None:
    content = body("Q-é")

    answer = send(web, content)

    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"
    with database.transaction() as connection:
        event = events.read(connection, database, UUID(answer.json()["event_id"]))
        due = connection.execute(select(EVENTS.c.due_at <= func.now())).scalar_one()
    assert event is not None
    assert (event.body, event.type, event.status) == (content, "quote.accepted", EventStatus.RECEIVED)
    assert due


def test_the_same_delivery_again_is_a_duplicate_of_the_first(web: httpx.Client, database: Database) -> None:
    first = send(web, body()).json()

    again = send(web, body(quantity=5))

    assert (again.status_code, again.json()) == (202, {"event_id": first["event_id"], "status": "duplicate"})
    assert stored(database) == 1


def test_fifty_equal_webhooks_at_once_make_one_event_and_one_order(web: httpx.Client, database: Database) -> None:
    with ThreadPoolExecutor(50) as senders:
        answers = list(senders.map(lambda content: send(web, content), repeat(body(), 50)))

    assert {answer.status_code for answer in answers} == {202}
    assert sorted(answer.json()["status"] for answer in answers) == ["accepted", *["duplicate"] * 49]
    (event_id,) = {answer.json()["event_id"] for answer in answers}
    with ThreadPoolExecutor(8) as workers:
        results = list(workers.map(reader(database).read, repeat(UUID(event_id), 8)))
    assert sum(result.changed for result in results) == 1
    assert (stored(database), ordered(database)) == (1, 1)


def test_a_bearer_may_name_its_delivery_and_without_a_name_none_is_a_duplicate(
    web: httpx.Client, database: Database
) -> None:
    def post(**headers: str) -> str:
        all_headers = {"authorization": f"Bearer {BEARER}", **headers}
        return str(web.post("/in/shop", content=body(), headers=all_headers).json()["status"])

    assert [post(), post()] == ["accepted", "accepted"]
    assert [post(**{"webhook-id": "x" * 5000}), post(**{"webhook-id": "x" * 5000})] == ["accepted", "duplicate"]
    assert stored(database) == 3


def test_the_same_delivery_id_of_two_connections_is_two_deliveries(web: httpx.Client, database: Database) -> None:
    send(web, body(), "m-1")
    headers = {"authorization": f"Bearer {BEARER}", "webhook-id": "m-1"}

    assert web.post("/in/shop", content=body(), headers=headers).json()["status"] == "accepted"
    assert stored(database) == 2


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="unsigned"),
        pytest.param(signed(body(), secret=OTHER_SECRET), id="signed with another secret"),
        pytest.param(signed(body("Q-2")), id="signed for another body"),
        pytest.param(signed(body(), age=timedelta(hours=1)), id="stale"),
        pytest.param(signed(body(), age=timedelta(hours=-1)), id="from the future"),
        pytest.param({"authorization": f"Bearer {BEARER}"}, id="with another connection's secret"),
    ],
)
def test_a_message_that_is_not_genuine_leaves_a_count_and_nothing_else(
    headers: dict[str, str], database: Database
) -> None:
    with served(database) as web:
        answer = web.post("/in/crm", content=body(), headers=headers)

    assert answer.status_code == 401
    assert "wrong" in answer.json()["detail"][0]["msg"]
    assert stored(database) == 0
    with database.transaction() as connection:
        assert connection.execute(select(CONNECTIONS.c.name, CONNECTIONS.c.refused)).all() == [("crm", 1)]


def test_no_such_connection(web: httpx.Client) -> None:
    assert web.post("/in/nobody", content=body(), headers=signed(body())).status_code == 404


def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(web: httpx.Client, database: Database) -> None:
    largest = body(notes="").ljust(LARGEST)

    assert send(web, largest).status_code == 202
    assert send(web, largest + b" ", "m-2").status_code == 413
    assert stored(database) == 1


def test_a_body_without_an_announced_length_is_cut_off_as_well(web: httpx.Client) -> None:
    answer = web.post("/in/crm", content=(b" " * 65536 for _ in range(64)), headers=signed(body()))

    assert answer.status_code == 413


def test_a_message_of_thousands_of_headers_holds_nobody_up(web: httpx.Client) -> None:
    many = b"".join(b"x-%d: 1\r\n" % number for number in range(30_000))
    with socket.create_connection((web.base_url.host, web.base_url.port or 0), timeout=4) as sender:
        sender.sendall(b"POST /in/crm HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n" + many + b"\r\n{}")

        assert sender.recv(100).startswith(b"HTTP/1.1 401 ")


def test_of_a_header_that_is_there_twice_the_first_counts(web: httpx.Client) -> None:
    named = signed(body())

    answer = web.post("/in/crm", content=body(), headers=[*named.items(), *((name, "other") for name in named)])

    assert answer.status_code == 202


def test_an_endless_body_is_answered_while_it_is_still_being_sent(web: httpx.Client) -> None:
    with socket.create_connection((web.base_url.host, web.base_url.port or 0), timeout=10) as sender:
        sender.sendall(b"POST /in/crm HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\nbegin")

        assert sender.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_genuine_message_that_does_not_read_is_kept_and_explained(web: httpx.Client, database: Database) -> None:
    answer = send(web, body(quantity=0))

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["data", "lines", 0, "quantity"]
    with database.transaction() as connection:
        (listed,) = event_list.listed(connection, database, limit=10)
    assert (str(listed.id), listed.status) == (answer.json()["event_id"], EventStatus.UNREADABLE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"not json", id="no JSON"),
        pytest.param(b'{"type": "quote.accepted", "data": "\\u0000"}', id="NUL"),
        pytest.param(b'{"type": "\\ud800"}', id="half a character"),
        pytest.param(b"[" * 200_000, id="bottomless"),
        pytest.param(b'{"type": "' + b"x" * 5000 + b'"}', id="an overlong type"),
        pytest.param(b'{"type": "ticket.updated", "data": {}}', id="a ticket"),
        pytest.param(b'{"type": ["quote.accepted"]}', id="a list as type"),
        pytest.param(body("x" * 3000), id="an overlong quote id"),
    ],
)
def test_whatever_is_genuine_and_unreadable_gets_422(content: bytes, web: httpx.Client, database: Database) -> None:
    assert send(web, content).status_code == 422
    assert stored(database) == 1


def test_bytes_that_are_no_text_get_422(web: httpx.Client) -> None:
    headers = {"authorization": f"Bearer {BEARER}"}

    assert web.post("/in/shop", content=b'{"a": "\xff"}', headers=headers).status_code == 422


def test_a_duplicate_of_an_unreadable_one_gets_the_same_and_accepted_after_a_replay(
    web: httpx.Client, database: Database
) -> None:
    first = send(web, body(quantity=0))
    again = send(web, body(quantity=1))
    assert (again.status_code, again.json()) == (422, first.json())

    with database.transaction() as connection:  # the fix: what could not be read now can be
        sealed = events.seal_body(database, body(quantity=1))
        connection.execute(EVENTS.update().values(body=sealed))
    event_id = UUID(first.json()["event_id"])
    assert reader(database).preview(event_id) == 1
    replayed = reader(database).replay(event_id)

    assert replayed is not None
    assert replayed.changed == 1
    healed = send(web, body(quantity=0))
    assert (healed.status_code, healed.json()) == (202, {"event_id": str(event_id), "status": "accepted"})


def test_a_replay_of_what_still_does_not_read_changes_nothing(web: httpx.Client, database: Database) -> None:
    first = send(web, body(quantity=0))

    replayed = reader(database).replay(UUID(first.json()["event_id"]))

    assert replayed is not None
    assert "whole number" in replayed.sentence
    assert send(web, body(quantity=0)).json() == first.json()
    assert ordered(database) == 0


def test_over_the_rate_limit_the_sender_is_told_when_to_come_again(database: Database) -> None:
    with served(database, Bounds(per_minute=2)) as web:
        answers = [send(web, body(f"Q-{number}"), f"m-{number}") for number in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert stored(database) == 2


def test_messages_that_are_not_genuine_do_not_use_up_the_limit(database: Database) -> None:
    with served(database, Bounds(per_minute=1)) as web:
        refused = [web.post("/in/crm", content=body()).status_code for _ in range(3)]

        assert refused == [401, 401, 401]
        assert send(web, body()).status_code == 202


def test_without_a_database_the_sender_is_asked_to_come_again() -> None:
    with a_database("postgresql://nobody@127.0.0.1:1/none") as away, served(away) as web:
        answer = send(web, body())

        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        assert web.get("/health/ready").status_code == 503
        assert web.get("/health/live").text == "live"


def test_a_database_that_takes_too_long_is_as_good_as_away_and_nothing_is_lost_or_doubled(database: Database) -> None:
    with served(database, Bounds(patience=0.3, threads=1, waiting=2)) as web:
        with database.transaction() as connection:
            connection.exec_driver_sql("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            late = [send(web, body(f"Q-{number}"), f"m-{number}") for number in range(4)]
        assert [answer.status_code for answer in late] == [429] * 4
        after = _until_stored(web)

    assert after == "duplicate"  # the first delivery was stored after all, and its sender's second try finds it


def test_a_process_whose_database_takes_too_long_is_not_ready(database: Database) -> None:
    with served(database, Bounds(patience=0.3)) as web:
        with database.transaction() as connection:
            connection.exec_driver_sql("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            waiting = web.get("/health/ready")
        while (ready := web.get("/health/ready")).status_code == 503:
            pass  # the look that was given up ends now that it can

    assert (waiting.status_code, waiting.text) == (503, "waiting")
    assert ready.text == "ready"


def _until_stored(web: httpx.Client) -> str:
    """Sends the first message again until it is answered: the threads need a moment to come free."""
    while (answer := send(web, body("Q-0"), "m-0")).status_code == 429:
        assert answer.headers["retry-after"]
    return str(answer.json()["status"])


def test_the_schema_is_served(web: httpx.Client) -> None:
    answer = web.get("/in/schema/quote.accepted.json")

    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json()["title"] == "quote.accepted"


def test_health_is_a_word_each(web: httpx.Client) -> None:
    assert [web.get(f"/health/{word}").text for word in ("live", "ready")] == ["live", "ready"]


@pytest.mark.parametrize("path", ["/", "/in/crm", "/nowhere", "/in/crm/../../etc"])
def test_errors_have_one_shape_and_every_answer_its_headers(web: httpx.Client, path: str) -> None:
    answer = web.get(path)

    assert answer.status_code in {404, 405}
    assert set(answer.json()["detail"][0]) == {"loc", "msg"}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("name", "word", "status"),
    [
        pytest.param("pax8", "pax8 calling", 202, id="with its secret"),
        pytest.param("pax8", "somebody", 401, id="with another"),
        pytest.param("limio", "pax8 calling", 404, id="without a secret there is no door"),
    ],
)
def test_a_marketplace_announces_changes(web: httpx.Client, name: str, word: str, status: int) -> None:
    assert web.post(f"/in/marketplaces/{name}", headers={"authorization": word}).status_code == status


def test_personal_data_lies_sealed(web: httpx.Client, database: Database) -> None:
    reader(database).read(UUID(send(web, body()).json()["event_id"]))

    with database.transaction() as connection:
        rows = [
            str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            for table in ("events", "quotes", "revisions", "orders", "journal")
        ]
    assert "dana@contoso.example" not in "".join(rows)
    assert SECRET not in "".join(rows)
