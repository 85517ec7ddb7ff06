"""One part under watch: its state, and when it is started again."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from signal import Signals
from typing import Protocol

from workers.supervision.part import Part, PartEvent, PartState
from workers.supervision.status import PartRecord

BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (0.2, 0.5, 1, 2, 5, 10, 30))
LIVED_LONG = timedelta(seconds=30)


class Running(Protocol):
    """What is asked of a started part; `child.Child` in earnest."""

    mark: str | None

    @property
    def pid(self) -> int: ...

    def ended(self) -> str | None: ...

    def signal(self, number: Signals) -> None: ...

    def kill(self) -> None: ...


class Watched:
    """
    Starts its part, sees it become ready, starts it again when it dies, and ends it; each by calls of `step`.

    `now` is seconds of a steady clock. Waits before a restart are `backoff`, the last of which repeats; they begin anew
    after a life of 30 s. `failures` counts the deaths of a part that has never been ready; from then on it stays 0, for
    what worked once is tried again for ever.
    """

    def __init__(
        self,
        part: Part,
        start: Callable[[Part], Running],
        tell: Callable[[PartEvent], None],
        backoff: Sequence[timedelta] = BACKOFF,
    ) -> None:
        self.part = part
        self.state = PartState.WAITING
        self.restarts = 0
        self.failures = 0
        self.how_ended = ""
        self._start, self._tell, self._backoff = start, tell, backoff
        self._child: Running | None = None
        self._since = datetime.now(UTC)
        self._begun = self._due = self._kill_at = 0.0
        self._quick_deaths = 0
        self._was_ready = False

    @property
    def ready(self) -> bool:
        return self.state is PartState.READY

    @property
    def stopped(self) -> bool:
        return self.state is PartState.STOPPED

    def step(self, now: float, may_start: bool) -> None:
        """Does what is due at `now`; `may_start` says whether all that it comes after is ready."""
        if self._child is not None and (how := self._child.ended()) is not None:
            self._died(now, how)
        match self.state:
            case PartState.WAITING | PartState.RESTARTING if may_start and now >= self._due:
                self._begin(now)
            case PartState.STARTING if self.part.ready is None or self.part.ready():
                self._was_ready, self.failures = True, 0
                self._enter(PartState.READY)
            case PartState.STOPPING if self._child is not None and now >= self._kill_at:
                self._child.kill()
            case _:
                pass

    def stop(self, now: float, at_once: bool) -> None:
        """Asks the part to end; `at_once` (also on a repeat) leaves it no time. Later steps see it gone."""
        if self._child is None:
            if not self.stopped:
                self._enter(PartState.STOPPED)
        elif self.state is not PartState.STOPPING:
            self._kill_at = now + self.part.stop_grace.total_seconds()
            self._child.signal(self.part.stop_signal)
            self._enter(PartState.STOPPING)
        if at_once:
            self._kill_at = now

    def record(self) -> PartRecord:
        child = self._child
        return PartRecord(
            name=self.part.name,
            state=self.state,
            pid=child.pid if child else None,
            mark=child.mark if child else None,
            address=self.part.address,
            restarts=self.restarts,
            since=self._since,
            stop_signal=int(self.part.stop_signal),
        )

    def _begin(self, now: float) -> None:
        again = self.state is PartState.RESTARTING
        self._begun = now
        self.restarts += again
        try:
            self._child = self._start(self.part)
        except OSError as error:
            self._died(now, f"not started: {error}")
            return
        self._enter(PartState.STARTING)

    def _died(self, now: float, how: str) -> None:
        self._child, self.how_ended = None, how
        if self.state is PartState.STOPPING:
            self._enter(PartState.STOPPED, how)
            return
        self.failures += not self._was_ready
        if now - self._begun >= LIVED_LONG.total_seconds():
            self._quick_deaths = 0
        wait = self._backoff[min(self._quick_deaths, len(self._backoff) - 1)]
        self._quick_deaths += 1
        self._due = now + wait.total_seconds()
        self._enter(PartState.RESTARTING, f"{how}; started again in {wait.total_seconds():g} s")

    def _enter(self, state: PartState, detail: str = "") -> None:
        self.state, self._since = state, datetime.now(UTC)
        self._tell(PartEvent(self.part.name, state, detail))
