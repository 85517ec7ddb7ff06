"""Notices from the row to the receiver: at least once, never forgotten, and the row always says where they stand."""

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, insert, select
from standardwebhooks import Webhook

from events.notices.channel import Arrived, Channel, Missed, Notice, Result
from events.notices.delivery import BACKOFF, Deliverer
from events.notices.preview import sample
from events.notices.targets import Targets
from events.notices.webhook import WebhookChannel
from pipeline.domain.change import Change
from pipeline.store import notices
from pipeline.store.cipher import Cipher, new_key
from pipeline.store.database import Database, make_engine
from pipeline.store.orders import NewOrder, create_order
from pipeline.store.tables import NOTICES, QUOTES, REVISIONS
from tests.integration.notices_receiver import receiver

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
AT_ONCE = timedelta(0)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(make_engine(database_url), Cipher([new_key()]))
    yield database
    database.close()


@pytest.fixture
def order_id(database: Database) -> UUID:
    quote, revision = uuid4(), uuid4()
    new = NewOrder(quote, revision, ["1"], "pax8", "pax8", "customer", "Contoso Ltd", None)
    with database.transaction() as connection:
        connection.execute(insert(QUOTES).values(id=quote, system="crm", quote_id="Q-1001"))
        connection.execute(
            insert(REVISIONS).values(
                id=revision, quote_pk=quote, revision="", state="accepted", snapshot=b"", content_hash=""
            )
        )
        return create_order(connection, database, new)


class Killed(BaseException):
    """What a test raises where a process would die."""


@dataclass
class Script:
    """A channel that does as it is told, and keeps what it was given."""

    results: list[Result | BaseException] = field(default_factory=lambda: [Arrived()])
    sent: list[Notice] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    name: str = "ops"

    def send(self, notice: Notice) -> Result:
        self.sent.append(notice)
        self.meanwhile()
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        if isinstance(result, BaseException):
            raise result
        return result


def written(database: Database, order_id: UUID, *channels: str, change: Change = Change.LIVE) -> UUID:
    with database.transaction() as connection:
        return notices.write(
            connection,
            database,
            order_id=order_id,
            change=change,
            version=7,
            channels=channels or ("ops",),
            view=sample(change),
        )[0]


def row(database: Database, notice_id: UUID) -> Mapping[str, Any]:
    waits = (NOTICES.c.due_at - func.clock_timestamp()).label("waits")
    with database.transaction() as connection:
        return dict(connection.execute(select(NOTICES, waits).where(NOTICES.c.id == notice_id)).mappings().one())


def deliverer(database: Database, channel: Channel, **options: Any) -> Deliverer:
    return Deliverer(database, {"ops": channel}, **options)


def test_a_change_writes_one_notice_for_each_channel_and_a_repeat_writes_none(
    database: Database, order_id: UUID
) -> None:
    def write(version: int) -> int:
        with database.transaction() as connection:
            return len(
                notices.write(
                    connection,
                    database,
                    order_id=order_id,
                    change=Change.ASKING,
                    version=version,
                    channels=["ops", "chat"],
                    view={"ref": "QW-1", "at": datetime(2026, 11, 21, tzinfo=UTC), "id": order_id},
                )
            )

    assert [write(3), write(3), write(4)] == [2, 0, 2]


def test_a_change_that_is_rolled_back_leaves_no_notice(database: Database, order_id: UUID) -> None:
    def die_after_writing() -> None:
        with database.transaction() as connection:
            notices.write(
                connection, database, order_id=order_id, change=Change.LIVE, version=1, channels=["ops"], view={}
            )
            raise Killed

    with pytest.raises(Killed):
        die_after_writing()

    with database.transaction() as connection:
        assert notices.health(connection) == []


def test_the_order_in_a_notice_does_not_lie_readable_in_the_database(database: Database, order_id: UUID) -> None:
    kept = row(database, written(database, order_id))

    assert b"Contoso" not in bytes(kept["body"])


