"""What a worker weighs, and its clock costs, beside a hundred thousand orders that wait."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import psycopg
from measuring import Figures, finished
from processes import cpu_seconds, memory
from rig import Rig, Run
from sender import send

from pipeline.domain.stage import Stage
from workers.celery_app import QUEUES, make_app
from workers.clock import Clock, Rhythm
from workers.lane import FastLane
from workers.wire import Wire

# A third each: scheduled for a date, asking a person, waiting at the marketplace. Facts are a real order's.
_PARK = """
WITH one AS (SELECT * FROM orders ORDER BY created_at LIMIT 1), numbers AS (SELECT generate_series(1, %(count)s) AS n),
quoted AS (INSERT INTO quotes (id, system, quote_id) SELECT gen_random_uuid(), 'parked', n::text FROM numbers
           RETURNING id, quote_id::int AS n),
revised AS (INSERT INTO revisions (id, quote_pk, revision, state, snapshot, content_hash)
            SELECT gen_random_uuid(), quoted.id, '', 'current', r.snapshot, r.content_hash
            FROM quoted, one JOIN revisions r ON r.id = one.revision_pk RETURNING id, quote_pk)
INSERT INTO orders (id, ref, quote_pk, revision_pk, line_ids, marketplace, account, customer_key, company_id, company,
                    state, stage, version, facts, due_at, entered_at, waiting_for, waiting_on, waiting_since,
                    marketplace_order_id)
SELECT gen_random_uuid(), 'QW-P' || n, quoted.id, revised.id, one.line_ids, one.marketplace, one.account,
       'parked-' || n, 'parked-' || n, 'Parked ' || n,
       (ARRAY['scheduled', 'asking', 'waiting'])[1 + n %% 3], (ARRAY['submit', 'submit', 'poll_status'])[1 + n %% 3],
       7, one.facts, CASE n %% 3 WHEN 1 THEN NULL ELSE now() + interval '1 hour' + n * interval '1 second' END, now(),
       one.waiting_for, 'somebody', now(), CASE n %% 3 WHEN 2 THEN 'parked-' || n END
FROM quoted JOIN revised ON revised.quote_pk = quoted.id, one
"""


def parked(rig: Rig, count: int) -> Figures:
    """One worker that has done 40 orders, idle for some seconds beside so many parked ones."""
    with rig.run() as run:
        _, port = run.web()
        first = run.worker(1)[0]
        send(port, rig.market.companies(1))
        finished(run, 1)
        if count:
            _park(run, count)
        send(port, rig.market.companies(40))
        finished(run, 41)
        before, begun = cpu_seconds([first]), time.monotonic()
        time.sleep(10)
        idle = (cpu_seconds([first]) - before) / (time.monotonic() - begun)
        rss, pss = memory(first)
        tick = _tick(run)
    return {
        "parked_orders": count,
        "worker_rss_mb": round(rss, 1),
        "worker_pss_mb": round(pss, 1),
        "worker_idle_cpu_percent": round(idle * 100, 2),
        "clock_tick_ms": tick,
    }


def _park(run: Run, count: int) -> None:
    with psycopg.connect(run.database_url, autocommit=True) as connection:
        connection.execute(_PARK, {"count": count})
        connection.execute("ANALYZE")


def _tick(run: Run) -> float:
    """The median of rounds of a clock of our own, with nothing due."""
    with run.application() as application:
        wire = Wire(make_app(application.redis_url), application.redis_url)
        lane = FastLane(list(Stage), enabled=True, short=64)
        rhythm = Rhythm("bench", QUEUES, timedelta(seconds=60))
        clock = Clock(application.database, wire, lane, rhythm, lambda: 0, lambda _: None)
        took = []
        for _ in range(200):
            begun = time.monotonic()
            clock.tick()
            took.append(time.monotonic() - begun)
        wire.close()
    return round(statistics.median(took) * 1000, 2)
