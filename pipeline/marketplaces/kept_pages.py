"""
Pages of lists that answer the polls of many orders at once: kept for moments, in one process, for one account.

A page tells how things stood when it was asked for; whoever looks something up says how old that may be. What a page
does not show is no proof of anything, and is read by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain.catalogue import Subscription
from pipeline.domain.errors import BreakerOpen, BudgetSpent, PortError, TooManyCalls

# A page pays from so many others on that were looked up within the last minute; a lone order is read by itself.
_OTHERS = 2
_LATELY = timedelta(minutes=1)
# A list that has cost more calls than it saved, by so many pages, or that can't be read, is left alone for a while.
_TRIED = 100
_REST = timedelta(minutes=10)
_PATIENCE = 10.0
_MOST_ROWS = 20_000
_MOST_ASKED = 1_000
_NOT_THE_LISTS = (BreakerOpen, BudgetSpent, TooManyCalls)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list. `more` is where it goes on; None: this was the end of it."""

    rows: Sequence[Subscription]
    more: str | None = None


Read = Callable[[str | None], Page]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked up, not older than `since`, by somebody who began at `now`; both are instants of the database."""

    ids: Collection[str]
    since: datetime
    now: datetime


class KeptPages:
    """Thread-safe. One thread reads a page while others who look for something in the same list wait for it."""

    def __init__(self) -> None:
        self._lists: dict[str, _List] = {}

    def find(self, name: str, sought: Sought, read: Read) -> Mapping[str, Subscription]:
        """
        What pages of this list show of `sought`, by the ids that were given. At most one page is read for it, with
        `read`, from where the one before ended. Raises what a call of any kind would meet now (BudgetSpent, say); a
        list that can't be read shows nothing.
        """
        kept = self._lists.setdefault(name, _List())
        if not kept.lock.acquire(timeout=_PATIENCE):
            return {}
        try:
            return kept.find(sought, read)
        finally:
            kept.lock.release()


class _List:
    """One list, going round and round in it. To be used under its lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._rows: dict[str, tuple[datetime, Subscription]] = {}
        self._asked: dict[str, datetime] = {}
        self._more: str | None = None
        self._rests_until: datetime | None = None
        self._pages = self._answered = 0

    def find(self, sought: Sought, read: Read) -> Mapping[str, Subscription]:
        found = self._known(sought)
        if len(found) < len(sought.ids) and self._pays(sought):
            self._read(sought.now, read)
            found = self._known(sought)
        self._count(sought, len(found))
        return found

    def _known(self, sought: Sought) -> Mapping[str, Subscription]:
        kept = {one: self._rows.get(one.casefold()) for one in sought.ids}
        return {one: row[1] for one, row in kept.items() if row is not None and row[0] >= sought.since}

    def _pays(self, sought: Sought) -> bool:
        if self._rests_until is not None and sought.now < self._rests_until:
            return False
        ours = {one.casefold() for one in sought.ids}
        lately = sought.now - _LATELY
        others = sum(1 for one, at in self._asked.items() if at > lately and one not in ours)
        return others >= _OTHERS

    def _read(self, now: datetime, read: Read) -> None:
        try:
            page = read(self._more)
        except _NOT_THE_LISTS:
            raise
        except PortError:
            self._rest(now)
            return
        self._more = page.more
        self._pages += 1
        for row in page.rows:
            key = row.id.casefold()
            self._rows.pop(key, None)
            self._rows[key] = (now, row)
        while len(self._rows) > _MOST_ROWS:
            del self._rows[next(iter(self._rows))]

    def _count(self, sought: Sought, answered: int) -> None:
        """Each that was answered has saved a call, each page has cost one."""
        if len(self._asked) >= _MOST_ASKED:
            lately = sought.now - _LATELY
            self._asked = {one: at for one, at in self._asked.items() if at > lately}
        if len(self._asked) < _MOST_ASKED:
            self._asked |= {one.casefold(): sought.now for one in sought.ids}
        self._answered += answered
        if self._pages >= _TRIED:
            if self._answered < self._pages:
                self._rest(sought.now)
            self._pages = self._answered = 0

    def _rest(self, now: datetime) -> None:
        self._rests_until = now + _REST
        self._more = None
        self._rows.clear()
