"""The hook at the seams: it writes down which are crossed, or strikes at one of them."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text

from workers.drills.seams import Crossing, Kind, Side

_ID = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")


class Strike(StrEnum):
    """KILL: the process is gone, there and then. STOP: it stands still until somebody lets it go on."""

    KILL = "kill"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Passed:
    """
    A crossing as it was written down: the `nth` at this place. `writes` is false for the end of a transaction that has
    changed nothing: it commits nothing, so nothing can be lost there.
    """

    kind: str
    side: str
    place: str
    what: str
    nth: int
    writes: bool = True


def _key(crossing: Crossing) -> tuple[str, str, str, str]:
    return crossing.kind.value, crossing.side.value, crossing.place, crossing.what


class Trigger:
    """
    Counts from `arm` on. With a target it strikes there once; without one it writes all down in `passed`.

    `also` is called with each crossing, armed or not, and may raise: faults that only a seam can make.
    """

    def __init__(
        self,
        target: Passed | None = None,
        strike: Strike = Strike.KILL,
        also: Callable[[Crossing], None] = lambda _crossing: None,
    ) -> None:
        self.passed: list[Passed] = []
        self.stood_still = False
        self._target = target
        self._strike = strike
        self._also = also
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self._armed = False
        self._lock = threading.Lock()
        self._wrote = threading.local()

    def arm(self, *, armed: bool = True) -> None:
        self._armed = armed

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What happens meanwhile is not the scenario's."""
        before, self._armed = self._armed, False
        try:
            yield
        finally:
            self._armed = before

    def __call__(self, crossing: Crossing) -> None:
        if self._armed:
            self._count(crossing)
        self._also(crossing)

    def _count(self, crossing: Crossing) -> None:
        with self._lock:
            key = _key(crossing)
            self._counts[key] += 1
            passed = Passed(*key, self._counts[key])
            if self._target is None:
                self.passed.append(Passed(*key, passed.nth, self._writes(crossing)))
            elif passed == self._target:
                self._fall()

    def _writes(self, crossing: Crossing) -> bool:
        if crossing.kind is not Kind.COMMIT:
            return True
        if crossing.side is Side.BEFORE:
            assert crossing.connection is not None  # noqa: S101 - a commit's has one
            self._wrote.last = bool(crossing.connection.execute(_ID).scalar_one())
        return bool(self._wrote.last)

    def _fall(self) -> None:
        match self._strike:
            case Strike.KILL:
                os._exit(137)
            case Strike.STOP:
                self.stood_still = True
                os.kill(os.getpid(), signal.SIGSTOP)
