"""Publishing: the kind and the id of a row, to the queue of its step. Nothing else ever travels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from pipeline.domain.stage import Stage
from workers.celery_app import DELIVER_NOTICE, EVENTS, NOTIFY, PREFIX, QUEUES, READ_EVENT, RUN_ERRAND, task_name

_KNOCK_LASTS = 300


class WireDown(Exception):
    """The broker cannot be reached, or is frozen. What was to be published stays a row, and is due again."""


class Wire:
    """
    Publishes for one process. Thread-safe.

    `lengths` asks the broker itself, over a connection with short time-outs of its own.
    """

    def __init__(self, app: Celery, redis_url: str) -> None:
        self._app = app
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2, retry=None)

    def publish_order(self, order_id: UUID, stage: Stage) -> None:
        """Raises WireDown."""
        self._send(task_name(stage), order_id, stage.value)

    def publish_event(self, event_id: UUID) -> None:
        """Raises WireDown."""
        self._send(READ_EVENT, event_id, EVENTS)

    def publish_notice(self, notice_id: UUID) -> None:
        """Raises WireDown."""
        self._send(DELIVER_NOTICE, notice_id, NOTIFY)

    def publish_errand(self, errand_id: UUID) -> None:
        """Raises WireDown."""
        self._send(RUN_ERRAND, errand_id, EVENTS)

    def _send(self, name: str, row_id: UUID, queue: str) -> None:
        try:
            # By `queue` only: an exchange drops messages silently once the broker has lost its bindings.
            self._app.send_task(name, args=(str(row_id),), queue=queue, retry=False, ignore_result=True)
        except (OperationalError, redis.RedisError, OSError) as error:
            raise WireDown(f"the broker does not take messages ({type(error).__name__})") from error

    def knock(self, queue: str) -> None:
        """
        Leaves an empty message for whoever takes from this queue, which need not be declared; it is gone after five
        minutes if nobody does. Raises WireDown.
        """
        try:
            with self._app.producer_or_acquire() as producer:
                producer.publish("", exchange="", routing_key=queue, serializer="json", retry=False)
            self._redis.expire(PREFIX + queue, _KNOCK_LASTS)
        except (OperationalError, redis.RedisError, OSError) as error:
            raise WireDown(f"the broker does not take messages ({type(error).__name__})") from error

    def lengths(self, queues: Sequence[str] = QUEUES) -> Mapping[str, int]:
        """How many messages wait in each queue. Raises WireDown."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for queue in queues:
                    pipeline.llen(PREFIX + queue)
                counted = pipeline.execute()
        except (redis.RedisError, OSError) as error:
            raise WireDown(f"the broker does not answer ({type(error).__name__})") from error
        return dict(zip(queues, (int(count) for count in counted), strict=True))

    def close(self) -> None:
        self._redis.close()