def test_a_notice_that_arrives_is_done(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)
    channel = Script()

    deliverer(database, channel).deliver(notice_id)
    deliverer(database, channel).deliver(notice_id)

    kept = row(database, notice_id)
    assert kept["delivered_at"] is not None
    assert kept["due_at"] is None
    assert len(channel.sent) == 1


def test_no_transaction_is_open_and_no_row_locked_while_a_notice_is_sent(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)
    seen: list[Any] = []

    def look() -> None:
        with database.transaction() as connection:
            seen.append(connection.execute(select(NOTICES.c.tries).with_for_update(nowait=True)).scalar_one())

    deliverer(database, Script(meanwhile=look)).deliver(notice_id)

    assert seen == [1]


def test_the_same_message_twice_at_once_sends_once(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)
    started, end = threading.Event(), threading.Event()

    def hold() -> None:
        started.set()
        assert end.wait(10)

    channel = Script(meanwhile=hold)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(deliverer(database, channel).deliver, notice_id)
        assert started.wait(10)
        deliverer(database, channel).deliver(notice_id)
        end.set()
        first.result(10)

    assert len(channel.sent) == 1


def test_failed_attempts_wait_longer_each_time_for_three_days_and_then_stop(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)
    channel = Script([Missed("The receiver answered 500.")])
    delivery = deliverer(database, channel)

    for wait in BACKOFF:
        delivery.deliver(notice_id)
        kept = row(database, notice_id)
        assert wait - timedelta(seconds=5) < kept["waits"] <= wait
        assert (kept["error"], kept["attempt_at"], kept["published"]) == ("The receiver answered 500.", None, 0)
    delivery.deliver(notice_id)
    delivery.deliver(notice_id)

    kept = row(database, notice_id)
    assert (kept["tries"], kept["due_at"]) == (11, None)
    assert kept["given_up_at"] is not None
    assert not any(notice.again for notice in channel.sent)
    assert timedelta(days=2.5) < sum(BACKOFF, timedelta()) < timedelta(days=3.5)


def test_a_receiver_that_wants_no_more_is_not_tried_again(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)

    deliverer(database, Script([Missed("gone", final=True)])).deliver(notice_id)

    assert row(database, notice_id)["given_up_at"] is not None


def test_a_receiver_that_asks_for_time_gets_it(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)

    deliverer(database, Script([Missed("slow down", after=timedelta(minutes=7))])).deliver(notice_id)

    assert timedelta(minutes=6, seconds=50) < row(database, notice_id)["waits"] <= timedelta(minutes=7)


def test_an_attempt_that_died_is_repeated_after_its_lease_and_says_again(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)
    channel = Script([Killed(), Arrived()])

    with pytest.raises(Killed):
        deliverer(database, channel).deliver(notice_id)
    deliverer(database, channel).deliver(notice_id)
    assert len(channel.sent) == 1
    assert timedelta(seconds=50) < row(database, notice_id)["waits"] <= timedelta(seconds=60)
    deliverer(database, channel, lease=AT_ONCE).deliver(notice_id)

    assert [notice.again for notice in channel.sent] == [False, True]
    assert channel.sent[0].body == channel.sent[1].body
    kept = row(database, notice_id)
    assert (kept["cut_off"], kept["tries"], kept["attempt_at"]) == (1, 2, None)
    assert kept["delivered_at"] is not None


def test_an_attempt_that_perhaps_arrived_makes_the_next_one_say_again(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)
    channel = Script([Missed("no end seen", perhaps_arrived=True), Missed("refused"), Arrived()])
    delivery = deliverer(database, channel)

    for _ in range(3):
        delivery.deliver(notice_id)

    assert [notice.again for notice in channel.sent] == [False, True, True]
    assert row(database, notice_id)["cut_off"] == 1


