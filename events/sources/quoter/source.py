"""One connection to Quoter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from events.connections import SourceConnection
from events.sources.anchored import Step, walk
from events.sources.answered import Row, identifier, instant, text
from events.sources.before import Accepted, Before
from events.sources.beginning import Beginning
from events.sources.document import Unreadable, error
from events.sources.keyring import KeyRing
from events.sources.quoter.api import QuoterApi
from events.sources.quoter.lines import Lines
from events.sources.quoter.messages import genuine, read
from events.sources.quoter.quotes import Quotes
from events.sources.quoter.words import ACCEPTED, LOST, among
from events.sources.tool import Answers, Checked, Found, Genuine, Nudge, Page, Post
from pipeline.marketplaces.transport import Connections

_OVERLAP = timedelta(minutes=15)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Quoter:
    """Pushes, Polled, Checks. Polling is the net: Quoter documents no retry of a webhook."""

    def __init__(
        self,
        connection: SourceConnection,
        connections: Connections,
        keys: KeyRing,
        *,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connection = connection
        self._now = now
        self._api = QuoterApi(connection, connections, clock=clock)
        self._beginning = Beginning(connection.name, keys)
        self._before = Before(connection.name, keys, self._beginning)
        self._quotes = Quotes(connection, self._api, Lines(self._api, clock=clock), self._before)

    @property
    def answers(self) -> Answers:
        return Answers()

    def genuine(self, post: Post) -> Genuine:
        return genuine(post.body, self._connection.secrets, self._now())

    def read(self, post: Post) -> Sequence[Nudge]:
        return read(post.body)

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        quote_id = identifier(content.get("quote"))
        if not quote_id:
            raise Unreadable([error(["quote"], "must be the id of a quote")])
        return [self._quotes.look_up(quote_id, text(content.get("number")), instant(content.get("at")))]

    def poll(self, since: datetime | None) -> Iterator[Page]:
        """The first time nothing of the past: what was accepted before this connection was made is not its to order."""
        now = datetime.fromtimestamp(self._now(), UTC)
        since = since or self._beginning.began
        start = since or now
        if since is None:
            self._beginning.mark(start - _OVERLAP, now)
        if self._before.wanted:
            self._list_accepted()
        for step in self._walk(start - _OVERLAP):
            # A time of Quoter's that lies ahead of ours must not take the mark past what changes until then.
            reached = max(min(step.reached, now), start) if step.reached else None
            yield Page([self._nudge(quote) for quote in step.rows if self._decided(quote)], reached)

    def check(self, url: str) -> Checked:
        """Its API tells nothing of webhooks, so only the credentials can be checked."""
        self._api.modified(datetime.fromtimestamp(self._now(), UTC), 1)
        where = f" Its address must be {url}." if url else ""
        note = f"Quoter's API cannot tell whether its webhook is on: look at it in Quoter's settings.{where}"
        return Checked(notes=(note,))

    def _list_accepted(self) -> None:
        self._before.mark(
            Accepted(text(quote.get("id")), instant(quote.get("modified_at")), instant(quote.get("created_at")))
            for step in self._walk(_LONG_AGO)
            for quote in step.rows
            if among(text(quote.get("status")), self._connection.access.accepted, ACCEPTED)
        )

    def _walk(self, since: datetime) -> Iterator[Step]:
        return walk(self._api.modified, since, stamp=lambda quote: instant(quote.get("modified_at")), name=_version)

    def _decided(self, quote: Row) -> bool:
        status, access = text(quote.get("status")), self._connection.access
        return among(status, access.accepted, ACCEPTED) or among(status, access.lost, LOST)

    def _nudge(self, quote: Row) -> Nudge:
        quote_id = identifier(quote.get("id"))
        stamped = bool(text(quote.get("modified_at")))
        content = {"quote": quote_id, "number": text(quote.get("number"))[:100]}
        return Nudge("quote", content, delivery_id=f"poll-{_version(quote)}" if stamped else None)


def _version(quote: Row) -> str:
    return f"{text(quote.get('id'))}:{text(quote.get('status'))}:{text(quote.get('modified_at'))}"[:250]
