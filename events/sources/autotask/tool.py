"""Autotask as a source and as a PSA."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from events.connections import SourceConnection
from events.sources.autotask import messages, polling
from events.sources.autotask.notes import Notes
from events.sources.autotask.offers import Offers
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session
from events.sources.autotask.tickets import Tickets
from events.sources.autotask.webhook import Webhook
from events.sources.beginning import Beginning
from events.sources.client import NotThere
from events.sources.document import Unreadable, error
from events.sources.forerunners import Forerunners
from events.sources.keyring import KeyRing
from events.sources.lasting import LastingNames
from events.sources.named import ident
from events.sources.tool import Answers, Checked, Found, Genuine, NotAccepted, Nudge, Page, Post


class Autotask:
    """Fills Pushes, Polled, Checks, Registers and WritesNotes."""

    updates_notes = False

    def __init__(
        self,
        connection: SourceConnection,
        session: Session,
        keys: KeyRing,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options = connection.access.options
        self._session = session
        self._now = now
        self._beginning = Beginning(connection.name, keys)
        self._keys = messages.Keys(connection.secrets)
        self._picklists = picklists = Picklists(session)
        names = LastingNames(connection.name, keys)
        self._before = Forerunners(connection.name, connection.access.accepted, keys)
        offers = Offers(connection, session, picklists, self._beginning, names, self._before)
        self._tickets = Tickets(connection, session, picklists, offers)
        self._notes = Notes(connection, session, picklists, self._tickets)
        self._webhook = Webhook(connection, session, picklists, pause)

    @property
    def answers(self) -> Answers:
        return Answers(stored=200, unreadable=200, refused=401)

    def genuine(self, post: Post) -> Genuine:
        return Genuine.YES if self._keys.genuine(post.headers, post.body) else Genuine.NO

    def read(self, post: Post) -> Sequence[Nudge]:
        return messages.read(post.body, self._options.get("resource", ""), self._options.get("guid", ""))

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        ticket, note = ident(content, "ticket"), ident(content, "note")
        if not ticket.isdigit() and not note.isdigit():
            raise Unreadable([error([], "names no ticket")])
        try:
            return self._tickets.look_up(ticket) if ticket.isdigit() else self._tickets.look_up_note(note)
        except NotThere:
            named = f"Ticket {ticket}" if ticket else f"Note {note}, or its ticket,"
            return [NotAccepted(f"{named} is not there (any more).")]

    def poll(self, since: datetime | None) -> Iterator[Page]:
        started = self._now()
        since = since or self._beginning.began
        if since is None:
            self._beginning.mark(started - polling.OVERLAP)
        if self._beginning.began is not None:  # else it is only tried out
            read = partial(polling.tickets_in, self._session, self._picklists)
            self._before.remember(started - polling.OVERLAP, read)
        yield from polling.pages(self._session, since, started)

    def check(self, url: str) -> Checked:
        return self._webhook.check(url)

    def register(self, url: str) -> str:
        return self._webhook.register(url)

    def find_note(self, ticket_id: str, marker: str) -> str | None:
        return self._notes.find(ticket_id, marker)

    def write_note(self, ticket_id: str, text: str, note_id: str | None) -> str | None:  # noqa: ARG002
        """Always a new one."""
        return self._notes.write(ticket_id, text)

    def set_status(self, ticket_id: str, status: str) -> None:
        self._notes.set_status(ticket_id, status)
