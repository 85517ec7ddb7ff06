"""
Reading a tool's lists to their end, so that no row is lost while the list changes under the reader.

No list that is polled here has a cursor: rows move from page to page while it is read. What was pushed on to a later
page is met twice and told once; what was pulled to an earlier one is met when a list of more than one page is read
again, until a whole reading brings nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events.sources.answered import Row, text
from events.sources.document import Unreadable
from events.sources.tool import Nudge, Page, ToolFault

Now = Callable[[], datetime]

# A page of fewer rows is the last one. It is not enough that a page is shorter than was asked for: a tool may give no
# more than it likes, but none gives fewer than this while it has more.
_LEAST = 10
_MOST_PAGES = 1000
_READINGS = 4
_RESTLESS = "{title} has a list that does not stop changing while it is read."
_NAMING = ("id", "updatedOn", "modifyDate", "modifiedDate", "status")


@dataclass(frozen=True, slots=True)
class Listing:
    """
    One of a tool's lists. `read` gives its page of this number, counted from 0, with `size` rows at most, and raises
    ToolFault. `nudge` says what a row is about, None: nothing of ours; it raises Unreadable. `until`: the list is
    sorted by `modified`, the newest first, and nothing before this is of interest.
    """

    read: Callable[[int], Sequence[Row]]
    size: int
    nudge: Callable[[Row], Nudge | None]
    modified: Callable[[Row], datetime | None]
    until: datetime | None = None


def utc_now() -> datetime:
    return datetime.now(UTC)


def sweep(title: str, listings: Iterable[Listing], since: datetime, started: datetime) -> Iterator[Page]:
    """
    All pages of all lists, and the watermark with the last one: the newest `modified` that was seen, `since` where
    there was none, but not after `started`, because a list may have changed after it was read.

    Rows that cannot be read hold up no others; they are complained of at the end, and then the watermark stays.
    Raises ToolFault.
    """
    newest, unreadable = since, 0
    for listing in listings:
        for rows in _settled(title, listing):
            nudges = []
            for row in rows:
                try:
                    nudge = listing.nudge(row)
                except Unreadable:
                    unreadable += 1
                    continue
                if nudge is not None:
                    nudges.append(nudge)
                newest = max(newest, listing.modified(row) or newest)
            yield Page(nudges)
    if unreadable:
        raise ToolFault(f"{title} lists {unreadable} rows that cannot be read.", code="source.unreadable")
    yield Page((), max(since, min(newest, started)))


def rows_of(title: str, what: str, content: object) -> Sequence[Row]:
    """The rows of a page that is a bare list. Raises ToolFault: what cannot be read must not pass for an empty page."""
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        raise ToolFault(f"{title} answered {what} with something that is no list of objects.")
    return content


def complete(title: str, read: Callable[[int], Sequence[Row]], size: int) -> list[Row]:
    """All rows of a list that belongs to one thing, each once, as they were all at one time. Raises ToolFault."""
    listing = Listing(read, size, lambda _: None, lambda _: None)
    before: list[Row] | None = None
    for _ in range(_READINGS):
        pages = list(_pages(title, listing))
        rows = list({_identity(row): row for page in pages for row in page}.values())
        if len(pages) < 2 or rows == before:
            return rows
        before = rows
    raise ToolFault(_RESTLESS.format(title=title))


def _settled(title: str, listing: Listing) -> Iterator[list[Row]]:
    """Its rows, each once, page by page."""
    known: set[tuple[str, ...]] = set()
    for reading in range(_READINGS):
        before, pages = len(known), 0
        for page in _pages(title, listing):
            pages += 1
            fresh = [row for row in page if _identity(row) not in known]
            known.update(_identity(row) for row in fresh)
            if fresh:
                yield fresh
        if pages < 2 or (reading and len(known) == before):
            return
    raise ToolFault(_RESTLESS.format(title=title))


def _pages(title: str, listing: Listing) -> Iterator[Sequence[Row]]:
    """Its pages from the first to the last, once."""
    met: set[tuple[str, ...]] = set()
    repeats, full, order = 0, False, _Order(listing)
    for number in range(_MOST_PAGES):
        rows = listing.read(number)
        here = {_identity(row) for row in rows}
        repeats = 0 if here - met else repeats + 1
        met |= here
        # One page that was met before may have been pushed on as a whole; two: the tool gives the same for ever.
        if repeats > 1 or not (rows or full):
            return
        yield [row for row in rows if not _before(listing, row)]
        full = len(rows) >= listing.size
        if len(rows) < _LEAST or (order.kept(rows) and all(_before(listing, row) for row in rows)):
            return
    raise ToolFault(f"{title} has a list of more than {_MOST_PAGES} pages.")


class _Order:
    """Whether a list really is sorted as it was asked for, so far. One that is not is read to its end."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._last: datetime | None = None
        self._kept = True

    def kept(self, rows: Sequence[Row]) -> bool:
        for row in rows:
            modified = self._listing.modified(row)
            if modified is None or (self._last is not None and modified > self._last):
                self._kept = False
            self._last = modified or self._last
        return self._kept


def _before(listing: Listing, row: Row) -> bool:
    modified = listing.modified(row)
    return listing.until is not None and modified is not None and modified < listing.until


def _identity(row: Row) -> tuple[str, ...]:
    """Equal for a row that did not change."""
    return tuple(text(row.get(name)) for name in _NAMING)
