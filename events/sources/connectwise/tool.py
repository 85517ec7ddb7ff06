"""ConnectWise PSA as a source: all that it can do, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from events.connections import SourceConnection
from events.sources.beginning import Beginning
from events.sources.connectwise.api import Api
from events.sources.connectwise.callbacks import DELETED, OPPORTUNITY, TICKET, Callback, nudges, read_callback
from events.sources.connectwise.fields import identity, text
from events.sources.connectwise.keys import SIGNATURE, KeyPlace, SigningKeys, signs
from events.sources.connectwise.lookup import Opportunities
from events.sources.connectwise.notes import Notes
from events.sources.connectwise.polling import OVERLAP, poll, tickets_in
from events.sources.connectwise.registration import Registration
from events.sources.connectwise.settings import Settings, read_settings
from events.sources.connectwise.tickets import Tickets
from events.sources.document import Unreadable, error
from events.sources.forerunners import Forerunners
from events.sources.keyring import KeyRing
from events.sources.lasting import LastingNames
from events.sources.tool import Answers, Checked, Found, Genuine, Nudge, Page, Post, ToolFault
from pipeline.marketplaces.transport import Connections

Now = Callable[[], datetime]
# An opportunity's closing may be told as a day, at midnight, in whichever zone.
_FIRST = timedelta(days=1)


def make(connection: SourceConnection, connections: Connections, keys: KeyRing) -> ConnectWise:
    """Raises BadAccess."""
    return ConnectWise(connection, connections, keys)


class ConnectWise:
    """One tenant. Pushes, is verified later where its key is not at hand, polled, checked, registered, written to."""

    updates_notes = True
    answers = Answers(stored=200, unreadable=200, refused=401)

    def __init__(
        self,
        connection: SourceConnection,
        connections: Connections,
        keys: KeyRing,
        now: Now = lambda: datetime.now(UTC),
    ) -> None:
        self._settings: Settings = read_settings(connection)
        self._api = Api(connection, self._settings.base_url, connections)
        self._keys = SigningKeys(connection, self._settings.origin, connections, keys, self._api.headers)
        self._beginning = Beginning(connection.name, keys)
        names = LastingNames(connection.name, keys)
        self._opportunities = Opportunities(self._api, self._settings, self._beginning, names, now)
        self._before = Forerunners(connection.name, self._settings.accepted, keys)
        self._tickets = Tickets(self._api, self._settings, self._opportunities, names, self._before)
        self._notes = Notes(self._api)
        self._registration = Registration(self._api, self._settings)
        self._now = now

    def genuine(self, post: Post) -> Genuine:
        signature, place = post.headers.get(SIGNATURE, ""), self._key_place(post.body)
        if not signature or place is None:
            return Genuine.NO
        signed = self._keys.signed(place, signature, post.body)
        if signed is None:
            return Genuine.UNKNOWN
        return Genuine.YES if signed else Genuine.NO

    def read(self, post: Post) -> Sequence[Nudge]:
        return nudges(read_callback(post.body), self._settings.member)

    def evidence(self, post: Post) -> Mapping[str, Any]:
        return {SIGNATURE: post.headers.get(SIGNATURE, "")}

    def verify(self, evidence: Mapping[str, Any], body: bytes) -> bool:
        signature, place = text(evidence, SIGNATURE), self._key_place(body)
        if not signature or place is None:
            return False
        signed = self._keys.signed(place, signature, body)
        if signed is not None:
            return signed
        key = self._keys.fetch(place)
        return key is not None and signs(key, signature, body)

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        deleted = content.get(DELETED) is True
        if opportunity := identity(content, OPPORTUNITY):
            return self._opportunities.look_up(opportunity, deleted=deleted)
        if ticket := identity(content, TICKET):
            return self._tickets.look_up(ticket, deleted=deleted)
        raise Unreadable([error([], f"must name one of {OPPORTUNITY} and {TICKET} by its number")])

    def poll(self, since: datetime | None) -> Iterator[Page]:
        since = since or self._beginning.began
        if since is None:
            self._beginning.mark(self._now() - _FIRST)
        if self._beginning.began is not None:  # else it is only tried out
            self._before.remember(self._now() - OVERLAP, partial(tickets_in, self._api, self._settings))
        yield from poll(self._api, self._settings, since, self._now)

    def check(self, url: str) -> Checked:
        checked = self._registration.check(url)
        try:
            self._keys.renew()
        except ToolFault as fault:
            return replace(checked, problems=(*checked.problems, f"The signing key cannot be read. {fault.sentence}"))
        return checked

    def register(self, url: str) -> str:
        return self._registration.register(url)

    def find_note(self, ticket_id: str, marker: str) -> str | None:
        return self._notes.find(ticket_id, marker)

    def write_note(self, ticket_id: str, text: str, note_id: str | None) -> str | None:
        return self._notes.write(ticket_id, text, note_id)

    def set_status(self, ticket_id: str, status: str) -> None:
        self._notes.set_status(ticket_id, status)

    def _key_place(self, body: bytes) -> KeyPlace | None:
        """None for what cannot be one of this tenant's callbacks."""
        try:
            callback: Callback = read_callback(body)
        except Unreadable:
            return None
        if callback.company.casefold() != self._settings.tenant.casefold():
            return None
        return self._keys.place(callback.key_url)
