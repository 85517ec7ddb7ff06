"""What processes cost: CPU seconds and memory of whole trees, read from /proc; and what machine this is."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """The process and all below it that are alive."""
    children: list[int] = []
    try:
        for task in (_PROC / str(pid) / "task").iterdir():
            children += [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(below for child in children for below in tree(child))]


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of the trees, with that of children who have ended and were waited for."""
    return sum(_own_cpu(process) for pid in pids for process in tree(pid))


def _own_cpu(pid: int) -> float:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS


def memory(pid: int) -> tuple[float, float]:
    """(RSS, PSS) of the tree in megabytes; shared pages count in each RSS, and once in PSS."""
    found = [_rollup(process) for process in tree(pid)]
    return sum(rss for rss, _ in found), sum(pss for _, pss in found)


def _rollup(pid: int) -> tuple[float, float]:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0, 0.0
    sizes = {name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines[1:])}
    return sizes.get("Rss", 0.0), sizes.get("Pss", 0.0)


def busy_seconds() -> float:
    """CPU seconds that the whole machine has spent on anything."""
    fields = [int(field) for field in (_PROC / "stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _idle, _wait, interrupts, soft, steal = fields[:8]
    return (user + nice + system + interrupts + soft + steal) / _TICKS


def machine() -> dict[str, str | int | float]:
    """Facts that a figure means nothing without."""
    lines = (_PROC / "cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    kilobytes = int((_PROC / "meminfo").read_text().split()[1])
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(kilobytes / 1024 / 1024, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_1m": os.getloadavg()[0],
    }