def test_the_late_failure_of_an_old_attempt_changes_nothing_and_its_late_success_counts(
    database: Database, order_id: UUID
) -> None:
    notice_id = written(database, order_id)
    with database.transaction() as connection:
        old = notices.take(connection, notice_id, AT_ONCE)
    with database.transaction() as connection:
        new = notices.take(connection, notice_id, AT_ONCE)
    assert old is not None
    assert new is not None

    with database.transaction() as connection:
        notices.failed(connection, old, "late", None)
    assert row(database, notice_id)["attempt_at"] is not None
    with database.transaction() as connection:
        notices.delivered(connection, old)
    with database.transaction() as connection:
        notices.failed(connection, new, "later still", AT_ONCE)

    kept = row(database, notice_id)
    assert kept["delivered_at"] is not None
    assert (kept["due_at"], kept["error"], kept["given_up_at"]) == (None, "", None)


def test_a_fault_of_ours_is_recorded_without_its_words_and_raised(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)

    with pytest.raises(RuntimeError):
        deliverer(database, Script([RuntimeError("https://hidden")])).deliver(notice_id)

    kept = row(database, notice_id)
    assert kept["error"] == "A fault of Quoteway's own (RuntimeError); see the log."
    assert kept["waits"] <= BACKOFF[0]


def test_a_channel_that_is_no_longer_configured_is_waited_for(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id, "old")

    deliverer(database, Script()).deliver(notice_id)

    assert row(database, notice_id)["error"] == "No channel named old is configured any more."


def test_a_notice_sealed_with_a_lost_key_says_which_key_to_add(database: Database, order_id: UUID) -> None:
    notice_id = written(database, order_id)
    other = Database(database.engine, Cipher([new_key()]))

    deliverer(other, Script()).deliver(notice_id)

    assert "QUOTEWAY_ENCRYPTION_KEYS" in row(database, notice_id)["error"]


def test_a_notice_that_does_not_exist_is_nothing_to_do(database: Database) -> None:
    deliverer(database, Script()).deliver(uuid4())


def test_a_webhook_keeps_its_id_and_its_bytes_over_all_attempts_and_each_verifies(
    database: Database, order_id: UUID
) -> None:
    notice_id = written(database, order_id)
    times = iter(datetime.now(UTC) + timedelta(seconds=second // 2) for second in range(100))
    with receiver() as far:
        far.answers = [(500, {}), (503, {"retry-after": "1"}), (204, {})]
        channel = WebhookChannel(
            "ops",
            SecretStr(far.url),
            SecretStr(SECRET),
            Targets("SETTING", allow_private=True),
            now=lambda: next(times),
        )
        for _ in range(4):
            deliverer(database, channel).deliver(notice_id)

    assert len(far.received) == 3
    assert {got.headers["webhook-id"] for got in far.received} == {str(notice_id)}
    assert len({got.headers["webhook-signature"] for got in far.received}) == 3
    assert len({got.body for got in far.received}) == 1
    payload, *_ = [Webhook(SECRET).verify(got.body, got.headers) for got in far.received]
    assert payload["type"] == "order.live"
    assert payload["data"] == sample(Change.LIVE)
    assert datetime.fromisoformat(payload["timestamp"]) == row(database, notice_id)["created_at"]


def test_health_tells_what_waits_what_was_given_up_and_why(database: Database, order_id: UUID) -> None:
    waiting = written(database, order_id, "ops", "chat")
    given_up = written(database, order_id, "ops", change=Change.FAILED)
    arrived = written(database, order_id, "ops", change=Change.ASKING)
    deliverer(database, Script([Missed("gone", final=True)])).deliver(given_up)
    deliverer(database, Script()).deliver(arrived)

    with database.transaction() as connection:
        chat, ops = notices.health(connection)

    assert (chat.channel, chat.waiting, chat.given_up, chat.last_delivered_at, chat.error) == ("chat", 1, 0, None, "")
    assert (ops.channel, ops.waiting, ops.given_up, ops.error) == ("ops", 1, 1, "gone")
    assert ops.waiting_since == row(database, waiting)["created_at"]
    assert ops.last_delivered_at == row(database, arrived)["delivered_at"]
