"""
The net below the callbacks: every opportunity that has changed since the last time is looked up; and every ticket where
tickets may be quotes, or where those that matter are on a board of their own. Others are too many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from events.sources.before import Accepted
from events.sources.client import Answer
from events.sources.connectwise.api import Api, Record
from events.sources.connectwise.callbacks import OPPORTUNITY, TICKET
from events.sources.connectwise.fields import identity, moment, text
from events.sources.connectwise.lookup import OPPORTUNITIES, TICKETS
from events.sources.connectwise.settings import Settings
from events.sources.tool import Nudge, Page

OVERLAP = timedelta(minutes=10)
_FIELDS = "id,status,_info"
# A name that may stand in a condition as it is; of others, all tickets are read.
_PLAIN = re.compile(r"[a-z0-9 ()&/,.:>_-]+")


def poll(api: Api, settings: Settings, since: datetime | None, now: Callable[[], datetime]) -> Iterator[Page]:
    """
    Read in the order of ids, which nothing changes; so the watermark is when the reading began, by the tool's clock,
    and moves once all is read. The first time nothing is taken in: what was won before is history.

    Raises ToolFault.
    """
    began: datetime | None = None
    for kind, path, conditions in _lists(settings, (since or now()) - OVERLAP):
        for records, answer in api.pages(path, conditions, _FIELDS):
            began = began or _told(answer) or now()
            if since is None:
                break
            yield Page([_nudge(kind, record) for record in records])
    yield Page((), began)


def tickets_in(api: Api, settings: Settings, status: str) -> Iterator[Accepted]:
    """The tickets that are in a status, which is given in small letters: the tool does not tell capitals apart."""
    conditions = [f'status/name="{status}"'] if _PLAIN.fullmatch(status) else []
    conditions += [f"board/id={settings.board}"] if settings.board else []
    for records, _ in api.pages(TICKETS, " and ".join(conditions), _FIELDS):
        for record in records:
            if text(record, "status", "name").casefold() == status:
                changed, made = moment(record, "_info", "lastUpdated"), moment(record, "_info", "dateEntered")
                yield Accepted(str(identity(record, "id")), changed, made)


def _lists(settings: Settings, since: datetime) -> Iterator[tuple[str, str, str]]:
    changed = f"lastUpdated>[{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}]"
    yield OPPORTUNITY, OPPORTUNITIES, changed
    if settings.board:
        yield TICKET, TICKETS, f"{changed} and board/id={settings.board}"
    elif settings.accepted:
        yield TICKET, TICKETS, changed


def _nudge(kind: str, record: Record) -> Nudge:
    """The same state read again, because of the overlap, is the same delivery."""
    number = str(identity(record, "id"))
    state = f"{text(record, '_info', 'lastUpdated')}:{text(record, 'status', 'id')}"
    return Nudge(f"{kind}.polled", {kind: number}, f"poll:{kind}:{number}:{state}")


def _told(answer: Answer) -> datetime | None:
    with suppress(ValueError, TypeError):
        told = parsedate_to_datetime(answer.headers.get("date", ""))
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    return None
