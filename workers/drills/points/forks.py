"""The drill's side of the template: actors are begun, waited for, and let go on."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class NotEnded(Exception):
    """An actor did not come to where it was waited for."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """It stands still, by a SIGSTOP of its own."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int


Told = Stopped | Ended


class Actor:
    """A process that was forked for one job."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.log = folder / f"actor-{number}.log"
        self.result = folder / f"actor-{number}.json"
        self.pid = 0
        self.told: queue.SimpleQueue[Told] = queue.SimpleQueue()

    def wait(self, seconds: float) -> Told:
        """How it stands next. Raises NotEnded, having killed it."""
        try:
            return self.told.get(timeout=seconds)
        except queue.Empty:
            self.signal(signal.SIGKILL)
            raise NotEnded(f"not there after {seconds:g} s; {self.said()}") from None

    def ended_within(self, seconds: float) -> Told | None:
        """None: it has nothing to tell yet."""
        try:
            return self.told.get(timeout=seconds)
        except queue.Empty:
            return None

    def signal(self, number: signal.Signals) -> None:
        """To a process that has not been told to have ended."""
        if self.pid:
            os.kill(self.pid, number)

    def said(self) -> str:
        """The end of its output."""
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""

    def read(self) -> Json:
        """What it has left. Raises NotEnded where it left nothing."""
        if not self.result.exists():
            raise NotEnded(f"it left no result; {self.said()}")
        found: Json = json.loads(self.result.read_text())
        return found


class Forks:
    """Begins actors. Thread-safe."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._numbers = count(process.pid * 100_000)
        self._lock = threading.Lock()
        self._by_number: dict[int, Actor] = {}
        self._by_pid: dict[int, Actor] = {}
        self.ready = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def begin(self, job: Mapping[str, Any]) -> Actor:
        assert self._process.stdin is not None  # noqa: S101 - it was made with one
        with self._lock:
            actor = Actor(self._folder, next(self._numbers))
            self._by_number[actor.number] = actor
            whole = {**job, "number": actor.number, "log": str(actor.log), "result": str(actor.result)}
            self._process.stdin.write(json.dumps(whole) + "\n")
            self._process.stdin.flush()
        return actor

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was made with one
        for line in self._process.stdout:
            self._heard(json.loads(line))

    def _heard(self, said: Json) -> None:
        match said:
            case {"ready": True}:
                self.ready.set()
            case {"number": number, "pid": pid}:
                actor = self._by_number.pop(number)
                actor.pid, self._by_pid[pid] = pid, actor
            case {"pid": pid, "stopped": True}:
                self._by_pid[pid].told.put(Stopped())
            case {"pid": pid, "ended": code}:
                actor = self._by_pid.pop(pid)
                actor.pid = 0
                actor.told.put(Ended(code))
            case _:
                raise ValueError(f"the template says {said}")

    def close(self) -> None:
        """Ends the template, and with it whatever it has forked."""
        assert self._process.stdin is not None  # noqa: S101 - it was made with one
        self._process.stdin.close()
        self._process.wait(30)
        self._listener.join(5)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def forks(folder: Path, modules: Sequence[str] = ()) -> Iterator[Forks]:
    """A template that is warm, with these modules too, for the length of the block. Actors leave things in `folder`."""
    process = subprocess.Popen(  # noqa: S603 - a module of ours
        [sys.executable, "-m", f"{__package__}.template", json.dumps(modules)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    made = Forks(process, folder)
    try:
        if not made.ready.wait(60):
            raise NotEnded("the template did not come up")
        yield made
    finally:
        made.close()
