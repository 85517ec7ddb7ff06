"""
One deadline over a whole exchange, and the last look at the clock before its first byte.

httpx's time-outs are per read: a server that drips a byte a second never meets them. So an exchange is watched: the
network layer asks its Watch before each connect, write and read how much time is left. The Watch reaches it through a
context variable, because nothing else is handed down that far.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boottime() -> float:
    """Seconds since the machine started, those that it was suspended for included where the system can tell."""
    return time.clock_gettime(_BOOT_CLOCK)


class TooLate(Exception):
    """`send_before` had passed when the first byte was about to be written, so nothing was written."""


class Watch:
    """
    The time of one exchange, and what went over the wire so far.

    `wrote` is set directly before the first byte is handed to the socket: False proves that nothing was sent, True
    that something may have been. `received` says the same of the answer; `reused` that the connection had been used
    before, so that the far side may have closed it meanwhile.
    """

    __slots__ = ("_clock", "_send_before", "_until", "received", "reused", "wrote")

    def __init__(
        self, seconds: float, *, send_before: float | None = None, clock: Callable[[], float] = boottime
    ) -> None:
        self._clock = clock
        self._until = clock() + seconds
        self._send_before = send_before
        self.wrote = False
        self.received = False
        self.reused = False

    def left(self) -> float:
        """Seconds to the deadline; 0 or less: it has passed."""
        return self._until - self._clock()

    def before_write(self) -> None:
        """To be called before every write. Raises TooLate, and then nothing was ever written."""
        if self.wrote:
            return
        if self._send_before is not None and self._clock() >= self._send_before:
            raise TooLate
        self.wrote = True


_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


def watch() -> Watch | None:
    """The Watch of the exchange that this thread is in."""
    return _WATCH.get()


@contextmanager
def watching(exchange: Watch) -> Iterator[None]:
    token = _WATCH.set(exchange)
    try:
        yield
    finally:
        _WATCH.reset(token)
