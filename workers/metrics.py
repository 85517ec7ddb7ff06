"""What Prometheus scrapes: read from the database at each scrape, so that any web process tells of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from pipeline.store import counts, life, notices
from pipeline.store.database import Database

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(database: Database) -> bytes:
    """All metrics as text. Raises what the database raises."""
    with database.transaction() as connection:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Read([*_orders(connection), *_queues(connection), *_rest(connection)]))
        return generate_latest(registry)


class _Read(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _orders(connection: Connection) -> Iterator[Metric]:
    orders = GaugeMetricFamily("quoteway_orders", "Orders by state and stage.", labels=("state", "stage"))
    for state, stage, count in counts.orders_by_state(connection):
        orders.add_metric((state, stage), count)
    yield orders
    yield GaugeMetricFamily(
        "quoteway_unknown_submits",
        "Orders of which it is not known whether they have bought.",
        counts.unknown_submits(connection),
    )
    claims = GaugeMetricFamily(
        "quoteway_open_claims", "Writes at a marketplace whose outcome is not known yet.", labels=("kind",)
    )
    for kind, count in counts.open_claims(connection).items():
        claims.add_metric((kind,), count)
    yield claims


def _queues(connection: Connection) -> Iterator[Metric]:
    now = counts.now(connection)
    due = GaugeMetricFamily("quoteway_due_rows", "Rows that wait to be worked on.", labels=("queue",))
    oldest = GaugeMetricFamily("quoteway_oldest_due_seconds", "How long the oldest of them waits.", labels=("queue",))
    workers = GaugeMetricFamily("quoteway_queue_workers", "Workers seen lately that serve it.", labels=("queue",))
    for queue in counts.queues(connection):
        due.add_metric((queue.name,), queue.due)
        waits = (now - queue.oldest).total_seconds() if queue.oldest else 0.0
        oldest.add_metric((queue.name,), max(waits, 0.0))
        workers.add_metric((queue.name,), queue.workers)
    yield from (due, oldest, workers)
    alive = sum(worker.alive for worker in life.workers(connection))
    yield GaugeMetricFamily("quoteway_workers_alive", "Workers that gave a sign of life lately.", alive)


def _rest(connection: Connection) -> Iterator[Metric]:
    asked = GaugeMetricFamily("quoteway_open_questions", "Questions that wait for a person.", labels=("kind",))
    late = GaugeMetricFamily("quoteway_overdue_questions", "Those of them past their deadline.", labels=("kind",))
    for kind, (count, overdue) in counts.open_questions(connection).items():
        asked.add_metric((kind,), count)
        late.add_metric((kind,), overdue)
    events = GaugeMetricFamily("quoteway_events", "Events by connection and status.", labels=("connection", "status"))
    for source, status, count in counts.events_by_status(connection):
        events.add_metric((source, status), count)
    refused = GaugeMetricFamily(
        "quoteway_refused_deliveries", "Deliveries that were not genuine.", labels=("connection",)
    )
    for known in counts.sources(connection):
        refused.add_metric((known.name,), known.refused)
    waiting = GaugeMetricFamily("quoteway_notices_waiting", "Notices not delivered yet.", labels=("channel",))
    given_up = GaugeMetricFamily("quoteway_notices_given_up", "Notices given up within a week.", labels=("channel",))
    for channel in notices.health(connection):
        waiting.add_metric((channel.channel,), channel.waiting)
        given_up.add_metric((channel.channel,), channel.given_up)
    yield from (asked, late, events, refused, waiting, given_up)
