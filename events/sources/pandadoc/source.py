"""One connection to PandaDoc."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from events.connections import SourceConnection
from events.sources.anchored import Sheet, Step, walk
from events.sources.answered import Row, identifier, instant, text
from events.sources.beginning import Beginning
from events.sources.document import Unreadable, error
from events.sources.keyring import KeyRing
from events.sources.pandadoc.api import PandaDocApi
from events.sources.pandadoc.documents import Documents
from events.sources.pandadoc.messages import decides, genuine, read
from events.sources.pandadoc.webhooks import Webhooks
from events.sources.pandadoc.words import LOST_NUMBERS
from events.sources.tool import Answers, Checked, Found, Genuine, Nudge, Page, Post
from pipeline.marketplaces.transport import Connections

_OVERLAP = timedelta(minutes=15)


class PandaDoc:
    """Pushes, Polled, Checks, Registers."""

    def __init__(
        self,
        connection: SourceConnection,
        connections: Connections,
        keys: KeyRing,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._now = now
        self._api = PandaDocApi(connection, connections)
        self._beginning = Beginning(connection.name, keys)
        self._documents = Documents(connection, self._api)
        self._webhooks = Webhooks(connection, self._api)

    @property
    def answers(self) -> Answers:
        return Answers()

    def genuine(self, post: Post) -> Genuine:
        return genuine(post, self._connection.secrets)

    def read(self, post: Post) -> Sequence[Nudge]:
        return read(post, self._connection.access)

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        document_id = identifier(content.get("document"))
        if not document_id:
            raise Unreadable([error(["document"], "must be the id of a document")])
        found = self._documents.look_up(document_id)
        return [self._beginning.of(found)]

    def poll(self, since: datetime | None) -> Iterator[Page]:
        """
        What was completed, then what was taken back. The mark is that of the first list, which was read first, and is
        given once all were read. The first time nothing of the past.
        """
        now = datetime.fromtimestamp(self._now(), UTC)
        since = since or self._beginning.began
        start = since or now
        if since is None:
            self._beginning.mark(start - _OVERLAP, now)
        mark = start
        for step in self._walk(self._api.completed, start, _completed):
            # Where the list lacks the date of completion: that of the last change, which lies after it.
            mark = max([mark, *(_completed(each) or _modified(each) or mark for each in step.rows)])
            yield self._page(step)
        for number in LOST_NUMBERS:
            for step in self._walk(partial(self._api.in_state, number), start, _modified):
                yield self._page(step)
        # A time of PandaDoc's that lies ahead of ours must not take the mark past what changes until then.
        yield Page((), max(start, min(mark, now)))

    def check(self, url: str) -> Checked:
        return self._webhooks.check(url)

    def register(self, url: str) -> str:
        return self._webhooks.register(url)

    def _walk(
        self, fetch: Callable[[datetime, int], Sheet], start: datetime, stamp: Callable[[Row], datetime | None]
    ) -> Iterator[Step]:
        return walk(fetch, start - _OVERLAP, stamp=stamp, name=_version)

    def _page(self, step: Step) -> Page:
        return Page([_nudge(each) for each in step.rows if decides(text(each.get("status")), self._connection.access)])


def _modified(document: Row) -> datetime | None:
    return instant(document.get("date_modified"))


def _completed(document: Row) -> datetime | None:
    return instant(document.get("date_completed"))


def _nudge(document: Row) -> Nudge:
    content = {"document": identifier(document.get("id"))}
    return Nudge(text(document.get("status")), content, delivery_id=f"poll-{_version(document)}")


def _version(document: Row) -> str:
    return ":".join(text(document.get(name)) for name in ("id", "status", "date_modified"))[:250]
