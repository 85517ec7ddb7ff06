"""
When calls to an account stop because they keep failing, and when one is let through to see.

Failures in a row are counted by each process; that the breaker is open is shared by all of them through a store.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

FAILURES = 5
OPEN_FOR = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 30, 60))
PROBE_FOR = timedelta(seconds=30)
_REMEMBER = 1.0


@dataclass(frozen=True, slots=True)
class BreakerState:
    """
    `opened` counts how often it has opened in a row, 0 is closed. After `open_until` one call at a time goes through;
    the one that is under way has until `probe_until` to report.
    """

    opened: int = 0
    open_until: datetime | None = None
    probe_until: datetime | None = None


CLOSED = BreakerState()


class BreakerStore(Protocol):
    """Where the state is shared. An account that was never saved is CLOSED. Two savers at once: either one stays."""

    def load(self, account: str) -> BreakerState: ...

    def save(self, account: str, state: BreakerState) -> None: ...


class MemoryBreakerStore:
    """For one process, and for tests."""

    def __init__(self) -> None:
        self._states: dict[str, BreakerState] = {}

    def load(self, account: str) -> BreakerState:
        return self._states.get(account, CLOSED)

    def save(self, account: str, state: BreakerState) -> None:
        self._states[account] = state


@dataclass(slots=True)
class _Seen:
    """What this process knows of an account."""

    state: BreakerState = CLOSED
    read_at: float = float("-inf")
    failures: int = 0


class SharedBreaker:
    """The Breaker port. Loads at most once a second while closed. Thread-safe."""

    def __init__(
        self,
        store: BreakerStore,
        *,
        failures: int = FAILURES,
        open_for: Sequence[timedelta] = OPEN_FOR,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._failures = failures
        self._open_for = tuple(open_for)
        self._now = now
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}

    def blocked_for(self, account: str) -> timedelta | None:
        """None lets the caller through; at half-open that is the one call, and it must report how it went."""
        with self._lock:
            state = self._read(account)
            if state.opened == 0:
                return None
            now = self._now()
            if state.open_until is not None and now >= state.open_until:
                state = self._read(account, fresh=True)
            for until in (state.open_until, state.probe_until):
                if until is not None and now < until:
                    return until - now
            if state.opened:
                self._write(account, replace(state, probe_until=now + PROBE_FOR))
            return None

    def succeeded(self, account: str) -> None:
        with self._lock:
            seen = self._of(account)
            seen.failures = 0
            if seen.state.opened and self._half_open(seen.state):
                self._write(account, CLOSED)

    def failed(self, account: str) -> None:
        with self._lock:
            seen = self._of(account)
            seen.failures += 1
            state = self._read(account)
            if self._half_open(state) or (state.opened == 0 and seen.failures >= self._failures):
                self._open(account, state)

    def state(self, account: str) -> tuple[str, datetime | None]:
        with self._lock:
            state = self._read(account)
            if state.opened == 0:
                return "closed", None
            return ("half_open" if self._half_open(state) else "open"), state.open_until

    def _half_open(self, state: BreakerState) -> bool:
        return state.open_until is not None and self._now() >= state.open_until

    def _open(self, account: str, state: BreakerState) -> None:
        duration = self._open_for[min(state.opened, len(self._open_for) - 1)]
        self._write(account, BreakerState(opened=state.opened + 1, open_until=self._now() + duration))
        self._of(account).failures = 0

    def _of(self, account: str) -> _Seen:
        return self._seen.setdefault(account, _Seen())

    def _read(self, account: str, *, fresh: bool = False) -> BreakerState:
        seen = self._of(account)
        if fresh or self._clock() - seen.read_at >= _REMEMBER:
            seen.state = self._store.load(account)
            seen.read_at = self._clock()
        return seen.state

    def _write(self, account: str, state: BreakerState) -> None:
        self._store.save(account, state)
        seen = self._of(account)
        seen.state, seen.read_at = state, self._clock()
