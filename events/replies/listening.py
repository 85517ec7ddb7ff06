"""
The net below what a PSA sends of its tickets: those where something waits for an answer are read again at each poll.

A reply is heard once, however it comes to us, so that nothing of this has to be remembered.
"""

from __future__ import annotations

from collections.abc import Mapping

from events.looking_up import Hear
from events.sources.document import Unreadable
from events.sources.tool import Moved, Reply, ToolFault, WritesNotes
from pipeline.domain.quote import Ticket
from pipeline.store import counts, tickets
from pipeline.store.database import Database

_MOST = 50


class Listening:
    """`kinds` are links to tickets (`pipeline.store.tickets`), `tools` the PSAs by connection's name. Thread-safe."""

    def __init__(
        self, database: Database, tools: Mapping[str, WritesNotes], kinds: Mapping[str, str], hear: Hear
    ) -> None:
        self._database = database
        self._tools = tools
        self._kinds = kinds
        self._hear = hear

    def __call__(self, name: str) -> int:
        """
        Reads the connection's waiting tickets, at most 50 at once, and gives how many answers were heard. Stops where
        the PSA cannot be read: there is a next time.
        """
        tool = self._tools.get(name)
        if tool is None:
            return 0
        with self._database.transaction() as connection:
            found = tickets.waiting(connection, name, self._kinds, _MOST)
        try:
            return sum(self._listen(tool, ticket) for ticket in found)
        except ToolFault:
            return 0

    def _listen(self, tool: WritesNotes, ticket: Ticket) -> int:
        with self._database.transaction() as connection:
            now = counts.now(connection)
        try:
            said = [each for each in tool.look_up({"ticket": ticket.id}) if isinstance(each, Reply | Moved)]
        except Unreadable:  # an order may name whatever its sender took for a ticket
            return 0
        with self._database.transaction() as connection:
            return sum(self._hear(connection, each, now) is not None for each in said)
