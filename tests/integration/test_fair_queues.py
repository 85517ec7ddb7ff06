"""Of several queues with messages each has its turn, however long one of them is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from pipeline.domain.stage import Stage
from workers.celery_app import EVENTS, QUEUES, make_app
from workers.wire import Wire


def test_a_flood_of_polls_keeps_no_accepted_quote_waiting(redis_url: str) -> None:
    app = make_app(redis_url)
    wire = Wire(app, redis_url)
    for _ in range(20):
        wire.publish_order(uuid4(), Stage.POLL_STATUS)
    wire.publish_event(uuid4())
    wire.close()
    read: list[str] = []

    def note(_body: Any, message: Any) -> None:
        read.append(message.delivery_info["routing_key"])

    with app.connection_for_read() as connection, connection.channel() as channel:
        queues = [app.amqp.queues[name] for name in QUEUES]
        with app.amqp.TaskConsumer(channel, queues=queues, callbacks=[note], no_ack=True):
            while len(read) < 3:
                connection.drain_events(timeout=5)

    assert EVENTS in read
