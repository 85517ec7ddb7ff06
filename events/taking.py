"""A tool's delivery, taken in: verified or kept for it, parted into what it is about, stored once, answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.sources.document import Unreadable
from events.sources.tool import Genuine, Nudge, Post, Pushes, VerifiesLater
from pipeline.store import counts
from pipeline.store import events as store
from pipeline.store.database import Database
from pipeline.store.events import Delivery, EventStatus, Trouble

UNVERIFIED = "unverified"
# Whoever knows the address can send such: they must not fill the inbox. What is refused is sent again, or polled.
MOST_UNVERIFIED = 200
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Taken:
    """
    `status` is the code that the tool gets; with 429 nothing is stored, for too many messages wait to be verified.
    `event_ids` are of the stored events, the first ones' for repeats.
    """

    status: int
    event_ids: tuple[UUID, ...] = ()
    unreadable: bool = False

    @property
    def too_many(self) -> bool:
        return self.status == _TOO_MANY


def take_in(
    database: Database,
    name: str,
    tool: Pushes,
    post: Post,
    genuine: Genuine | None = None,
    *,
    note_connection: bool = False,
    most_unverified: int = MOST_UNVERIFIED,
) -> Taken | None:
    """
    Stores what the delivery is about, committed when this returns. None: it is not genuine, and nothing is stored.
    `genuine` is what the tool said to that, where it was asked already.

    Calls nobody but the database. Raises what the database raises.
    """
    genuine = genuine or tool.genuine(post)
    if genuine is Genuine.NO:
        return None
    deliveries = _parts(name, tool, post) if genuine is Genuine.YES else [_unverified(name, tool, post)]
    with database.transaction() as connection:
        unproven = genuine is Genuine.UNKNOWN
        if unproven and counts.unverified_events(connection, name, most_unverified) >= most_unverified:
            return Taken(_TOO_MANY)
        kept = [store.keep(connection, database, each) for each in deliveries]
        if note_connection:
            store.saw(connection, name)
    unreadable = any(each.status is EventStatus.UNREADABLE and each.first for each in kept)
    answers = tool.answers
    return Taken(answers.unreadable if unreadable else answers.stored, tuple(each.id for each in kept), unreadable)


def _parts(name: str, tool: Pushes, post: Post) -> Sequence[Delivery]:
    try:
        return [delivery_of(name, nudge) for nudge in tool.read(post)]
    except Unreadable as wrong:
        return [Delivery(name, None, wrong.type, post.body, Trouble(wrong.errors, refused=True))]


def _unverified(name: str, tool: Pushes, post: Post) -> Delivery:
    """Without its id: one that is forged must not pass for the delivery that comes after it."""
    evidence = tool.evidence(post) if isinstance(tool, VerifiesLater) else {}
    return Delivery(name, None, UNVERIFIED, post.body, evidence=evidence)


def delivery_of(name: str, nudge: Nudge) -> Delivery:
    """A nudge as it is stored."""
    return Delivery(name, nudge.delivery_id, nudge.type, json.dumps(nudge.content, sort_keys=True).encode())


def keep_nudges(database: Database, name: str, nudges: Sequence[Nudge]) -> int:
    """Stores nudges that nobody waits for. Gives how many are new."""
    return store.keep_all(database, [delivery_of(name, nudge) for nudge in nudges])
