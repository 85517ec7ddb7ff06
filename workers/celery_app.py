"""
The Celery application: queues on Redis or Valkey as the wire, and nothing that must not be lost.

Every setting here answers a failure that was measured: see docs/decisions/0003-celery-on-redis.md.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from celery import Celery, bootsteps

from pipeline.domain.stage import Stage

PREFIX = "quoteway:"
EVENTS = "events"
NOTIFY = Stage.NOTIFY.value
# What a queue of the wire may be called, last stage first.
QUEUES = (*(stage.value for stage in reversed(Stage)), EVENTS)
READ_EVENT = "event.read"
DELIVER_NOTICE = "notice.deliver"
RUN_ERRAND = "source.errand"


def task_name(stage: Stage) -> str:
    """The name under which Flower shows the stage's tasks; they sort in the order of the stages."""
    return f"order.{stage.number}.{stage.value}"


def broker_url(redis_url: str) -> str:
    """The same server in Celery's way of writing: `unix:///path?db=1` becomes `redis+socket:///path?virtual_host=1`."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair).get("db", "0")
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def make_app(redis_url: str) -> Celery:
    """An application that publishes and consumes. Connects at its first use."""
    app = Celery("quoteway", broker=broker_url(redis_url), set_as_current=False)
    app.conf.update(_settings())
    app.steps["consumer"].add(GiveBack)
    return app


class GiveBack(bootsteps.StartStopStep):
    """
    Messages that were read and not begun go back to their queue when a worker stops in order, and only then.

    To a broker that is gone they cannot go back: Kombu would write them to a file and call it an emergency. They are
    rows, and due again when their leases end.
    """

    name = "quoteway.give_back"
    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        parent.task_consumer.channel.do_restore = False

    def stop(self, parent: Any) -> None:
        parent.task_consumer.channel.do_restore = True


def _settings() -> dict[str, Any]:
    return {
        "task_ignore_result": True,
        "result_backend": None,
        "task_serializer": "json",
        "accept_content": ["json"],
        # The lease of the row is the only redelivery: a message is gone once it is read.
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        # A publish that fails is the clock's to repeat; a retry here would only hold the worker.
        "task_publish_retry": False,
        "task_create_missing_queues": True,
        "task_default_queue": EVENTS,
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": True,
        "task_send_sent_event": False,
        "task_track_started": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_pool_limit": 20,
        "enable_utc": True,
        "timezone": "UTC",
        "broker_transport_options": {
            "global_keyprefix": PREFIX,
            # What a worker has read is in its memory only, as the lease is the redelivery. Kombu's notes of it in the
            # broker end the whole worker when the broker goes away while one of them is being crossed out.
            "ack_emulation": False,
            # Without these a frozen or half-open connection is never noticed (measured: minutes).
            "socket_timeout": 10,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "max_connections": 100,
            # Each queue in its turn: by priority a flood of polls would keep every accepted quote waiting.
            "queue_order_strategy": "round_robin",
        },
    }
