"""
The inbox: a delivery is genuine or not, reads or not, is stored once, and answered. All else happens later, by reading.

Nothing here speaks to the broker: a stored event is due, and the clocks of the workers find it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from events.connections import SourceConnection
from events.sources.document import Unreadable
from events.sources.generic import read_document, type_of
from pipeline.store import events as store
from pipeline.store.database import Database
from pipeline.store.events import Delivery, EventStatus, Kept, Trouble

_LONGEST_ID = 200


class Answer(StrEnum):
    """ACCEPTED and DUPLICATE are good news; UNREADABLE is kept for a person."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Received:
    """`event_id` is the first delivery's where this one came before; `errors` say why it cannot be read."""

    answer: Answer
    event_id: UUID
    errors: tuple[dict[str, Any], ...] = ()


def delivery_of(
    headers: Mapping[str, str], body: bytes, connection: SourceConnection, *, bare: bool = False
) -> Delivery:
    """A genuine message, read as far as to know whether it reads. `headers` in lower case."""
    delivery_id = _delivery_id(headers.get("webhook-id", "").strip())
    try:
        kind, trouble = type_of(read_document(body, connection, bare=bare)), None
    except Unreadable as wrong:
        kind, trouble = wrong.type, Trouble(wrong.errors, refused=True)
    return Delivery(connection.name, delivery_id, kind, body, trouble)


def receive(database: Database, delivery: Delivery, *, note_connection: bool = False) -> Received:
    """
    Stores the delivery, committed when this returns. One that came before is not stored, and gets the first one's id.

    `note_connection` also notes that the connection delivers. Raises what the database raises.
    """
    sealed = store.seal_body(database, delivery.body)
    with database.transaction() as connection:
        kept = store.keep(connection, database, delivery, sealed)
        if note_connection:
            store.saw(connection, delivery.connection)
    return _received(kept)


def inject(database: Database, body: bytes, connection: SourceConnection) -> UUID:
    """
    Stores a quote that was given by hand, the event whole or its `data` alone; gives the event's id.

    Raises Unreadable, and then stores nothing: whoever gave it is there to be told.
    """
    delivery = delivery_of({}, body, connection, bare=True)
    if delivery.trouble:
        raise Unreadable(delivery.trouble.errors, type=delivery.type)
    return receive(database, replace(delivery, connection=connection.name)).event_id


def _received(kept: Kept) -> Received:
    refused = kept.trouble is not None and kept.trouble.refused
    if refused and kept.trouble is not None and kept.status is EventStatus.UNREADABLE:
        return Received(Answer.UNREADABLE, kept.id, kept.trouble.errors)
    # One that was refused at first and has been read since is accepted, as far as its sender is concerned.
    return Received(Answer.ACCEPTED if kept.first or refused else Answer.DUPLICATE, kept.id)


def _delivery_id(given: str) -> str | None:
    """A sender's id of any length, in a form that an index takes."""
    if len(given) > _LONGEST_ID:
        return "sha256:" + hashlib.sha256(given.encode()).hexdigest()
    return given or None
