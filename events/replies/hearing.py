"""
Hearing what people say on tickets, in the transaction that reads the event which told of it.

Each reply is acted on once. What it leads to, that it was heard, and the note that says why it was not taken are
committed together, or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from events.connections import SourceConnection
from events.replies import waiting
from events.replies.acting import Acting, Person
from events.replies.approvers import Says, plain
from events.replies.form import Command, Said, read_reply
from events.replies.waiting import Waiting
from events.sources.quoted import own_words
from events.sources.tool import Moved, Reply
from pipeline.domain.change import Change
from pipeline.domain.errors import OperatorError
from pipeline.domain.question import Act
from pipeline.domain.quote import Ticket
from pipeline.operations.desk import Desk
from pipeline.store import tickets
from pipeline.store.acceptances import Carried
from pipeline.store.tickets import Sighting
from pipeline.telling import tell

_LONGEST_ID = 200
_SOMEBODY = "somebody"
_BY_NOBODY = "It cannot be told who set the ticket to this status: write a note that says approve."


@dataclass(frozen=True, slots=True)
class _Saying:
    """Something said on a ticket: `id` tells it from all else said there, `at` None: it is not known when."""

    ticket: Ticket
    id: str
    by: str
    said: Said
    at: datetime | None


class Hearing:
    """Takes replies and changes of status as answers. `connections` are by name. Thread-safe."""

    def __init__(self, desk: Desk, connections: Mapping[str, SourceConnection]) -> None:
        self._desk = desk
        self._connections = connections

    def __call__(self, connection: Connection, found: Reply | Moved, seen_at: datetime) -> Carried | None:
        """What came of it; None: nothing. `seen_at` is an instant before the ticket was read."""
        tickets.take_turns(connection, found.ticket)
        source = self._connections.get(found.ticket.system)
        ids = tickets.orders_of(connection, found.ticket, self._desk.rules.tickets)
        if source is None or not ids:
            return None
        saying = self._reply(found) if isinstance(found, Reply) else self._moved(connection, found, source, seen_at)
        if saying is None:
            return None
        here = waiting.read(connection, self._desk.database, ids)
        here = [each for each in here if _was_there(each, saying)]
        if not here or (isinstance(found, Moved) and not any(each.open for each in here)):
            return None
        return self._hear(connection, saying, Says.of(source), here)

    def _reply(self, reply: Reply) -> _Saying | None:
        """One that was written anew, because it was not taken, says something else by the same id."""
        said = read_reply(own_words(reply.text))
        if said is None:
            return None
        known = f"{reply.id[:_LONGEST_ID]}:{hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"
        return _Saying(reply.ticket, known, reply.by, said, reply.at)

    def _moved(
        self, connection: Connection, moved: Moved, source: SourceConnection, seen_at: datetime
    ) -> _Saying | None:
        """
        A ticket tells its status each time it is read. It says something where the ticket had another status when it
        was read before, and only about questions that were asked before that.
        """
        before = tickets.saw(connection, moved.ticket, Sighting(moved.status, seen_at))
        says = Says.of(source)
        act = says.meaning(moved.status)
        if act is None or before is None or before.status == moved.status:
            return None
        named = bool(moved.by) or act is not Act.APPROVE or not says.approvers or says.may_approve(moved.by)
        said, known = (
            Said((Command(act),), trouble="" if named else _BY_NOBODY),
            f"status:{moved.status}:{seen_at.isoformat()}",
        )
        return _Saying(moved.ticket, known[:_LONGEST_ID], moved.by, said, before.at)

    def _hear(self, connection: Connection, saying: _Saying, says: Says, here: Sequence[Waiting]) -> Carried | None:
        number = tickets.hear(connection, saying.ticket, saying.id)
        if number is None:
            return None
        within = self._desk.database.within(connection)
        person = Person(saying.by, f"{plain(saying.by) or _SOMEBODY} ({saying.ticket.system})")
        acting = Acting(replace(self._desk, database=within), connection, says, person)
        try:
            if saying.said.trouble:
                return self._not_taken(connection, here, number, saying.said.trouble)
            with within.transaction():
                order = acting.carry_out(saying.said, here, saying.at)
        except OperatorError as wrong:
            return self._not_taken(connection, here, number, wrong.sentence)
        return Carried(f"an answer on the ticket was taken for {order.ref}", order.row.quote_pk, 1)

    def _not_taken(self, connection: Connection, here: Sequence[Waiting], number: int, sentence: str) -> Carried:
        """A note says what is wrong: on behalf of an order that waits, where one does."""
        order = next((each for each in here if each.open), here[0])
        tell(
            connection,
            self._desk.database,
            order.row.id,
            Change.HEARD,
            number,
            channels=(),
            kinds=self._desk.rules.tickets,
            more={"heard": sentence, "reply": number},
        )
        return Carried(f"an answer on the ticket was not taken for {order.ref}", order.row.quote_pk)


def _was_there(order: Waiting, saying: _Saying) -> bool:
    """Talk of before the order is none about it. Who names a question or an order has read of it."""
    named = saying.said.answers or any(command.name for command in saying.said.commands)
    return bool(named) or saying.at is None or order.row.created_at.replace(microsecond=0) <= saying.at
