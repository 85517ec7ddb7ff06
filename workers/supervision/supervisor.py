"""Keeps the parts of one `quoteway up` alive, and ends them all with itself."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Self

from workers.supervision.child import Child
from workers.supervision.errors import HostError
from workers.supervision.logs import last_lines, rotate, trim
from workers.supervision.part import Part, PartEvent
from workers.supervision.process import end, mark_of, wait_until
from workers.supervision.status import Record, read_record, write_record
from workers.supervision.watched import BACKOFF, Watched

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_TICK = 0.05
_TRIM_EVERY = 60.0
_LEFT_OVER_GRACE = timedelta(seconds=10)


def silent(event: PartEvent) -> None:
    """Listens to nothing."""


class Supervisor:
    """
    Starts the parts as their `after` allows, starts again what dies, stops them in the opposite order.

    `folder` is a data folder that the caller has claimed (`workers.embedded.claim`): `status.json` and `logs/` lie in
    it. What an earlier supervisor left alive there, after a kill, is ended first. `run()` blocks until SIGINT, SIGTERM,
    SIGHUP or `stop()`; a second of these leaves the parts no more time. Or use it as a context manager: then it runs in
    a thread of its own beside the caller.

    Raises `HostError` (`supervisor.part_failed`) when a part dies `give_up_after` times without ever having become
    ready, after all others have been stopped.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        folder: Path,
        on_event: Callable[[PartEvent], None] = silent,
        *,
        backoff: Sequence[timedelta] = BACKOFF,
        give_up_after: int = 5,
    ) -> None:
        _check_order(parts)
        self._folder, self._on_event, self._give_up_after = folder, on_event, give_up_after
        self._logs = folder / "logs"
        self._watched = {part.name: Watched(part, self._start, self._tell, backoff) for part in parts}
        self._started_at = datetime.now(UTC)
        self._requests = 0
        self._changed = True
        self._failure: BaseException | None = None
        self._finished = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Until it is told to stop; then every part has ended and been waited for."""
        with _handled(self.stop):
            self._supervise()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Asks it to end. Safe in a signal handler and from any thread; a second call leaves the parts no more time."""
        self._requests += 1

    @property
    def all_ready(self) -> bool:
        return all(watched.ready for watched in self._watched.values())

    def wait_ready(self, patience: timedelta = timedelta(days=1)) -> None:
        """Beside a running supervisor: until all are ready. Raises what made it give up, or `HostError` if too late."""
        if wait_until(lambda: self.all_ready or self._finished.is_set(), patience) and not self._finished.is_set():
            return
        if self._failure is not None:
            raise self._failure
        late = ", ".join(name for name, watched in self._watched.items() if not watched.ready)
        raise HostError(
            "supervisor.not_ready", f"Not ready after {patience.total_seconds():g} s: {late}. See {self._logs}."
        )

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, raised: type[BaseException] | None, *_: object) -> None:
        self.stop()
        while self._thread is not None and self._thread.is_alive():
            try:
                self._thread.join()
            except KeyboardInterrupt:
                self.stop()
        if self._failure is not None and raised is None:
            raise self._failure

    def _supervise(self) -> None:
        try:
            self._logs.mkdir(mode=0o700, exist_ok=True)
            end_left_over(self._folder)
            for name in self._watched:
                rotate(self._logs, name)
            self._watch()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits; the parts must be ended whatever it is
            self._failure = error
        finally:
            self._stop_all()
            self._finished.set()

    def _watch(self) -> None:
        next_trim = time.monotonic() + _TRIM_EVERY
        while not self._requests:
            now = time.monotonic()
            for watched in self._watched.values():
                watched.step(now, all(self._watched[name].ready for name in watched.part.after))
                if watched.failures >= self._give_up_after:
                    raise self._part_failed(watched)
            if now >= next_trim:
                next_trim = now + _TRIM_EVERY
                self._trim_logs()
            self._pause()

    def _stop_all(self) -> None:
        while not all(watched.stopped for watched in self._watched.values()):
            now = time.monotonic()
            for watched in reversed(self._watched.values()):
                if not self._needed(watched.part.name):
                    watched.stop(now, at_once=self._requests > 1)
                watched.step(now, may_start=False)
            self._pause()
        self._save(ended=True)

    def _needed(self, name: str) -> bool:
        return any(name in other.part.after and not other.stopped for other in self._watched.values())

    def _pause(self) -> None:
        if self._changed:
            self._save()
        time.sleep(_TICK)

    def _start(self, part: Part) -> Child:
        return Child(part, self._logs)

    def _tell(self, event: PartEvent) -> None:
        self._changed = True
        try:
            self._on_event(event)
        except OSError:
            pass  # the terminal is gone; the parts are not
        except Exception as error:  # noqa: BLE001 - a bug of the listener's must not keep the parts from being stopped
            self._failure = self._failure or error
            self._requests = max(self._requests, 1)

    def _save(self, ended: bool = False) -> None:
        pid = os.getpid()
        parts = tuple(watched.record() for watched in self._watched.values())
        record = Record(pid=pid, mark=mark_of(pid), ended=ended, started_at=self._started_at, parts=parts)
        with suppress(OSError):  # a full disk ends no part; the next pause tries again
            write_record(self._folder, record)
            self._changed = False

    def _trim_logs(self) -> None:
        for name in self._watched:
            with suppress(OSError):
                trim(self._logs, name)

    def _part_failed(self, watched: Watched) -> HostError:
        name = watched.part.name
        return HostError(
            "supervisor.part_failed",
            f"{name} cannot be started: {watched.how_ended}, {watched.failures} times in a row. "
            f"The end of {self._logs / name}.log:\n{last_lines(self._logs, name)}",
        )


def end_left_over(folder: Path) -> None:
    """Ends what a killed supervisor left alive on this folder; the caller has claimed it, so nobody else runs there."""
    record = read_record(folder)
    for part in reversed(record.parts) if record else ():
        if part.pid is not None:
            end(part.pid, part.mark, signal.Signals(part.stop_signal), _LEFT_OVER_GRACE)


def _check_order(parts: Sequence[Part]) -> None:
    seen: set[str] = set()
    for part in parts:
        if part.name in seen or not seen.issuperset(part.after):
            raise ValueError(f"part {part.name} is there twice, or comes before one of {part.after}")
        seen.add(part.name)


@contextmanager
def _handled(stop: Callable[[], None]) -> Iterator[None]:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    hangup_ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # as under nohup
    numbers = [number for number in _SIGNALS if number is not signal.SIGHUP or not hangup_ignored]
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
