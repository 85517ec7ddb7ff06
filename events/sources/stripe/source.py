"""One connection to Stripe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from events.connections import SourceConnection
from events.sources.answered import Row, identifier, instant, row, text
from events.sources.beginning import Beginning
from events.sources.document import Unreadable, error
from events.sources.keyring import KeyRing
from events.sources.stripe.api import StripeApi
from events.sources.stripe.messages import genuine, nudge_of, read
from events.sources.stripe.quotes import Quotes
from events.sources.stripe.webhooks import Webhooks
from events.sources.stripe.words import ACCEPTED, CANCELED
from events.sources.tool import Answers, Checked, Found, Genuine, Nudge, Page, Post, ToolFault
from pipeline.marketplaces.transport import Connections

_OVERLAP = timedelta(minutes=15)
# Stripe lists events of the last 30 days; what lies further back is found among the quotes themselves.
_EVENTS_KEPT = timedelta(days=29)


class Stripe:
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
        self._beginning = Beginning(connection.name, keys)
        self._now = now
        self._api = StripeApi(connection, connections)
        self._quotes = Quotes(connection, self._api)
        self._webhooks = Webhooks(connection, self._api)

    @property
    def answers(self) -> Answers:
        return Answers()

    def genuine(self, post: Post) -> Genuine:
        return genuine(post, self._connection.secrets, self._now())

    def read(self, post: Post) -> Sequence[Nudge]:
        return read(post.body)

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        quote_id = identifier(content.get("quote"))
        if not quote_id:
            raise Unreadable([error(["quote"], "must be the id of a quote")])
        return [self._quotes.look_up(quote_id)]

    def poll(self, since: datetime | None) -> Iterator[Page]:
        """
        By the list of events, which are the same deliveries that the webhook makes. Lists are newest first, so the mark
        is given once all was read. The first time nothing of the past, but all since then, where it broke off.
        """
        now = datetime.fromtimestamp(self._now(), UTC)
        start = mark = since or self._beginning.began or now
        if since is None:
            self._beginning.mark(now)
        begin = start - _OVERLAP
        for listed in self._api.events(int(begin.timestamp())):
            mark = max([mark, *(instant(each.get("created")) or mark for each in listed)])
            yield Page([nudge for each in listed if (nudge := _listed(each)) is not None])
        if now - begin > _EVENTS_KEPT:
            yield from self._before_events(begin)
        # A time of Stripe's that lies ahead of ours must not take the mark past what changes until then.
        yield Page((), max(start, min(mark, now)))

    def check(self, url: str) -> Checked:
        return self._webhooks.check(url)

    def register(self, url: str) -> str:
        return self._webhooks.register(url)

    def _before_events(self, begin: datetime) -> Iterator[Page]:
        for status, kind, moment in (("accepted", ACCEPTED, "accepted_at"), ("canceled", CANCELED, "canceled_at")):
            for listed in self._api.quotes(status):
                decided = [each for each in listed if _since(each, moment, begin)]
                yield Page([_nudge(each, kind) for each in decided])


def _listed(event: Row) -> Nudge | None:
    try:
        return nudge_of(event)
    except Unreadable as wrong:
        raise ToolFault(f"Stripe lists an event that cannot be read: {wrong}.") from None


def _since(quote: Row, moment: str, begin: datetime) -> bool:
    when = instant(row(quote.get("status_transitions")).get(moment))
    return when is None or when >= begin


def _nudge(quote: Row, kind: str) -> Nudge:
    quote_id = identifier(quote.get("id"))
    return Nudge(kind, {"quote": quote_id}, delivery_id=f"poll-{text(quote_id)}-{kind}")
