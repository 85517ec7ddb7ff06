"""The net below the callbacks: every opportunity that has changed since the last time is looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from events.sources.client import Answer
from events.sources.connectwise.api import Api, Record
from events.sources.connectwise.callbacks import OPPORTUNITY
from events.sources.connectwise.fields import identity, text
from events.sources.connectwise.lookup import OPPORTUNITIES
from events.sources.tool import Nudge, Page

OVERLAP = timedelta(minutes=10)
_FIELDS = "id,status,_info"


def poll(api: Api, since: datetime | None, now: Callable[[], datetime]) -> Iterator[Page]:
    """
    Read in the order of ids, which nothing changes; so the watermark is when the reading began, by the tool's clock,
    and moves once all is read. The first time nothing is taken in: what was won before is history.

    Raises ToolFault.
    """
    conditions = f"lastUpdated>[{_written((since or now()) - OVERLAP)}]"
    began: datetime | None = None
    for records, answer in api.pages(OPPORTUNITIES, conditions, _FIELDS):
        began = began or _told(answer) or now()
        if since is None:
            break
        yield Page([_nudge(record) for record in records])
    yield Page((), began)


def _nudge(record: Record) -> Nudge:
    """The same state read again, because of the overlap, is the same delivery."""
    number = str(identity(record, "id"))
    state = f"{text(record, '_info', 'lastUpdated')}:{text(record, 'status', 'id')}"
    return Nudge(f"{OPPORTUNITY}.polled", {OPPORTUNITY: number}, f"poll:{number}:{state}")


def _told(answer: Answer) -> datetime | None:
    with suppress(ValueError, TypeError):
        told = parsedate_to_datetime(answer.headers.get("date", ""))
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    return None


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
