"""What stands before each call to an account: its breaker and its budget, and what each answer does to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol, runtime_checkable

import httpx

from pipeline.domain.errors import BreakerOpen, BudgetSpent
from pipeline.marketplaces.reply import Reply
from pipeline.ports import AccountHealth, Breaker, Budget, Purpose

# What to wait after a 429 that does not say; Pax8 documents no Retry-After (marketplaces.md, 1.3).
PAUSE = timedelta(seconds=8)


@runtime_checkable
class Pauses(Protocol):
    """A budget that can be told that the far side wants no calls for a while."""

    def pause(self, account: str, wait: timedelta) -> None:
        """For all workers. A longer pause that is already running stays."""
        ...


class Gate:
    """One account's. Thread-safe where its breaker and budget are."""

    def __init__(self, account: str, title: str, calls_per_minute: int, budget: Budget, breaker: Breaker) -> None:
        self._account = account
        self._title = title
        self._calls_per_minute = calls_per_minute
        self._budget = budget
        self._breaker = breaker

    def enter(self, purpose: Purpose) -> None:
        """Takes one call. Raises BreakerOpen or BudgetSpent."""
        if (wait := self._breaker.blocked_for(self._account)) is not None:
            sentence = f"Calls to {self._title} rest for {_seconds(wait)}, because several in a row failed."
            raise BreakerOpen(sentence, after=wait)
        if (wait := self._budget.take(self._account, purpose)) is not None:
            sentence = (
                f"The {self._calls_per_minute} calls a minute that {self._title} allows us are used up "
                f"for {_seconds(wait)}."
            )
            raise BudgetSpent(sentence, after=wait)

    def report(self, result: Reply | Exception) -> None:
        """Tells breaker and budget how a call went. Only what points at an outage counts as a failure."""
        if isinstance(result, Reply):
            if result.status >= 500:
                self._breaker.failed(self._account)
                return
            self._breaker.succeeded(self._account)
            if result.status == 429 and isinstance(self._budget, Pauses):
                self._budget.pause(self._account, result.after() or PAUSE)
        elif isinstance(result, httpx.TransportError):
            self._breaker.failed(self._account)

    def health(self) -> AccountHealth:
        word, until = self._breaker.state(self._account)
        used = self._budget.used(self._account)
        calls, polls = used if used is not None else (None, None)
        return AccountHealth(word, until, self._calls_per_minute, calls, polls)


def _seconds(wait: timedelta) -> str:
    return f"{max(wait.total_seconds(), 0.1):.1f} s"
