"""
Tickets that were in an accepted status already when tickets were first read for that status. PSAs do not tell since
when a ticket has its status, so that any change to such a one would look like an acceptance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from events.sources.before import Accepted, Before
from events.sources.beginning import Beginning, asked
from events.sources.keyring import KeyRing
from events.sources.tool import NotAccepted, ToolFault
from pipeline.domain.offered import OfferedQuote


class Forerunners:
    """One connection's, of the statuses that mean accepted there, remembered for all processes. Thread-safe."""

    def __init__(self, connection: str, statuses: Iterable[str], keys: KeyRing) -> None:
        self._lists: dict[str, tuple[Beginning, Before]] = {}
        for status in sorted({word.strip().casefold() for word in statuses if word.strip()}):
            beginning = Beginning(f"{connection}/tickets/{status}", keys)
            self._lists[status] = beginning, Before(f"{connection}/tickets/{status}", keys, beginning)

    def remember(self, at: datetime, read: Callable[[str], Iterable[Accepted]]) -> None:
        """
        To be called by each poll: `read` gives the tickets of a status, in small letters, that was not read before.
        Those that were changed since `at` are asked about. Raises ToolFault.
        """
        for status, (beginning, before) in self._lists.items():
            if not before.marked:
                beginning.mark(at)
                before.mark(read(status))

    def judge(self, offered: OfferedQuote, ticket: str) -> OfferedQuote | NotAccepted:
        """What is offered; as a question where it may be older; or why it is none for us. Raises ToolFault."""
        if not all(before.marked for _, before in self._lists.values()):
            raise ToolFault(
                "Which tickets were accepted before this connection began is not known until a poll has read them: it "
                "waits for that.",
                code="source.first_reading",
            )
        for _, before in self._lists.values():
            if judged := before.judge(ticket, None):
                return judged if isinstance(judged, NotAccepted) else asked(offered, judged)
        return offered

    def elsewhere(self, ticket: str) -> None:
        """Its status is another one now: accepted again, it is new."""
        for _, before in self._lists.values():
            before.forget(ticket)
