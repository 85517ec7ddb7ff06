"""Reading what the inbox holds: one acceptance, one order. Repeatable at any point: it is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from events.connections import SourceConnection
from events.sources.document import Document, Revocation, Unreadable
from events.sources.generic import read_document
from pipeline.store import acceptances
from pipeline.store import events as store
from pipeline.store.acceptances import Arrival, Carried, Tell
from pipeline.store.database import Database
from pipeline.store.events import Event, EventStatus, Trouble

_WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))
_log = structlog.get_logger("quoteway.events")


class ReadOutcome(StrEnum):
    """DONE_BEFORE: there was nothing to do. PUT_OFF: a fault of ours; the event is due again later."""

    READ = "read"
    UNREADABLE = "unreadable"
    DONE_BEFORE = "done_before"
    PUT_OFF = "put_off"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """`sentence` tells what came of it; `changed` is how many orders were made, cancelled or stopped by it."""

    outcome: ReadOutcome
    sentence: str
    changed: int = 0


class Reader:
    """
    Reads events as their connections are configured now.

    `asked` is called, in the transaction, with each order that a question was put to. Thread-safe.
    """

    def __init__(
        self, database: Database, connections: Mapping[str, SourceConnection], asked: Tell | None = None
    ) -> None:
        self._database = database
        self._connections = connections
        self._asked = asked

    def read(self, event_id: UUID) -> ReadResult:
        """
        Reads an event that waits for it. A fault of ours puts it off, some times; then a person is shown it.

        Raises OperationalError while the database is away: the event stays due.
        """
        return self._guarded(event_id, again=False)

    def replay(self, event_id: UUID) -> ReadResult | None:
        """Reads an event that could not be read before, now. None where there is no such event."""
        with self._database.transaction() as connection:
            if store.read(connection, self._database, event_id) is None:
                return None
        return self._guarded(event_id, again=True)

    def preview(self, event_id: UUID) -> int | None:
        """How many orders a replay would change now; None where there is no such event. Raises Unreadable."""
        with self._database.transaction() as connection:
            event = store.read(connection, self._database, event_id)
            if event is None:
                return None
            if event.status is EventStatus.READ:
                return 0
            document = self._document(event)
            revocation = isinstance(document, Revocation)
            quote = document.quote if isinstance(document, Revocation) else document
            return acceptances.would_change(connection, quote, revocation=revocation)

    def _guarded(self, event_id: UUID, *, again: bool) -> ReadResult:
        try:
            with self._database.transaction() as connection:
                return self._read(connection, event_id, again=again)
        except OperationalError:
            raise
        except Exception as fault:
            if isinstance(fault, DBAPIError) and fault.connection_invalidated:
                raise
            return self._put_off(event_id, fault)

    def _read(self, connection: Connection, event_id: UUID, *, again: bool) -> ReadResult:
        event = store.lock(connection, self._database, event_id)
        if event is None or event.status is EventStatus.READ:
            return ReadResult(ReadOutcome.DONE_BEFORE, event.result or "" if event else "there is no such event")
        if event.status is EventStatus.UNREADABLE and not again:
            return ReadResult(ReadOutcome.DONE_BEFORE, "it waits for a person")
        try:
            document = self._document(event)
        except Unreadable as wrong:
            refused = event.trouble is not None and event.trouble.refused
            trouble = Trouble(wrong.errors, refused)
            store.mark_unreadable(connection, self._database, event_id, trouble)
            return ReadResult(ReadOutcome.UNREADABLE, str(wrong))
        carried = self._carry_out(connection, event, document)
        store.mark_read(connection, event_id, carried.sentence, carried.quote_pk)
        return ReadResult(ReadOutcome.READ, carried.sentence, carried.changed)

    def _carry_out(self, connection: Connection, event: Event, document: Document) -> Carried:
        source = self._source(event)
        arrival = Arrival(source.name, source.owner, source.deadline, self._asked)
        if isinstance(document, Revocation):
            return acceptances.revoke(connection, self._database, document.quote, arrival)
        return acceptances.accept(connection, self._database, document, arrival)

    def _document(self, event: Event) -> Document:
        # Only a quote given by hand is `data` alone, and only that is stored so: the door asks for a type.
        return read_document(event.body, self._source(event), bare=not (event.trouble and event.trouble.refused))

    def _source(self, event: Event) -> SourceConnection:
        """A connection that is no longer configured still stands for its name."""
        return self._connections.get(event.connection) or SourceConnection(event.connection)

    def _put_off(self, event_id: UUID, fault: Exception) -> ReadResult:
        # The fault's own text may quote what a customer wrote: only its kind is told.
        kind = type(fault).__name__
        _log.error("event.fault", event_id=str(event_id), error=kind)
        with self._database.transaction() as connection:
            faults = store.count_fault(connection, event_id)
            if faults is None:
                return ReadResult(ReadOutcome.PUT_OFF, f"it could not be read ({kind})")
            # It was accepted, so it is never given up: the last wait repeats, and health tells of it.
            store.put_off(connection, event_id, _WAITS[min(faults, len(_WAITS)) - 1])
            return ReadResult(ReadOutcome.PUT_OFF, f"it could not be read ({kind}) and will be tried again")
