"""
The calls a minute that an account allows, shared by all workers over Redis.

A worker takes a few calls at a time, to spend within seconds; the window is longer by as much, so that no minute ever
holds more than the account allows. Without Redis each process keeps to its share of what it has itself made.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from pipeline.ports import Purpose

MINUTE = 60
HOLD = 2
AWAY = 5.0
_TIMEOUT = 0.5
_MOST_AT_ONCE = 8
_SHORTEST_WAIT = 0.1
_PREFIX = "quoteway:budget"

_log = structlog.get_logger()


@dataclass(slots=True)
class _Own:
    """What one process knows of one account: calls in hand until when, calls made, and a pause."""

    in_hand: dict[Purpose, int] = field(default_factory=lambda: dict.fromkeys(Purpose, 0))
    good_until: dict[Purpose, float] = field(default_factory=dict)
    made: deque[tuple[float, Purpose]] = field(default_factory=deque)
    paused_until: float = float("-inf")

    def make(self, now: float, purpose: Purpose) -> None:
        self.made.append((now, purpose))
        while self.made[0][0] <= now - MINUTE:
            self.made.popleft()


class SharedBudget:
    """
    The Budget port, and its pauses. Thread-safe; connects with its first call, anew in each process.

    `calls` maps accounts to calls a minute; polls get half of them. `processes` says how many share while Redis is
    away. Redis is asked again some seconds after it failed.
    """

    def __init__(
        self,
        redis_url: str,
        calls: Mapping[str, int],
        processes: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = redis_url
        self._calls = dict(calls)
        self._processes = processes
        self._clock = clock
        self._lock = threading.Lock()
        self._own: dict[str, _Own] = {}
        self._pid = 0
        self._limiter: MovingWindowRateLimiter | None = None
        self._redis: Redis
        self._away_until = float("-inf")

    def take(self, account: str, purpose: Purpose) -> timedelta | None:
        with self._lock:
            now, own = self._clock(), self._of(account)
            if own.paused_until > now:
                return timedelta(seconds=own.paused_until - now)
            if own.in_hand[purpose] > 0 and now < own.good_until[purpose]:
                own.in_hand[purpose] -= 1
                wait = None
            else:
                wait = self._ask(account, own, purpose, now)
            if wait is None:
                own.make(now, purpose)
            return wait

    def used(self, account: str) -> tuple[int, int] | None:
        with self._lock:
            try:
                if (shared := self._connected()) is None:
                    return None
                items = (self._item(account, Purpose.WORK), self._item(account, Purpose.POLL))
                calls, polls = (
                    item.amount - shared.get_window_stats(item, *self._key(account, purpose)).remaining
                    for item, purpose in zip(items, Purpose, strict=True)
                )
            except RedisError as error:
                self._gone(error)
                return None
            return calls, polls

    def pause(self, account: str, wait: timedelta) -> None:
        """No calls by any worker for so long. A longer pause that is already running stays."""
        milliseconds = int(wait.total_seconds() * 1000)
        if milliseconds <= 0:
            return
        with self._lock:
            own = self._of(account)
            own.paused_until = max(own.paused_until, self._clock() + milliseconds / 1000)
            own.in_hand = dict.fromkeys(Purpose, 0)
            try:
                if self._connected() is not None and self._pause_left(account) < milliseconds:
                    self._redis.set(self._pause_key(account), "1", px=milliseconds)
            except RedisError as error:
                self._gone(error)

    def _ask(self, account: str, own: _Own, purpose: Purpose, now: float) -> timedelta | None:
        try:
            if (shared := self._connected()) is not None:
                return self._ask_redis(shared, account, own, purpose, now)
        except RedisError as error:
            self._gone(error)
        return self._ask_ourselves(account, own, purpose, now)

    def _ask_redis(
        self, shared: MovingWindowRateLimiter, account: str, own: _Own, purpose: Purpose, now: float
    ) -> timedelta | None:
        if (left := self._pause_left(account)) > 0:
            own.paused_until = now + left / 1000
            return timedelta(milliseconds=left)
        several = min(max(self._item(account, purpose).amount // 100, 1), _MOST_AT_ONCE)
        for cost in dict.fromkeys((several, 1)):
            if self._hit(shared, account, purpose, cost):
                own.in_hand[purpose], own.good_until[purpose] = cost - 1, now + HOLD
                return None
        full = purpose if purpose is Purpose.WORK else self._fuller(shared, account)
        reset = shared.get_window_stats(self._item(account, full), *self._key(account, full)).reset_time
        return timedelta(seconds=max(reset - time.time(), _SHORTEST_WAIT))

    def _hit(self, shared: MovingWindowRateLimiter, account: str, purpose: Purpose, cost: int) -> bool:
        """Polls count twice: among all calls, and among polls."""
        every, key = self._item(account, Purpose.WORK), self._key(account, Purpose.WORK)
        if purpose is Purpose.WORK:
            return shared.hit(every, *key, cost=cost)
        polls, their_key = self._item(account, purpose), self._key(account, purpose)
        if not shared.test(every, *key, cost=cost):
            return False
        return shared.hit(polls, *their_key, cost=cost) and shared.hit(every, *key, cost=cost)

    def _fuller(self, shared: MovingWindowRateLimiter, account: str) -> Purpose:
        polls = shared.get_window_stats(self._item(account, Purpose.POLL), *self._key(account, Purpose.POLL))
        return Purpose.POLL if polls.remaining <= 0 else Purpose.WORK

    def _ask_ourselves(self, account: str, own: _Own, purpose: Purpose, now: float) -> timedelta | None:
        processes = max(self._processes(), 1)
        for counted in dict.fromkeys((Purpose.WORK, purpose)):
            share = max(self._item(account, counted).amount // processes, 1)
            made = [at for at, of in own.made if at > now - MINUTE and counted in (Purpose.WORK, of)]
            if len(made) >= share:
                return timedelta(seconds=max(made[-share] + MINUTE - now, _SHORTEST_WAIT))
        return None

    def _of(self, account: str) -> _Own:
        if self._pid != os.getpid():
            self._pid, self._limiter, self._away_until = os.getpid(), None, float("-inf")
            self._own.clear()
        own = self._own.get(account)
        if own is None:
            own = self._own[account] = _Own()
        return own

    def _connected(self) -> MovingWindowRateLimiter | None:
        """The shared limiter; None while Redis is away, which costs nobody a time-out."""
        if self._clock() < self._away_until:
            return None
        if self._limiter is None:
            pool = _pool(self._url)
            self._redis = Redis(connection_pool=pool)
            self._limiter = MovingWindowRateLimiter(RedisStorage("redis://", connection_pool=pool, key_prefix=_PREFIX))
        return self._limiter

    def _gone(self, error: RedisError) -> None:
        self._away_until = self._clock() + AWAY
        _log.warning("budget.redis_away", error=type(error).__name__, asked_again_in=AWAY)

    def _pause_left(self, account: str) -> int:
        """Milliseconds; 0 or less: no pause."""
        return int(self._redis.pttl(self._pause_key(account)))

    def _item(self, account: str, purpose: Purpose) -> RateLimitItemPerSecond:
        calls = self._calls[account]
        amount = calls if purpose is Purpose.WORK else max(calls // 2, 1)
        return RateLimitItemPerSecond(amount, MINUTE + HOLD)

    def _key(self, account: str, purpose: Purpose) -> tuple[str, str]:
        return account, "all" if purpose is Purpose.WORK else "polls"

    def _pause_key(self, account: str) -> str:
        return f"{_PREFIX}:pause:{account}"


def _pool(url: str) -> ConnectionPool:
    """Never waits longer than a moment, nor tries again by itself: the caller has another way to decide."""
    connect = {} if url.startswith("unix:") else {"socket_connect_timeout": _TIMEOUT}
    return ConnectionPool.from_url(url, socket_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0), **connect)
