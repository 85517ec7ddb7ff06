"""
Writing to tickets. A note cannot be relied on to be changed afterwards, so that each change is a note of its own.
"""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.answered import text as written
from events.sources.autotask import words
from events.sources.autotask.picklists import Picklists
from events.sources.autotask.session import Session
from events.sources.autotask.tickets import Tickets
from events.sources.named import ident, text
from events.sources.tool import ToolFault


class Notes:
    """Raises ToolFault."""

    def __init__(self, connection: SourceConnection, session: Session, picklists: Picklists, tickets: Tickets) -> None:
        self._connection = connection
        self._options = connection.access.options
        self._session = session
        self._picklists = picklists
        self._tickets = tickets

    def find(self, ticket_id: str, marker: str) -> str | None:
        for row in self._tickets.notes(ticket_id):
            if marker in text(row, "description"):
                return ident(row, "id") or None
        return None

    def write(self, ticket_id: str, said: str) -> str | None:
        content = {
            "ticketID": int(ticket_id),
            "title": self._options.get("note_title", words.NOTE_TITLE),
            "description": said,
            "noteType": self._note_type(),
            "publish": self._publish(),
        }
        return self._session.create(f"/Tickets/{ticket_id}/Notes", content) or None

    def set_status(self, ticket_id: str, status: str) -> None:
        """Where the ticket is patched differs by tenant: on the collection with its number, or at its own address."""
        wanted = self._picklists.number("Tickets", "status", status, self._connection.variable("TICKET_STATUS"))
        if self._options.get("patch", words.PATCH_COLLECTION) == words.PATCH_ITEM:
            self._session.call("PATCH", f"/Tickets/{ticket_id}", content={"status": wanted})
        else:
            self._session.call("PATCH", "/Tickets", content={"id": int(ticket_id), "status": wanted})
        if written(self._session.item("Tickets", ticket_id).get("status")) != str(wanted):
            raise ToolFault(
                "Autotask left the ticket's status as it was: a workflow rule or a required field may forbid it.",
                passes=False,
            )

    def _publish(self) -> int:
        """Never one that customers see, unless the option says so."""
        if told := self._options.get("publish", ""):
            return self._picklists.number("TicketNotes", "publish", told, self._option("publish"))
        names = self._picklists.names("TicketNotes", "publish")
        internal = [number for number, name in names.items() if name.lower().startswith(words.PUBLISH_INTERNAL)]
        if not internal or not internal[0].isdigit():
            raise ToolFault(
                f"It cannot be told which notes are internal at Autotask: set {self._option('publish')}.", passes=False
            )
        return int(internal[0])

    def _note_type(self) -> int:
        if told := self._options.get("note_type", ""):
            return self._picklists.number("TicketNotes", "noteType", told, self._option("note_type"))
        known = [number for number in self._picklists.names("TicketNotes", "noteType") if number.isdigit()]
        if not known:
            raise ToolFault(f"Autotask names no type of note: set {self._option('note_type')}.", passes=False)
        return int(known[0])

    def _option(self, name: str) -> str:
        return f"{name} in {self._connection.variable('OPTIONS')}"
