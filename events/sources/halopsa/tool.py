"""HaloPSA as a source and as a PSA."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from events.connections import SourceConnection
from events.sources.before import Before
from events.sources.beginning import Beginning
from events.sources.client import NotThere
from events.sources.document import Unreadable, error
from events.sources.halopsa import messages, words
from events.sources.halopsa.dates import zone_of
from events.sources.halopsa.notes import Notes
from events.sources.halopsa.offers import Offers, about
from events.sources.halopsa.polling import Poll, accepted_now
from events.sources.halopsa.session import Session
from events.sources.halopsa.statuses import Statuses
from events.sources.halopsa.tickets import Tickets
from events.sources.halopsa.webhook import Webhook
from events.sources.keyring import KeyRing
from events.sources.tool import Answers, Checked, Found, Genuine, NotThereYet, Nudge, Page, Post, Revoked
from pipeline.domain.offered import OfferedQuote


class HaloPsa:
    """Fills Pushes, Polled, Checks, Registers and WritesNotes. Raises BadAccess where a secret is of no known form."""

    updates_notes = True

    def __init__(
        self,
        connection: SourceConnection,
        session: Session,
        keys: KeyRing,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._connection = connection
        self._session = session
        self._now = now
        self._beginning = Beginning(connection.name, keys)
        # Whether its lists leave out what is closed or archived is not documented.
        self._before = Before(connection.name, keys, self._beginning, complete=False, zone=zone_of(connection))
        self._secrets = messages.Secrets(connection.secrets, connection.variable("SECRETS"))
        self._offers = Offers(connection, session)
        statuses = Statuses(session)
        self._tickets = Tickets(connection, session, self._offers, statuses)
        self._notes = Notes(connection, session, self._tickets, statuses)
        self._webhook = Webhook(connection, session, self._offers)

    @property
    def answers(self) -> Answers:
        return Answers(stored=200, unreadable=200, refused=401)

    def genuine(self, post: Post) -> Genuine:
        return Genuine.YES if self._secrets.genuine(post.headers) else Genuine.NO

    def read(self, post: Post) -> Sequence[Nudge]:
        return messages.read(post.body, self._connection.access.options.get("agent", ""))

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        kind, number = about(content)
        try:
            match kind:
                case words.TICKET:
                    return [self._new(found) for found in self._tickets.look_up(number)]
                case words.QUOTATION:
                    return [self._new(self._offers.quotation(number))]
                case words.ORDER:
                    return [self._new(self._offers.order(number))]
                case _:
                    raise Unreadable([error([], "names no ticket, quotation or sales order")])
        except NotThere:
            raise NotThereYet(f"HaloPSA shows us no {words.TITLES[kind].lower()} {number} (any more).") from None

    def poll(self, since: datetime | None) -> Iterator[Page]:
        since, started = since or self._beginning.began, self._now()
        look = Poll(self._session, self._offers, self._connection.access, since, started)
        if since is None:
            self._beginning.mark(look.after, started)
        if self._before.wanted:
            self._before.mark(accepted_now(self._session, self._offers))
        yield from look.pages()

    def _new(self, found: Found) -> Found:
        return self._before.of(found, found.key.id) if isinstance(found, OfferedQuote | Revoked) else found

    def check(self, url: str) -> Checked:
        return self._webhook.check(url)

    def register(self, url: str) -> str:
        return self._webhook.register(url)

    def find_note(self, ticket_id: str, marker: str) -> str | None:
        return self._notes.find(ticket_id, marker)

    def write_note(self, ticket_id: str, text: str, note_id: str | None) -> str | None:
        return self._notes.write(ticket_id, text, note_id)

    def set_status(self, ticket_id: str, status: str) -> None:
        self._notes.set_status(ticket_id, status)
