"""
Reading a list by its times, so that a row which moves while the list is read is not lost.

A page number counts rows: one that changes in between moves to the end, and the row behind it slips to the page that
was read already. So each request begins at the time that the last one reached, and rows that were seen are left out.
Where times do not lead on, pages are numbered after all, and read again until a whole reading brings nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from events.sources.answered import Row
from events.sources.tool import ToolFault

_GRAIN = timedelta(seconds=1)
_MOST_PAGES = 10_000
_READINGS = 8


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as the tool gives it, oldest first. `more`: the tool says that there are more."""

    rows: Sequence[Row]
    more: bool


@dataclass(frozen=True, slots=True)
class Step:
    """
    Rows not seen before. `reached`: no row up to it is missing any more; None: that cannot be told yet. The last step
    always tells.
    """

    rows: Sequence[Row]
    reached: datetime | None


Fetch = Callable[[datetime, int], Sheet]


def walk(
    fetch: Fetch, since: datetime, *, stamp: Callable[[Row], datetime | None], name: Callable[[Row], str]
) -> Iterator[Step]:
    """
    Reads on from `since` to the end. `fetch(since, page)` asks for rows from then on, in the order of `stamp`; `name`
    is equal for the same row as long as nothing in it changed. Raises ToolFault.
    """
    walker = _Walker(fetch, since, stamp, name)
    stuck_at = yield from walker.by_times()
    if stuck_at is not None:
        yield from walker.by_pages(stuck_at)


class _Walker:
    def __init__(
        self, fetch: Fetch, since: datetime, stamp: Callable[[Row], datetime | None], name: Callable[[Row], str]
    ) -> None:
        self._fetch = fetch
        self._since = since
        self._stamp = stamp
        self._name = name
        self._seen: set[str] = set()
        self._newest: datetime | None = None

    def by_times(self) -> Generator[Step, None, datetime | None]:
        """Gives the time from which pages must be numbered; None: all was read."""
        anchor = self._since
        for _ in range(_MOST_PAGES):
            sheet = self._sheet(anchor, 1)
            stamps = [self._stamp(row) for row in sheet.rows]
            if sheet.more and not _in_order(stamps):
                return self._since
            fresh = self._fresh(sheet)
            if not sheet.more:
                yield Step(fresh, self._newest or self._since)
                return None
            yield Step(fresh, self._newest)
            reached = (self._newest or anchor) - _GRAIN
            if not fresh or reached <= anchor:
                return anchor
            anchor = reached
        raise _endless()

    def by_pages(self, anchor: datetime) -> Iterator[Step]:
        for _ in range(_READINGS):
            news = False
            for number in range(1, _MOST_PAGES):
                sheet = self._sheet(anchor, number)
                fresh = self._fresh(sheet)
                news = news or bool(fresh)
                if not sheet.more and (number == 1 or not news):
                    yield Step(fresh, self._newest or self._since)
                    return
                yield Step(fresh, None)
                if not sheet.more:
                    break
            else:
                raise _endless()
        raise ToolFault(f"A list changed each time that it was read, {_READINGS} times.")

    def _sheet(self, anchor: datetime, number: int) -> Sheet:
        sheet = self._fetch(anchor, number)
        if sheet.more and not sheet.rows:
            raise ToolFault("A list says that there is more and gives nothing.")
        return sheet

    def _fresh(self, sheet: Sheet) -> list[Row]:
        fresh = [row for row in sheet.rows if self._name(row) not in self._seen]
        self._seen.update(self._name(row) for row in fresh)
        known = [when for row in sheet.rows if (when := self._stamp(row)) is not None]
        self._newest = max([*known, self._newest] if self._newest else known, default=None)
        return fresh


def _in_order(stamps: Sequence[datetime | None]) -> bool:
    known = [when for when in stamps if when is not None]
    return len(known) == len(stamps) and all(one <= two for one, two in pairwise(known))


def _endless() -> ToolFault:
    return ToolFault(f"A list did not end within {_MOST_PAGES} pages.")
