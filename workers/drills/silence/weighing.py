"""What processes hold and use, as the kernel counts it, and what waits in Valkey."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, linear_regression

import psycopg
import redis

from workers.celery_app import PREFIX, QUEUES

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_KILO = 1024
_MESSAGES = tuple(PREFIX + queue for queue in QUEUES)
_CALLS = "*budget*"
_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name = 'quoteway'"


@dataclass(frozen=True, slots=True)
class Weight:
    """At a moment of time.monotonic(): megabytes of each part's own memory, and how many backends there were."""

    at: float
    own: Mapping[str, float]
    backends: int


def own_memory(pids: Iterable[int]) -> float:
    """Megabytes that belong to these processes alone: no shared buffers, no program text. Gone processes hold none."""
    return sum(_status(pid).get("RssAnon", 0) for pid in pids) / _KILO


def resident(pids: Iterable[int]) -> float:
    """Megabytes with all that is shared."""
    return sum(_status(pid).get("VmRSS", 0) for pid in pids) / _KILO


def _status(pid: int) -> Mapping[str, int]:
    try:
        lines = (_PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return {}
    told = (line.partition(":") for line in lines)
    return {name: int(rest.split()[0]) for name, _, rest in told if rest.endswith("kB")}


def processor_seconds(pids: Iterable[int]) -> float:
    """Processor time of these processes and of all below them that are alive or were waited for."""
    return sum(_own_seconds(one) for pid in pids for one in _tree(pid))


def _spent(groups: Mapping[str, Sequence[int]]) -> Mapping[str, float]:
    """By group, and this process's own as `drill`; what it has started is of the groups."""
    return {**{name: processor_seconds(pids) for name, pids in groups.items()}, "drill": time.process_time()}


def busy_seconds() -> float:
    """Processor time that the whole machine has spent on anything."""
    fields = [int(part) for part in (_PROC / "stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / _TICKS


def _tree(pid: int) -> Sequence[int]:
    children: list[int] = []
    try:
        for task in (_PROC / str(pid) / "task").iterdir():
            children += [int(child) for child in (task / "children").read_text().split()]
    except OSError:
        return [pid]
    return [pid, *(below for child in children for below in _tree(child))]


def _own_seconds(pid: int) -> float:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(part) for part in fields[11:15]) / _TICKS


@dataclass(frozen=True, slots=True)
class Meter:
    """Processor time of groups of processes since `begin`."""

    groups: Mapping[str, Sequence[int]]
    spent: Mapping[str, float]
    busy: float
    began: float

    @classmethod
    def begin(cls, groups: Mapping[str, Sequence[int]]) -> Meter:
        return cls(groups, _spent(groups), busy_seconds(), time.monotonic())

    def cores(self) -> Mapping[str, float]:
        """How many cores each group kept busy; `others` are all that is not of the groups."""
        wall = time.monotonic() - self.began
        used = {name: seconds - self.spent[name] for name, seconds in _spent(self.groups).items()}
        others = busy_seconds() - self.busy - sum(used.values())
        return {name: round(seconds / wall, 2) for name, seconds in {**used, "others": others}.items()}


def growth(weights: Sequence[Weight], part: str) -> float:
    """By how much per cent the part grows over the weights, by the straight line that fits them best."""
    if len(weights) < 3:
        return 0.0
    at, own = [one.at for one in weights], [one.own[part] for one in weights]
    slope = linear_regression(at, own).slope
    return slope * (at[-1] - at[0]) / fmean(own) * 100


@dataclass
class Watch:
    """
    Weighs four times a second and counts messages five times a second, from `start` to `stop`.

    `most` is the highest number of messages that waited in any one queue, `most_together` in all of them.
    """

    parts: Mapping[str, Sequence[int]]
    database_url: str
    redis_url: str
    weights: list[Weight] = field(default_factory=list)
    most: int = 0
    most_together: int = 0

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._every, args=(0.25, self._weigh), daemon=True),
            threading.Thread(target=self._every, args=(0.2, self._count), daemon=True),
        ]

    def __enter__(self) -> Watch:
        self._redis = redis.Redis.from_url(self.redis_url, socket_timeout=10)
        self._database = psycopg.connect(self.database_url, autocommit=True)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._database.close()
        self._redis.close()

    def since(self, at: float) -> list[Weight]:
        return [one for one in self.weights if one.at >= at]

    def waiting(self) -> int:
        """Messages in all queues now."""
        return sum(self._lengths())

    def forget(self) -> None:
        """Begins the highest numbers anew."""
        self.most = self.most_together = 0

    def _every(self, seconds: float, act: Callable[[], None]) -> None:
        while not self._ended.is_set():
            act()
            self._ended.wait(seconds)

    def _weigh(self) -> None:
        backends = [pid for (pid,) in self._database.execute(_BACKENDS)]
        groups = {**self.parts, "backends": backends}
        own = {name: own_memory(pids) for name, pids in groups.items()}
        self.weights.append(
            Weight(time.monotonic(), {**own, "Valkey beside messages and calls": self._kept_in_valkey()}, len(backends))
        )

    def _kept_in_valkey(self) -> float:
        """
        Megabytes beside what has a limit of its own: messages that wait, and the calls of the last minute, of
        which no more are remembered than the account allows.
        """
        limited = [*_MESSAGES, *self._redis.scan_iter(match=_CALLS)]
        with self._redis.pipeline() as together:
            for name in limited:
                together.memory_usage(name, samples=0)
            together.info("memory")
            *messages, memory = together.execute()
        return float(memory["used_memory"] - sum(used or 0 for used in messages)) / _KILO / _KILO

    def _count(self) -> None:
        lengths = self._lengths()
        self.most = max(self.most, *lengths)
        self.most_together = max(self.most_together, sum(lengths))

    def _lengths(self) -> list[int]:
        with self._redis.pipeline(transaction=False) as pipeline:
            for queue in QUEUES:
                pipeline.llen(PREFIX + queue)
            return [int(length) for length in pipeline.execute()]
