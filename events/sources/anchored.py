"""
Reading a list by its times, so that a row which moves while the list is read is not lost.

A page number counts rows: one that changes in between moves to the end, and the row behind it slips to the page that
was read already. So each request begins at the time that the last one reached, and rows that were seen are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from events.sources.answered import Row
from events.sources.tool import ToolFault

_GRAIN = timedelta(seconds=1)
_MOST_PAGES = 10_000


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


def walk(
    fetch: Callable[[datetime, int], Sheet],
    since: datetime,
    *,
    stamp: Callable[[Row], datetime | None],
    name: Callable[[Row], str],
) -> Iterator[Step]:
    """
    Reads on from `since` to the end. `fetch(since, page)` asks for rows from then on, in the order of `stamp`; `name`
    is equal for the same row as long as nothing in it changed. A tool that keeps another order is read by page numbers.
    Raises ToolFault.
    """
    seen: set[str] = set()
    anchor, number, ordered = since, 1, True
    newest: datetime | None = None
    for _ in range(_MOST_PAGES):
        sheet = fetch(anchor, number)
        if sheet.more and not sheet.rows:
            raise ToolFault("A list says that there is more and gives nothing.")
        stamps = [when for each in sheet.rows if (when := stamp(each)) is not None]
        ordered = ordered and len(stamps) == len(sheet.rows) and all(one <= two for one, two in pairwise(stamps))
        fresh = [each for each in sheet.rows if name(each) not in seen]
        seen.update(name(each) for each in fresh)
        newest = max([*stamps, newest] if newest else stamps, default=None)
        if not sheet.more:
            yield Step(fresh, newest or since)
            return
        yield Step(fresh, newest if ordered else None)
        reached = stamps[-1] - _GRAIN if ordered else anchor
        anchor, number = (reached, 1) if fresh and reached > anchor else (anchor, number + 1)
    raise ToolFault(f"A list did not end within {_MOST_PAGES} pages.")
