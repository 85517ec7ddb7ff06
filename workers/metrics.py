"""What Prometheus scrapes: read from the database at each scrape, so that any web process tells of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from pipeline.store import counts, errands, life, notices
from pipeline.store.database import Database
from pipeline.store.errands import ErrandKind

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(database: Database) -> bytes:
    """All metrics as text. Raises what the database raises."""
    with database.transaction() as connection:
        registry = CollectorRegistry(auto_describe=False)
        read = (_orders, _queues, _sources, _rest)
        registry.register(_Read([metric for some in read for metric in some(connection)]))
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
    waiting = GaugeMetricFamily("quoteway_notices_waiting", "Notices not delivered yet.", labels=("channel",))
    given_up = GaugeMetricFamily("quoteway_notices_given_up", "Notices given up within a week.", labels=("channel",))
    for channel in notices.health(connection):
        waiting.add_metric((channel.channel,), channel.waiting)
        given_up.add_metric((channel.channel,), channel.given_up)
    yield from (asked, late, events, waiting, given_up)


def _sources(connection: Connection) -> Iterator[Metric]:
    now = counts.now(connection)
    refused = _by_connection("quoteway_refused_deliveries", "Deliveries that were not genuine.")
    event_age = _by_connection("quoteway_source_last_event_seconds", "How long ago the last event came.")
    poll_age = _by_connection("quoteway_source_last_poll_seconds", "How long ago a poll last went well.")
    failures = _by_connection("quoteway_source_poll_failures", "Polls that failed in a row.")
    deactivated = _by_connection("quoteway_source_deactivated", "1: the webhook is switched off at the tool.")
    problems = _by_connection("quoteway_source_problems", "Problems that the last check found.")
    for known in counts.sources(connection):
        refused.add_metric((known.name,), known.refused)
        if known.last_event_at is not None:
            event_age.add_metric((known.name,), _seconds(known.last_event_at, now))
    for errand in errands.shown(connection):
        label = (errand.connection,)
        match errand.kind:
            case ErrandKind.POLL:
                failures.add_metric(label, errand.faults)
                if errand.done_at is not None:
                    poll_age.add_metric(label, _seconds(errand.done_at, now))
            case ErrandKind.CHECK:
                deactivated.add_metric(label, int(errand.deactivated))
                problems.add_metric(label, len(errand.problems))
            case ErrandKind.TIDY:
                pass
    yield from (refused, event_age, poll_age, failures, deactivated, problems)


def _by_connection(name: str, meaning: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, labels=("connection",))


def _seconds(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)
