"""The net below Autotask's webhooks: every ticket that had any activity since the last look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from events.sources.autotask import words
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session, where
from events.sources.before import Accepted
from events.sources.named import Row, ident, instant, text
from events.sources.tool import Nudge, Page

OVERLAP = timedelta(minutes=15)
_FIELDS = ("id", "status", "lastActivityDate")
_DATES = ("id", "status", "createDate", words.TRACKED)


def pages(session: Session, since: datetime | None, started: datetime) -> Iterator[Page]:
    """
    `started` is when the look began, by our clock: the next watermark, less an overlap as clocks differ. The first
    time, it is only what happens from now on. Raises ToolFault.
    """
    after = (since or started) - OVERLAP
    changed = where("lastActivityDate", after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "gte")
    for rows in session.pages("Tickets", changed, fields=_FIELDS):
        yield Page([_nudge(row) for row in rows])
    yield Page((), started)


def tickets_in(session: Session, picklists: Picklists, status: str) -> Iterator[Accepted]:
    """The tickets that are in a status, which is given by name or number. Raises ToolFault."""
    for number in picklists.numbers("Tickets", "status", status):
        for rows in session.pages("Tickets", where("status", number), fields=_DATES):
            yield from (
                Accepted(ident(row, "id"), instant(row, words.TRACKED), instant(row, "createDate")) for row in rows
            )


def _nudge(row: Row) -> Nudge:
    number = ident(row, "id")
    delivery = f"poll:{number}:{text(row, 'status')}:{text(row, 'lastActivityDate')}"
    return Nudge("Ticket read", {"ticket": number}, delivery)
