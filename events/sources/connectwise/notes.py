"""Writing to tickets: internal notes that carry our marker, and the status."""

from __future__ import annotations

from events.sources.client import NotThere
from events.sources.connectwise.api import TITLE, Api
from events.sources.connectwise.fields import text
from events.sources.connectwise.lookup import TICKETS
from events.sources.tool import ToolFault

_INTERNAL = {"detailDescriptionFlag": False, "internalAnalysisFlag": True, "resolutionFlag": False}


class Notes:
    """Thread-safe. Methods raise ToolFault; after one a write may have been carried out."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def find(self, ticket_id: str, marker: str) -> str | None:
        for page, _ in self._api.pages(f"{_path(ticket_id)}/notes"):
            for note in page:
                if marker in text(note, "text"):
                    return text(note, "id")
        return None

    def write(self, ticket_id: str, words: str, note_id: str | None) -> str | None:
        """One that somebody has deleted meanwhile is written anew; one that was made public is internal again."""
        path = f"{_path(ticket_id)}/notes"
        if note_id:
            try:
                self._api.replace(f"{path}/{_number(note_id, 'note')}", {"text": words, **_INTERNAL})
            except NotThere:
                pass
            else:
                return note_id
        return text(self._api.make(path, {"text": words, **_INTERNAL}), "id") or None

    def set_status(self, ticket_id: str, status: str) -> None:
        """A status that the ticket's board does not have may be answered with 200 all the same: so it is read again."""
        if self._status(ticket_id).casefold() == status.casefold():
            return
        self._api.replace(_path(ticket_id), {"status": {"name": status}})
        is_now = self._status(ticket_id)
        if is_now.casefold() != status.casefold():
            raise ToolFault(
                f"Ticket {ticket_id} at {TITLE} is still {is_now!r} after it was set to {status!r}: "
                "does its board have that status?",
                passes=False,
            )

    def _status(self, ticket_id: str) -> str:
        return text(self._api.record(_path(ticket_id)), "status", "name")


def _path(ticket_id: str) -> str:
    return f"{TICKETS}/{_number(ticket_id, 'ticket')}"


def _number(given: str, what: str) -> str:
    """Ids go into addresses, and come from orders as well as from the tool."""
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise NotThere(f"{TITLE} numbers its {what}s: there is none of this name.", passes=False)
    return given
