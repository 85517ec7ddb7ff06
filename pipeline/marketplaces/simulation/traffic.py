"""What a simulator counts for a verdict: calls by route, how many at once, and how many in the last minute."""

from collections import Counter, deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


class Traffic:
    """Not locked: the simulator holds its own lock around every use."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.max_concurrent = 0
        self.max_concurrent_by_route: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._inside = 0
        self._successes: deque[datetime] = deque()

    def enter(self, label: str) -> None:
        self.calls[label] += 1
        self._inside += 1
        self._now[label] += 1
        self.max_concurrent = max(self.max_concurrent, self._inside)
        self.max_concurrent_by_route[label] = max(self.max_concurrent_by_route[label], self._now[label])

    def leave(self, label: str) -> None:
        self._inside -= 1
        self._now[label] -= 1

    def succeeded(self, at: datetime) -> None:
        self._successes.append(at)

    def in_the_last_minute(self, now: datetime) -> int:
        while self._successes and self._successes[0] <= now - MINUTE:
            self._successes.popleft()
        return len(self._successes)

    def until_one_expires(self, now: datetime) -> timedelta:
        return self._successes[0] + MINUTE - now if self._successes else timedelta()
