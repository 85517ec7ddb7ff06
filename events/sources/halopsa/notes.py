"""Writing to tickets. HaloPSA takes arrays; a note is hidden from the customer and mails nobody."""

from __future__ import annotations

from events.connections import SourceConnection
from events.sources.halopsa import words
from events.sources.halopsa.session import Session
from events.sources.halopsa.statuses import Statuses
from events.sources.halopsa.tickets import Tickets
from events.sources.named import ident, text
from events.sources.tool import ToolFault


class Notes:
    """Raises ToolFault."""

    def __init__(self, connection: SourceConnection, session: Session, tickets: Tickets, statuses: Statuses) -> None:
        self._outcome = connection.access.options.get("outcome", words.OUTCOME)
        self._variable = connection.variable("TICKET_STATUS")
        self._session = session
        self._tickets = tickets
        self._statuses = statuses

    def find(self, ticket_id: str, marker: str) -> str | None:
        for row in self._tickets.notes(ticket_id):
            if any(marker in text(row, name) for name in (*words.NOTE, *words.NOTE_HTML)):
                return ident(row, "id") or None
        return None

    def write(self, ticket_id: str, said: str, note_id: str | None) -> str | None:
        entry = {
            "ticket_id": _number(ticket_id),
            "note": said,
            "outcome": self._outcome,
            "hiddenfromuser": True,
            "sendemail": False,
        }
        if note_id:
            entry["id"] = _number(note_id)
        return ident(self._session.post("/api/Actions", entry), "id") or note_id

    def set_status(self, ticket_id: str, status: str) -> None:
        wanted = self._statuses.number(status, self._variable)
        self._session.post(words.PATHS[words.TICKET], {"id": _number(ticket_id), "status_id": _number(wanted)})
        after = self._session.get(f"{words.PATHS[words.TICKET]}/{ticket_id}")
        if ident(after, "status_id") != wanted:
            raise ToolFault(
                "HaloPSA left the ticket's status as it was: the ticket's type or workflow may not allow the change.",
                passes=False,
            )


def _number(said: str) -> int | str:
    return int(said) if said.isdigit() else said
