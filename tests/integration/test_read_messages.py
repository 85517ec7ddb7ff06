"""What becomes of messages that a worker has read and not begun: when it stops in order, and when the broker goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import redis
from celery import Celery
from kombu import Connection, Queue

from pipeline.domain.stage import Stage
from tests.servers import claimed_folder
from workers.celery_app import PREFIX, GiveBack, make_app
from workers.embedded import EmbeddedValkey
from workers.wire import Wire

QUEUE = Stage.SUBMIT.value


@pytest.fixture
def broker() -> Iterator[EmbeddedValkey]:
    with claimed_folder() as folder, EmbeddedValkey(folder, durable=False) as server:
        yield server


@pytest.fixture
def app(broker: EmbeddedValkey) -> Iterator[Celery]:
    app = make_app(broker.url)
    wire = Wire(app, broker.url)
    for _ in range(3):
        wire.publish_order(uuid4(), Stage.SUBMIT)
    yield app
    wire.close()
    app.close()


class Reader:
    """A worker's consumer with Celery's step of ours; it has read all messages and begun none."""

    def __init__(self, app: Celery) -> None:
        self.read: list[Any] = []
        self.connection: Connection = app.connection_for_read()
        consumer = app.amqp.TaskConsumer(self.connection.default_channel, queues=[Queue(QUEUE)])
        consumer.on_message = self.read.append
        consumer.qos(prefetch_count=4)
        self.parent = SimpleNamespace(task_consumer=consumer)
        self.step = GiveBack(self.parent)
        self.step.start(self.parent)
        consumer.consume()
        while len(self.read) < 3:
            self.connection.drain_events(timeout=5)


def waiting(broker: EmbeddedValkey) -> int:
    with redis.Redis.from_url(broker.url) as client:
        return len(client.lrange(PREFIX + QUEUE, 0, -1))


def test_they_go_back_to_their_queue_when_the_worker_stops_in_order(app: Celery, broker: EmbeddedValkey) -> None:
    reader = Reader(app)
    reader.read[0].ack()
    assert waiting(broker) == 0

    reader.step.stop(reader.parent)
    reader.connection.close()

    assert waiting(broker) == 2


def test_a_broker_that_is_gone_ends_neither_the_worker_nor_is_it_an_emergency(
    app: Celery, broker: EmbeddedValkey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    reader = Reader(app)

    broker.kill()
    reader.read[0].ack()
    reader.connection.close()

    assert list(tmp_path.iterdir()) == []
