"""
`make bench`: everything in one run, side by side, on whatever machine this is. Prints a table and writes JSON.

Figures of one run compare with each other, for they had the same machine and the same neighbours; those of two runs
don't.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from measuring import Figures, Pool, bare, hands, medians, mixed, ours, webhooks
from parked import parked
from polls import polls
from processes import machine
from rich.console import Console
from rich.table import Table
from rig import Rig, rigged


def throughput(rig: Rig, orders: int, repeats: int, latency: float) -> dict[str, Figures]:
    """Ours and the bare chain in turns, so that both meet the same neighbours; then the variants."""
    pairs: dict[str, list[Figures]] = {"quoteway": [], "bare chain": []}
    for _ in range(repeats):
        pairs["quoteway"].append(ours(rig, Pool(), orders, latency))
        pairs["bare chain"].append(bare(rig, "threads", orders, latency))
    found = {name: medians(runs) for name, runs in pairs.items()}
    found["quoteway, fast lane off"] = medians([ours(rig, Pool(fast_lane=False), orders, latency)])
    found["quoteway, prefork"] = medians([ours(rig, Pool("prefork"), orders, latency)])
    found["bare chain, prefork"] = medians([bare(rig, "prefork", orders, latency)])
    for figures in found.values():
        figures["ratio_to_bare_chain"] = round(
            float(figures["orders_per_s"]) / float(found["bare chain"]["orders_per_s"]), 2
        )
    return found


def measure(quick: bool, told: Console) -> dict[str, Any]:
    orders, repeats = (100, 1) if quick else (200, 3)
    results: dict[str, Any] = {"machine": machine(), "begun": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}
    with rigged() as rig:
        for latency in (0.0, 0.05):
            told.print(f"Orders through all eight stages, {latency * 1000:.0f} ms latency ...")
            results[f"throughput_{latency * 1000:.0f}ms"] = throughput(rig, orders, repeats, latency)
        told.print("Webhooks at 100 a second ...")
        results["webhooks"] = webhooks(rig, 5 if quick else 12)
        told.print("Webhooks of seven sources at 100 a second ...")
        results["mixed"] = mixed(rig, 5 if quick else 14)
        told.print("Time in our hands ...")
        results["hands"] = [hands(rig, 40 if quick else 150, 5.0, latency) for latency in (0.0, 0.05)]
        told.print("Parked orders ...")
        results["parked"] = [parked(rig, count) for count in (0, 10_000 if quick else 100_000)]
        told.print("Polls of orders that wait ...")
        results["polls"] = polls(rig, 1_000 if quick else 10_000, 15 if quick else 60)
    told.print("Calls per order, before and now ...")
    results["calls"] = [{"": name, **row} for name in ("before", "now") for row in calls(name)]
    results["load_1m_at_end"] = os.getloadavg()[0]
    return results


def calls(name: str) -> list[dict[str, Any]]:
    """In a process of its own: what saves calls is taken out of it for `before`."""
    script = [sys.executable, str(Path(__file__).with_name("calls.py")), name]
    told = subprocess.run(script, check=True, capture_output=True, text=True).stdout
    found: list[dict[str, Any]] = json.loads(told)
    return found


def show(results: dict[str, Any], told: Console) -> None:
    for name, title in (("throughput_0ms", "0 ms"), ("throughput_50ms", "50 ms")):
        _table(told, f"Marketplace latency {title}", {"": "variant", **_COLUMNS}, _rows(results[name]))
    _table(told, "Webhook answers at 100/s", dict.fromkeys(results["webhooks"]), [results["webhooks"]])
    _table(told, "Webhook answers at 100/s, seven sources", dict.fromkeys(results["mixed"]), [results["mixed"]])
    _table(told, "Milliseconds in our hands, by the marketplace's latency", *_turned(results["hands"], "latency_ms"))
    _table(told, "Parked orders", dict.fromkeys(results["parked"][0]), results["parked"])
    _table(told, "Polls of orders that wait at Pax8", dict.fromkeys(results["polls"][0]), results["polls"])
    _table(told, "Calls per order", dict.fromkeys(results["calls"][0]), results["calls"])


_COLUMNS = {
    "orders_per_s": "orders/s",
    "ratio_to_bare_chain": "ratio",
    "calls_per_order": "calls/order",
    "cpu_s_per_1000_orders": "CPU s/1000",
    "workers_cpu_ms_per_order": "workers ms",
    "web_cpu_ms_per_order": "web ms",
    "servers_cpu_ms_per_order": "servers ms",
    "workers_rss_mb": "RSS MB",
    "workers_pss_mb": "PSS MB",
    "others_cores": "others' cores",
}


def _rows(found: dict[str, Figures]) -> Sequence[dict[str, Any]]:
    return [{"": name, **figures} for name, figures in found.items()]


def _turned(found: Sequence[Figures], by: str) -> tuple[dict[str, str | None], Sequence[dict[str, Any]]]:
    """Figures down, measurements across: for many figures of few measurements."""
    columns: dict[str, str | None] = {"": "figure", **{str(one[by]): f"{one[by]} ms" for one in found}}
    return columns, [{"": name, **{str(one[by]): one[name] for one in found}} for name in found[0] if name != by]


def _table(told: Console, title: str, columns: dict[str, str | None], rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title=title)
    for column, label in columns.items():
        table.add_column(label or column.replace("_", " "), justify="left" if not column else "right")
    for row in rows:
        table.add_row(*(str(row.get(column, "")) for column in columns))
    told.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", nargs="?", type=Path, default=Path("bench-results.json"), help="where the JSON goes")
    parser.add_argument("--quick", action="store_true", help="fewer orders, one repeat: to see that it works")
    arguments = parser.parse_args()
    # Whoever ends the run ends what it has started, too.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    told = Console()
    if not told.is_terminal:
        told = Console(width=160)
    results = measure(arguments.quick, told)
    arguments.output.write_text(json.dumps(results, indent=1) + "\n")
    show(results, told)
    told.print(f"Written to {arguments.output}.")


if __name__ == "__main__":
    main()
