"""The measurements. Each gives plain figures: seconds are in the names, nothing is a target."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
import rig as rigs
from chain import LAST, chain_app, publish
from processes import busy_seconds, cpu_seconds, memory
from rig import HERE, Rig, Run, Tools
from sender import Delivery, delivery, fire, send

from pipeline.store import journal

Figures = dict[str, float | int | str]
PROCESSES, THREADS = 2, 16
_SOURCES = 7


@dataclass(frozen=True, slots=True)
class Pool:
    """How workers run their tasks."""

    kind: str = "threads"
    fast_lane: bool = True

    @property
    def name(self) -> str:
        return f"{self.kind} {PROCESSES}x{THREADS}{'' if self.fast_lane else ', fast lane off'}"


class Meter:
    """CPU seconds of groups of processes, of the whole machine and of the wall, since it was made."""

    def __init__(self, **groups: Sequence[int]) -> None:
        self._groups = groups
        self._cpu = {name: cpu_seconds(pids) for name, pids in groups.items()}
        self._busy, self._wall = busy_seconds(), time.monotonic()

    def read(self, orders: int) -> Figures:
        """CPU in milliseconds per order, by group; `others` is the share of the machine that none of them used."""
        spent = {name: cpu_seconds(pids) - self._cpu[name] for name, pids in self._groups.items()}
        wall = time.monotonic() - self._wall
        others = busy_seconds() - self._busy - sum(spent.values())
        ours = sum(cpu for name, cpu in spent.items() if name != "marketplace")
        per_order = {f"{name}_cpu_ms_per_order": round(cpu / orders * 1000, 2) for name, cpu in spent.items()}
        return {
            **per_order,
            "cpu_s_per_1000_orders": round(ours / orders * 1000, 2),
            "others_cores": round(others / wall, 2),
        }


def ours(rig: Rig, pool: Pool, orders: int, latency: float) -> Figures:
    """A burst of signed deliveries through the web process and all eight stages."""
    with rig.run(QUOTEWAY_FAST_LANE=str(pool.fast_lane).lower()) as run:
        web, port = run.web()
        workers = _workers(run, pool)
        send(port, rig.market.companies(40))
        finished(run, 40)
        rig.market.latency(latency)
        before = rig.market.count()["calls"]
        meter = Meter(workers=workers, web=[web], servers=rig.servers, marketplace=[rig.market.process.pid])
        send(port, rig.market.companies(orders))
        finished(run, 40 + orders)
        cost = meter.read(orders)
        calls = sum(rig.market.count()["calls"].values()) - sum(before.values())
        rss, pss = (sum(sizes) for sizes in zip(*(memory(pid) for pid in workers), strict=True))
        seconds = _seconds_of_last(run, orders)
    return {
        "orders_per_s": round(orders / seconds, 2),
        "calls_per_order": round(calls / orders, 2),
        **cost,
        "workers_rss_mb": round(rss),
        "workers_pss_mb": round(pss),
    }


def bare(rig: Rig, kind: str, orders: int, latency: float) -> Figures:
    """The same burst as bare chains of eight calls."""
    with rig.run() as run:
        base_url = f"{rig.market.url}/v1"
        more = {
            "BENCH_REDIS_URL": rig.valkey.url,
            "BENCH_BASE_URL": base_url,
            "BENCH_POOL": kind,
            "BENCH_CONCURRENCY": str(THREADS),
        }
        workers = [run.start(f"chain-{n}", [str(HERE / "chain.py")], more) for n in range(PROCESSES)]
        app = chain_app(rig.valkey.url)
        _through(rig, lambda: publish(app, rig.market.companies(40)), 40)
        rig.market.latency(latency)
        meter = Meter(workers=workers, servers=[rig.valkey.pid or 0], marketplace=[rig.market.process.pid])
        seconds = _through(rig, lambda: publish(app, rig.market.companies(orders)), orders)
        cost = meter.read(orders)
        rss, pss = (sum(sizes) for sizes in zip(*(memory(pid) for pid in workers), strict=True))
    return {
        "orders_per_s": round(orders / seconds, 2),
        "calls_per_order": 8,
        **cost,
        "workers_rss_mb": round(rss),
        "workers_pss_mb": round(pss),
    }


def webhooks(rig: Rig, seconds: int) -> Figures:
    """How long the web process takes to answer 100 signed deliveries a second, with the workers busy on them."""
    with rig.run() as run:
        _, port = run.web()
        _workers(run, Pool())
        send(port, rig.market.companies(40))
        took = send(port, rig.market.companies(100 * seconds), rate=100, threads=32)
        done = _done(run)
    ordered = sorted(took)
    return {
        "deliveries": len(took),
        "p50_ms": _ms(ordered, 0.50),
        "p99_ms": _ms(ordered, 0.99),
        "max_ms": round(ordered[-1] * 1000, 1),
        "orders_done_meanwhile": done,
    }


def mixed(rig: Rig, seconds: int) -> Figures:
    """
    As `webhooks`, of seven sources in turns: six tools, each with its own signature, whose quotes the workers then read
    again at the tool, and the generic intake, whose quotes they buy.
    """
    tools = Tools()
    try:
        with rig.run(**tools.settings) as run:
            web, port = run.web()
            workers = _workers(run, Pool())
            fire(port, _in_turns(rig, tools, 10), threads=8)
            made = _in_turns(rig, tools, 100 * seconds // _SOURCES)
            meter = Meter(workers=workers, web=[web], servers=rig.servers, tools=[tools.process.pid])
            took = fire(port, made, rate=100, threads=32)
            cost = meter.read(len(took))
            done = _done(run)
    finally:
        tools.close()
    ordered = sorted(took)
    by_source: dict[str, list[float]] = {}
    for one, each in zip(made, took, strict=True):
        by_source.setdefault(one.path.partition("?")[0].rpartition("/")[2], []).append(each)
    return {
        "deliveries": len(took),
        "p50_ms": _ms(ordered, 0.50),
        "p99_ms": _ms(ordered, 0.99),
        "max_ms": round(ordered[-1] * 1000, 1),
        "slowest_source": max(by_source, key=lambda name: _ms(sorted(by_source[name]), 0.99)),
        "orders_done_meanwhile": done,
        "workers_cpu_ms_per_delivery": cost["workers_cpu_ms_per_order"],
        "web_cpu_ms_per_delivery": cost["web_cpu_ms_per_order"],
    }


def _in_turns(rig: Rig, tools: Tools, each: int) -> list[Delivery]:
    """So many of each source."""
    others = tools.deliveries((_SOURCES - 1) * each)
    own = [delivery(company) for company in rig.market.companies(each)]
    made = [Delivery(one["path"], one["body"].encode(), one["headers"]) for one in others]
    turns = [made[at :: _SOURCES - 1] for at in range(_SOURCES - 1)]
    return [one for turn in zip(own, *turns, strict=True) for one in turn]


def hands(rig: Rig, orders: int, rate: float, latency: float) -> Figures:
    """
    How long an order is in our hands, from its event's commit to its purchase's, and to its end.

    Once without the time of all exchanges as we saw them, and once, stricter, without the marketplace's own latency
    alone: then every byte that we send and read is ours.
    """
    with rig.run() as run:
        _, port = run.web()
        _workers(run, Pool())
        send(port, rig.market.companies(20))
        finished(run, 20)
        rig.market.latency(latency)
        send(port, rig.market.companies(orders), rate=rate, threads=8)
        finished(run, 20 + orders)
        spans = _spans(run, orders)
    figures: Figures = {"orders": orders, "rate_per_s": rate, "latency_ms": round(latency * 1000)}
    for name, of in (("to_purchase", 0), ("to_end", 1)):
        ours_only = sorted(span[of][0] - span[of][1] for span in spans)
        strict = sorted(span[of][0] - span[of][2] * latency for span in spans)
        figures |= {f"{name}_p50": _ms(ours_only, 0.5), f"{name}_p99": _ms(ours_only, 0.99)}
        figures |= {f"{name}_and_http_p50": _ms(strict, 0.5), f"{name}_and_http_p99": _ms(strict, 0.99)}
    return figures


def _spans(run: Run, newest: int) -> list[tuple[tuple[float, float, int], tuple[float, float, int]]]:
    """For each order, to its purchase and to its end: seconds of wall, seconds in exchanges, calls."""
    told = """SELECT o.id, e.received_at, c.closed_at, o.ended_at FROM orders o JOIN events e USING (quote_pk)
              JOIN claims c ON c.order_id = o.id AND c.kind = 'place_order' ORDER BY e.received_at DESC LIMIT %s"""
    with psycopg.connect(run.database_url) as connection:
        rows = connection.execute(told, (newest,)).fetchall()
    spans = []
    with run.application() as application, application.database.transaction() as connection_:
        for order_id, received, bought, ended in rows:
            entries = journal.read(connection_, application.database, order_id)
            every = [exchange for entry in entries for exchange in entry.exchanges]
            first = [exchange for entry in entries if entry.stage != "poll_status" for exchange in entry.exchanges]
            walls = (bought - received).total_seconds(), (ended - received).total_seconds()
            both = ((walls[0], first), (walls[1], every))
            to_purchase, to_end = (
                (wall, sum(exchange.milliseconds for exchange in made) / 1000, len(made)) for wall, made in both
            )
            spans.append((to_purchase, to_end))
    return spans


def _workers(run: Run, pool: Pool) -> list[int]:
    if pool.kind == "threads":
        return run.worker(PROCESSES)
    more = {"BENCH_CONCURRENCY": str(THREADS)}
    pids = [run.start(f"prefork-{n}", [str(HERE / "prefork.py")], more) for n in range(PROCESSES)]
    run.alive(PROCESSES)
    return pids


def _done(run: Run) -> int:
    with psycopg.connect(run.database_url) as connection:
        return int((connection.execute("SELECT count(*) FROM orders WHERE state = 'done'").fetchone() or (0,))[0])


def finished(run: Run, orders: int) -> None:
    rigs.until(lambda: _done(run) >= orders, 300, f"the end of {orders} orders")


def _seconds_of_last(run: Run, orders: int) -> float:
    """From the first event's arrival to the last order's end, of the newest so many, by the database's clock."""
    told = """SELECT max(o.ended_at) - min(e.received_at) FROM events e JOIN LATERAL
              (SELECT ended_at FROM orders o WHERE o.quote_pk = e.quote_pk) o ON true
              WHERE e.id IN (SELECT id FROM events ORDER BY received_at DESC LIMIT %s)"""
    with psycopg.connect(run.database_url) as connection:
        return float((connection.execute(told, (orders,)).fetchone() or (None,))[0].total_seconds())


def _through(rig: Rig, begin: Callable[[], None], orders: int) -> float:
    """Seconds until so many chains have made their last call."""
    start = rig.market.count()["calls"].get(LAST, 0)
    begun = time.monotonic()
    begin()
    rigs.until(lambda: rig.market.count()["calls"].get(LAST, 0) >= start + orders, 300, f"the end of {orders} chains")
    return float(rig.market.count()["last"]) - begun


def _ms(ordered: Sequence[float], quantile: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * quantile))] * 1000, 1)


def medians(runs: Sequence[Figures]) -> Figures:
    """The median of each figure over the repeats, and the range of orders per second."""
    found: Figures = {
        name: round(statistics.median(float(run[name]) for run in runs), 2)
        for name, value in runs[0].items()
        if not isinstance(value, str)
    }
    rates = [float(run["orders_per_s"]) for run in runs]
    return {**found, "repeats": len(runs), "orders_per_s_min": min(rates), "orders_per_s_max": max(rates)}
