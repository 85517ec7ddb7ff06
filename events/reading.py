"""Reading what the inbox holds: one acceptance, one order. Repeatable at any point: it is one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from events.connections import SourceConnection, strangers
from events.looking_up import CarriesOut, Hear, LookedUp, look_up
from events.sources.document import Document, Revocation, Unreadable, error
from events.sources.generic import read_document
from events.sources.tool import NotThereYet, Tool, ToolFault
from pipeline.store import acceptances, arriving, counts, foreseeing, readings
from pipeline.store import events as store
from pipeline.store.acceptances import Arrival, Carried, Tell
from pipeline.store.database import Database
from pipeline.store.events import Event, EventStatus, Trouble

_WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800))
# A replica that lags behind, a right that somebody has to be given first.
_LOOKED_FOR = timedelta(hours=6)
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

    `asked` is called, in the transaction, with each order that a question was put to, `ended` with each that was to be
    cancelled. Thread-safe.
    """

    def __init__(
        self,
        database: Database,
        connections: Mapping[str, SourceConnection],
        asked: Tell | None = None,
        tools: Mapping[str, Tool] | None = None,
        hear: Hear | None = None,
        ended: Tell | None = None,
    ) -> None:
        self._database = database
        self._connections = connections
        self._asked = asked
        self._ended = ended
        self._tools = tools or {}
        self._told = CarriesOut(database, connections, hear)

    def read(self, event_id: UUID) -> ReadResult:
        """
        Reads an event that waits for it. A fault of ours puts it off, some times; then a person is shown it.

        Raises OperationalError while the database is away: the event stays due.
        """
        return self._guarded(event_id, again=False)

    def replay(self, event_id: UUID) -> ReadResult | None:
        """
        Reads an event now that could not be read before. Of a tool, one that was read too: the tool is asked again.
        None where there is no such event.
        """
        with self._database.transaction() as connection:
            if store.read(connection, self._database, event_id) is None:
                return None
        return self._guarded(event_id, again=True)

    def preview(self, event_id: UUID) -> int | None:
        """
        How many orders a replay would change now; None where there is no such event. A tool is asked. Raises
        Unreadable, ToolFault.
        """
        if asked := self._of_tool(event_id):
            return self._would_change(*asked)
        with self._database.transaction() as connection:
            event = store.read(connection, self._database, event_id)
            if event is None:
                return None
            if event.status in (EventStatus.READ, EventStatus.FORGED):
                return 0
            document = self._document(event)
            revocation = isinstance(document, Revocation)
            quote = document.quote if isinstance(document, Revocation) else document
            return foreseeing.would_change(connection, quote, revocation=revocation)

    def _would_change(self, tool: Tool, event: Event, now: datetime) -> int:
        """What the tool says is carried out and undone."""
        if event.status in (EventStatus.FORGED, EventStatus.UNVERIFIED):
            return 0
        looked = look_up(tool, event, now)
        source = self._source(event)
        with self._database.rehearsal() as connection:
            locked = store.lock(connection, self._database, event.id)
            return 0 if locked is None else self._told(connection, locked, looked, source, _unheard(source)).changed

    def _guarded(self, event_id: UUID, *, again: bool) -> ReadResult:
        try:
            if asked := self._of_tool(event_id):
                return self._look_up(*asked, again=again)
            with self._database.transaction() as connection:
                return self._read(connection, event_id, again=again)
        except OperationalError:
            raise
        except ToolFault as fault:
            return self._wait_for_tool(event_id, fault)
        except Exception as fault:
            if isinstance(fault, DBAPIError) and fault.connection_invalidated:
                raise
            return self._put_off(event_id, fault)

    def _read(self, connection: Connection, event_id: UUID, *, again: bool) -> ReadResult:
        event = store.lock(connection, self._database, event_id)
        if over := _over(event, again=again):
            return over
        assert event is not None  # noqa: S101  that is over
        if event.status is EventStatus.UNVERIFIED:
            # Whoever sent it, its own tool alone can tell whether it is genuine.
            return self._tool_missing(connection, event)
        try:
            document = self._document(event)
        except Unreadable as wrong:
            if event.connection not in self._connections:
                return self._tool_missing(connection, event, wrong)
            return self._set_aside(connection, event, wrong)
        carried = self._carry_out(connection, event, document)
        store.mark_read(connection, event_id, carried.sentence, carried.quote_pk)
        return ReadResult(ReadOutcome.READ, carried.sentence, carried.changed)

    def _looked_for(self, connection: Connection, event_id: UUID, gone: str) -> bool:
        event = store.lock(connection, self._database, event_id)
        if event is None or event.status is not EventStatus.RECEIVED:
            return False
        age = counts.now(connection) - event.received_at
        if age > _LOOKED_FOR:
            store.mark_read(connection, event_id, gone, None)
            return False
        store.put_off(connection, event_id, _wait_for(age))
        return True

    def _tool_missing(self, connection: Connection, event: Event, wrong: Unreadable | None = None) -> ReadResult:
        """A worker that was started before the connection was configured leaves it to others, at last to a person."""
        said = f"no tool is configured here for the connection {event.connection}"
        if event.faults >= len(_WAITS):
            return self._set_aside(connection, event, wrong or Unreadable([error(["connection"], said)]))
        store.count_fault(connection, event.id)
        store.put_off(connection, event.id, _WAITS[min(event.faults, len(_WAITS) - 1)])
        return ReadResult(ReadOutcome.PUT_OFF, said)

    def _of_tool(self, event_id: UUID) -> tuple[Tool, Event, datetime] | None:
        """The tool that the event is to be looked up at, the event, and the database's instant; None: it is generic."""
        if not self._tools:
            return None
        with self._database.transaction() as connection:
            tool = self._tools.get(store.connection_of(connection, event_id) or "")
            event = None if tool is None else store.read(connection, self._database, event_id)
            return None if tool is None or event is None else (tool, event, counts.now(connection))

    def _look_up(self, tool: Tool, event: Event, now: datetime, *, again: bool) -> ReadResult:
        """Asks the tool with no transaction open, then carries out what it said. Raises ToolFault."""
        if over := _over(event, again=again, of_tool=True):
            return over
        looked: LookedUp | Unreadable
        try:
            looked = look_up(tool, event, now)
        except Unreadable as wrong:
            looked = wrong
        with self._database.transaction() as connection:
            return self._carry_out_looked(connection, event.id, looked, again=again)

    def _carry_out_looked(
        self, connection: Connection, event_id: UUID, looked: LookedUp | Unreadable, *, again: bool
    ) -> ReadResult:
        """Another reader may have read it meanwhile, and have been told something else: what it did stands."""
        event = store.lock(connection, self._database, event_id)
        if over := _over(event, again=again, of_tool=True):
            return over
        assert event is not None  # noqa: S101  that is over
        if isinstance(looked, Unreadable):
            if event.status is EventStatus.READ:
                return ReadResult(ReadOutcome.UNREADABLE, str(looked))
            return self._set_aside(connection, event, looked)
        if not looked.genuine:
            store.mark_forged(connection, event_id, event.connection)
            return ReadResult(ReadOutcome.READ, "not genuine")
        if readings.overtaken(connection, looked.things, looked.at):
            if event.status is EventStatus.RECEIVED:
                store.put_off(connection, event_id, timedelta(0))
            return ReadResult(ReadOutcome.PUT_OFF, "the tool was asked about it later, and has answered already")
        source = self._source(event)
        done = self._told(connection, event, looked, source, replace(self._arrival(source), of_tool=True))
        store.mark_read(connection, event_id, done.sentence, done.carried[-1].quote_pk if done.carried else None)
        return ReadResult(ReadOutcome.READ, done.sentence, done.changed)

    def _set_aside(self, connection: Connection, event: Event, wrong: Unreadable) -> ReadResult:
        """For a person, as it came: what was verified only now is still to be parted when it is read again."""
        whole = event.status is EventStatus.UNVERIFIED or (event.trouble is not None and event.trouble.refused)
        store.mark_unreadable(connection, self._database, event.id, Trouble(wrong.errors, refused=whole))
        return ReadResult(ReadOutcome.UNREADABLE, str(wrong))

    def _wait_for_tool(self, event_id: UUID, fault: ToolFault) -> ReadResult:
        """The tool could not be read: later again, on and on. Health tells of it."""
        least = timedelta(0) if fault.passes else _WAITS[-1]
        gone = fault.sentence if isinstance(fault, NotThereYet) else ""
        if not self._due_again(event_id, max(least, timedelta(seconds=fault.after or 0)), gone):
            return ReadResult(ReadOutcome.READ if gone else ReadOutcome.PUT_OFF, fault.sentence)
        _log.info("event.tool_away", event_id=str(event_id), code=fault.code)
        return ReadResult(ReadOutcome.PUT_OFF, f"{fault.sentence} It is read again later.")

    def _arrival(self, source: SourceConnection) -> Arrival:
        return Arrival(source.name, source.owner, source.deadline, self._asked, self._ended)

    def _carry_out(self, connection: Connection, event: Event, document: Document) -> Carried:
        source = self._source(event)
        arrival = self._arrival(source)
        if isinstance(document, Revocation):
            return acceptances.revoke(connection, self._database, document.quote, arrival)
        extra = arriving.Extra(apart=strangers(source, self._connections))
        return arriving.arrive(connection, self._database, document, arrival, extra)

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
        again = " and will be tried again" if self._due_again(event_id) else ""
        return ReadResult(ReadOutcome.PUT_OFF, f"it could not be read ({kind}){again}")

    def _due_again(self, event_id: UUID, least: timedelta = timedelta(0), gone: str = "") -> bool:
        """
        Counts the fault and makes the event due again, after `least` or more; False where it no longer waits for that.

        It was accepted, so it is never given up: the last wait repeats, and health tells of it. But what its tool does
        not have (`gone` says so) is looked for as long as a tool may take to show it, and nobody is told.
        """
        with self._database.transaction() as connection:
            if gone:
                return self._looked_for(connection, event_id, gone)
            faults = store.count_fault(connection, event_id)
            if faults is None:
                return False
            store.put_off(connection, event_id, max(_WAITS[min(faults, len(_WAITS)) - 1], least))
            return True


def _wait_for(age: timedelta) -> timedelta:
    """Between two looks for what is not there: about as long as it has been looked for."""
    return min(max(age, _WAITS[0]), timedelta(hours=1))


def _unheard(source: SourceConnection) -> Arrival:
    """For what is undone: nobody is told of it."""
    return Arrival(source.name, source.owner, source.deadline, of_tool=True)


def _over(event: Event | None, *, again: bool, of_tool: bool = False) -> ReadResult | None:
    """Why there is nothing to do; None where there is. A tool may say something else when it is asked again."""
    if event is None:
        return ReadResult(ReadOutcome.DONE_BEFORE, "there is no such event")
    if event.status is EventStatus.FORGED or (event.status is EventStatus.READ and not (again and of_tool)):
        return ReadResult(ReadOutcome.DONE_BEFORE, event.result or "")
    if event.status is EventStatus.UNREADABLE and not again:
        return ReadResult(ReadOutcome.DONE_BEFORE, "it waits for a person")
    return None
