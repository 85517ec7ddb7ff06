"""The clock of a simulated marketplace: turned by hand in tests, running (as fast as wanted) in a demo."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

BEGINNING = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


class SimulationClock(Protocol):
    """Time as the marketplace sees it; always aware, in UTC, never backwards."""

    def now(self) -> datetime: ...

    def advance(self, by: timedelta | float) -> datetime:
        """Jump ahead by a duration, or by that many seconds; answers the new time."""
        ...


def _duration(by: timedelta | float) -> timedelta:
    duration = by if isinstance(by, timedelta) else timedelta(seconds=by)
    if duration < timedelta():
        raise ValueError("A clock is only turned forwards.")
    return duration


class SimulatedClock:
    """Stands still until `advance`."""

    def __init__(self, start: datetime = BEGINNING) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | float) -> datetime:
        self._now += _duration(by)
        return self._now


class ScaledClock:
    """Real time, run at `speed` (60 makes a minute of each second) from now or from `start`."""

    def __init__(self, speed: float = 1.0, start: datetime | None = None) -> None:
        if speed <= 0:
            raise ValueError("The speed of a clock is a number above 0.")
        self._speed = speed
        self._base = (start or datetime.now(UTC)).astimezone(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._base + timedelta(seconds=(time.monotonic() - self._began) * self._speed)

    def advance(self, by: timedelta | float) -> datetime:
        self._base += _duration(by)
        return self.now()
