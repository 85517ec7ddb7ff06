"""Keeping within what Kaseya Quote Manager allows: 60 calls a minute and 20,000 a day, whoever makes them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from events.sources.tool import ToolFault

MINUTE = 60.0
DAY = 86_400.0
# Half of what is allowed: two worker processes share a key. The option `calls_per_minute` says otherwise.
CALLS_A_MINUTE = 30
MOST_A_MINUTE = 60
CALLS_A_DAY = 10_000
_UNTOLD = 60.0


class Pace:
    """This process's calls with one key. Thread-safe. Nobody waits here: who comes too soon is told when to come."""

    def __init__(
        self, title: str, calls_a_minute: int = CALLS_A_MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._title = title
        self._limits = ((MINUTE, calls_a_minute), (DAY, CALLS_A_DAY))
        self._clock = clock
        self._calls: deque[float] = deque()
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def take(self) -> None:
        """One call. Raises ToolFault with the seconds to wait where there is none left."""
        with self._lock:
            now = self._clock()
            while self._calls and self._calls[0] <= now - DAY:
                self._calls.popleft()
            wait = max(self._rests_until - now, *(self._wait(now, span, most) for span, most in self._limits))
            if wait > 0:
                sentence = f"{self._title} allows no more calls for {wait:.0f} s."
                raise ToolFault(sentence, after=wait, code="source.throttled")
            self._calls.append(now)

    def rest(self, seconds: float | None) -> None:
        """The tool itself wants fewer calls."""
        with self._lock:
            self._rests_until = self._clock() + (_UNTOLD if seconds is None else seconds)

    def _wait(self, now: float, span: float, most: int) -> float:
        """How long until one more call fits into the span."""
        return self._calls[-most] + span - now if len(self._calls) >= most else 0.0
