"""Time as people at work count it: a span that passes only while somebody is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# A span that is not used up after this many days has no working day that it could end on.
_MOST_DAYS = 3660
# Whoever has less than this is reminded of nothing: they have just been asked.
_TOO_SHORT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """
    `span` of working time: on `days` (0 is Monday) from `opens` to `closes`, later the same day, by the clocks of
    `zone`.
    """

    span: timedelta
    days: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo

    def after(self, moment: datetime) -> datetime:
        """When the span that begins at `moment` is over, in UTC. A span that ends with a working day ends that day."""
        left, here = self.span, moment.astimezone(self.zone)
        for _ in range(_MOST_DAYS):
            begins = max(here, self._at(here, self.opens))
            room = self._at(here, self.closes).astimezone(ZoneInfo("UTC")) - begins.astimezone(ZoneInfo("UTC"))
            if here.weekday() in self.days and room > timedelta(0):
                if left <= room:
                    return begins.astimezone(ZoneInfo("UTC")) + left
                left -= room
            here = self._at(here + timedelta(days=1), time(0))
        raise ValueError("the working hours leave no time to work")

    def _at(self, day: datetime, hour: time) -> datetime:
        return datetime.combine(day.date(), hour, self.zone)


Deadline = timedelta | WorkingTime


def due_after(moment: datetime, deadline: Deadline) -> datetime:
    """When a deadline that begins now is over: a plain span of time, or one of working time."""
    return moment + deadline if isinstance(deadline, timedelta) else deadline.after(moment)


def halfway(moment: datetime, deadline: Deadline) -> datetime | None:
    """When half of a deadline that begins now is over; None where it is shorter than an hour."""
    span = deadline if isinstance(deadline, timedelta) else deadline.span
    if span < _TOO_SHORT:
        return None
    return due_after(moment, span / 2 if isinstance(deadline, timedelta) else replace(deadline, span=span / 2))
