"""
Pax8 Quotes v2. No webhook tells of a quote: they are polled, and decided from the quote as it is read by its id.

The list is read by `updatedOn`, because it has nothing of when a quote was answered; that an answer moves `updatedOn`
is an assumption, and `OVERLAP` what is read again in case it moves late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from events.connections import SourceConnection
from events.sources.answered import Row, amount, identifier, instant, page, row, text, word
from events.sources.answered import rows as answered_rows
from events.sources.beginning import Beginning
from events.sources.client import Answer, NotThere, ToolClient
from events.sources.document import Unreadable, error
from events.sources.pax8_quotes.login import Login
from events.sources.pax8_quotes.reading import (
    TO_CLIENT,
    TO_PARTNER,
    TO_PARTNERS_CLIENT,
    accepted_words,
    lost_words,
    read_quote,
)
from events.sources.polling import Listing, Now, sweep, utc_now
from events.sources.tool import Checked, Found, NotThereYet, Nudge, Page, ToolFault

TITLE = "Pax8 Quotes"
OVERLAP = timedelta(hours=1)
FIRST = timedelta(days=1)
_SIZE = 50
_NOT_THERE = f"{TITLE} shows us no quote of this id (any more)."


class Pax8Quotes:
    """Polled, and checked. What was accepted more than a day before the first poll is left alone. Thread-safe."""

    def __init__(
        self, connection: SourceConnection, client: ToolClient, login: Login, beginning: Beginning, now: Now = utc_now
    ) -> None:
        self._connection = connection
        self._client = client
        self._login = login
        self._beginning = beginning
        self._now = now

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        quote_id = identifier(content.get("quote"))
        if not quote_id:
            raise Unreadable([error(["quote"], "must be an id")])
        try:
            answer = self._get(f"/v2/quotes/{quote_id}", {})
        except NotThere:
            raise NotThereYet(_NOT_THERE) from None
        found = read_quote(answer.content, quote_id, self._connection)
        return (self._beginning.of(found),)

    def poll(self, since: datetime | None) -> Iterator[Page]:
        started = self._now()
        since = since or self._beginning.began
        reached = since or started - FIRST
        if since is None:
            self._beginning.mark(reached)
        until = reached - OVERLAP if since else reached
        access = self._connection.access
        accepted, lost = ",".join(accepted_words(access)), ",".join(lost_words(access))
        wanted = ((accepted, TO_CLIENT), (accepted, TO_PARTNERS_CLIENT), (lost, TO_CLIENT))
        listings = (
            Listing(partial(self._page, status, intent), _SIZE, _nudge, _modified, until) for status, intent in wanted
        )
        return sweep(TITLE, listings, reached, started)

    def check(self, url: str) -> Checked:  # noqa: ARG002  nothing is sent here: no webhook tells of quotes
        """Whether our credentials reach the quotes of all of us."""
        try:
            self._page(",".join(accepted_words(self._connection.access)), TO_CLIENT, 0)
        except ToolFault as fault:
            if fault.passes:
                raise
            return Checked(problems=(str(fault),))
        return Checked(notes=("Quotes are polled: there is no webhook to set.", *self._topics()))

    def _topics(self) -> Sequence[str]:
        """A topic for quotes would be news: none was known when this was written."""
        try:
            answer = self._get("/api/v2/webhooks/topic-definitions", {"size": 200})
        except ToolFault:
            return ()  # a key for quotes need not be one for webhooks
        named = [word(each.get("topic")) for each in answered_rows(row(answer.content).get("content"))]
        return [f"Pax8 has a webhook topic {each} by now." for each in named if "quote" in each.casefold()]

    def _page(self, status: str, intent: str, number: int) -> Sequence[Row]:
        query = {"status": status, "account": "partner", "intentType": intent, "sort": "updatedOn,desc"}
        answer = self._get("/v2/quotes", {**query, "limit": _SIZE, "page": number})
        rows, told = page(TITLE, answer.content, "content"), row(row(answer.content).get("page"))
        pages, size = amount(told.get("totalPages")), amount(told.get("size"))
        if pages is not None and size is not None and number + 1 < pages and len(rows) < min(int(size), _SIZE):
            raise ToolFault(f"{TITLE} answered with half a page.")
        return rows

    def _get(self, path: str, query: Mapping[str, str | int]) -> Answer:
        try:
            return self._client.get(path, query=query, headers=self._login.headers())
        except ToolFault as fault:
            if fault.code != "source.unauthorized" or not self._login.refused():
                raise
        return self._client.get(path, query=query, headers=self._login.headers())


def _modified(quote: Row) -> datetime | None:
    return instant(quote.get("updatedOn")) or instant(quote.get("respondedOn"))


def _nudge(quote: Row) -> Nudge | None:
    """The same quote, unchanged, is the same delivery in every poll."""
    if text(quote.get("intentType")) == TO_PARTNER:
        return None
    quote_id, status = identifier(quote.get("id")), text(quote.get("status"))
    if not quote_id:
        raise Unreadable([error(["id"], "must be an id")])
    changed = _modified(quote)
    when = changed.isoformat() if changed is not None else ""
    return Nudge(f"quote.{status[:40]}", {"quote": quote_id}, f"{quote_id}|{when}|{status[:40]}")
