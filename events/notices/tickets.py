"""
Notices as internal notes on tickets: one note an order that is updated, or, where the PSA cannot, one a change.

No PSA has an idempotency key, so that a note carries our marker, which is looked for before anything is written: an
attempt that was cut off leaves no second note. The note comes first and the status after it. Nothing that fails here
touches the order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from events.connections import SourceConnection
from events.notices.channel import Arrived, Missed, Notice, Result
from events.notices.snapshot import OrderShown
from events.notices.wording import Wording
from events.replies.approvers import Says
from events.replies.form import how_to_answer
from events.sources.client import NotThere
from events.sources.tool import Nudge, ToolFault, WritesNotes
from events.taking import keep_nudges
from pipeline.domain.change import Change
from pipeline.domain.quote import Ticket
from pipeline.store import notices, tickets
from pipeline.store.database import Database
from pipeline.store.notices import Turn
from pipeline.telling import channel_of

_SECONDS = 25.0
_SOON = timedelta(seconds=5)


@dataclass(frozen=True)
class TicketChannel:
    """
    The tickets of one connection. `kinds` are links to tickets (`pipeline.store.tickets`); `lease` is the deliverer's.

    A PSA that is slow gets no write after `seconds`, so that an attempt is over before its lease is.
    """

    source: SourceConnection
    tool: WritesNotes
    wording: Wording
    database: Database
    kinds: Mapping[str, str]
    lease: timedelta
    seconds: float = _SECONDS
    clock: Callable[[], float] = time.monotonic

    @property
    def name(self) -> str:
        return channel_of(self.source.name)

    def send(self, notice: Notice) -> Result:
        began = self.clock()
        data = json.loads(notice.body)["data"]
        ticket = Ticket(system=self.source.name, id=data["ticket"]["id"])
        turn = Turn.NOW if notice.change is Change.HEARD else self._turn(notice.id)
        if turn is Turn.WAIT:
            return Missed("Another note of this order is being written.", after=_SOON)
        try:
            self._look_soon(notice, ticket)
            if turn is Turn.NOW and not self._write(notice, ticket, data, began):
                return Missed("The PSA is slow: the note is written later.")
            return self._set_status(notice, ticket, began)
        except NotThere as fault:
            return Missed(fault.sentence, final=True)
        except ToolFault as fault:
            return Missed(fault.sentence, after=None if fault.after is None else timedelta(seconds=fault.after))

    def _turn(self, notice_id: UUID) -> Turn:
        with self.database.transaction() as connection:
            return notices.turn(connection, notice_id, self.lease)

    def _look_soon(self, notice: Notice, ticket: Ticket) -> None:
        """Where a status may be an answer, the ticket is read now: only a later change can be one."""
        if notice.change is Change.ASKING and Says.of(self.source).statuses:
            nudge = Nudge("ticket.noted", {"ticket": ticket.id}, f"noted:{notice.id}")
            keep_nudges(self.database, self.source.name, [nudge])

    def _write(self, notice: Notice, ticket: Ticket, data: Mapping[str, Any], began: float) -> bool:
        """False: the look for the marker took too long to write anything any more."""
        marker, whole = self._marker(notice.change, data)
        note_id = self.tool.find_note(ticket.id, marker)
        if self.clock() - began > self.seconds:
            return False
        ours_alone = notice.change is Change.HEARD or not self.tool.updates_notes
        if note_id is None or not ours_alone:
            self.tool.write_note(ticket.id, f"{whole}\n{self._words(notice, data)}", note_id)
        return True

    def _marker(self, change: Change, data: Mapping[str, Any]) -> tuple[str, str]:
        """What is looked for, and the line that holds it."""
        if change is Change.HEARD:
            whole = f"[order-ref: {data['ref']} reply: {data['reply']}]"
            return whole, whole
        whole = f"[order-ref: {data['ref']} state: {change.value} version: {data['version']}]"
        return (f"[order-ref: {data['ref']} state:", whole) if self.tool.updates_notes else (whole, whole)

    def _words(self, notice: Notice, data: Mapping[str, Any]) -> str:
        text = self.wording.of(notice.change, data)
        how = how_to_answer(OrderShown.model_validate(data).open_questions)
        return "\n\n".join(part for part in (text.title, text.body, how) if part)

    def _set_status(self, notice: Notice, ticket: Ticket, began: float) -> Result:
        """Once all orders of the ticket are live."""
        status = self.source.access.ticket_status
        if notice.change is not Change.LIVE or not status:
            return Arrived()
        with self.database.transaction() as connection:
            if not tickets.all_live(connection, ticket, self.kinds):
                return Arrived()
        if self.clock() - began > self.seconds:
            return Missed("The PSA is slow: the note is written, and the ticket's status is set later.")
        self.tool.set_status(ticket.id, status)
        return Arrived()


def kinds_of(sources: Mapping[str, SourceConnection], writable: Mapping[str, WritesNotes]) -> Mapping[str, str]:
    """
    Which links mean a ticket that can be written to, and in which connection. A PSA's own numbers (`halopsa:ticket`)
    tell that only where there is one connection of its kind.
    """
    kinds = {tickets.kind_of(name): name for name in writable}
    for name in writable:
        kind = sources[name].kind
        if sum(each.kind is kind for each in sources.values()) == 1:
            kinds[f"{kind}:ticket"] = name
    return kinds
