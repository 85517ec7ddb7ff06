"""
What is done on a timer: reading what has changed at a tool, seeing whether its webhook is switched on, and throwing
away what orders have left in baskets at a marketplace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection

from events.connections import SourceConnection
from events.sources.tool import Checked, Checks, Polled, Pushes, Tool, ToolFault
from events.taking import keep_nudges
from pipeline.domain.errors import PortError
from pipeline.operations.tidying import Tidying
from pipeline.store import errands
from pipeline.store.database import Database
from pipeline.store.errands import Errand, ErrandKind
from pipeline.store.events import saw
from pipeline.telling import tell_of_source

_LEASE = timedelta(minutes=5)
_DAILY = timedelta(hours=24)
_WAITS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300, 600))
# Reads the tickets of a connection where something waits for an answer.
Listen = Callable[[str], int]
_log = structlog.get_logger("quoteway.sources")


class Errands:
    """
    Runs the errands of all tools, each by one worker at a time. `public_url` is where tools find us; empty: not known.
    A poll ends with what `listen` does. `channels` are told when a connection's problem begins and when it is over.
    `tidying` sees to the marketplaces. Thread-safe.
    """

    def __init__(
        self,
        database: Database,
        connections: Mapping[str, SourceConnection],
        tools: Mapping[str, Tool],
        public_url: str,
        listen: Listen | None = None,
        channels: Sequence[str] = (),
        tidying: Tidying | None = None,
    ) -> None:
        self._database = database
        self._connections = connections
        self._tools = tools
        self._public_url = public_url
        self._listen = listen
        self._channels = channels
        self._tidying = tidying
        self._begun = False

    def wanted(self) -> list[tuple[str, ErrandKind]]:
        """Which errands the tools and the marketplaces give occasion for."""
        polled = [(name, ErrandKind.POLL) for name, tool in self._tools.items() if isinstance(tool, Polled)]
        checked = [(name, ErrandKind.CHECK) for name, tool in self._tools.items() if isinstance(tool, Checks)]
        tidied = [(name, ErrandKind.TIDY) for name in self._tidying.marketplaces()] if self._tidying else []
        return [*polled, *checked, *tidied]

    def begin(self) -> None:
        """These errands are run from now on, and no others. Done once in a process; a repeat does nothing."""
        if self._begun:
            return
        with self._database.transaction() as connection:
            errands.keep_only(connection, self.wanted())
        self._begun = True

    def run(self, errand_id: UUID) -> str:
        """One errand, to its end or its first fault; says what was done. A repeat while it runs does nothing."""
        with self._database.transaction() as connection:
            errand = errands.take(connection, errand_id, _LEASE)
        if errand is None:
            return "nothing to do"
        tool = self._tools.get(errand.connection)
        try:
            match errand.kind:
                case ErrandKind.POLL if isinstance(tool, Polled):
                    return self._poll(errand, tool)
                case ErrandKind.CHECK if isinstance(tool, Checks):
                    return self._check(errand, tool)
                case ErrandKind.TIDY if self._tidying is not None:
                    return self._tidy(errand, self._tidying)
                case _:
                    return "its connection is not configured here"
        except ToolFault as fault:
            return self._put_off(errand, fault.sentence, fault.after)
        except PortError as fault:
            return self._put_off(errand, fault.sentence, fault.after.total_seconds() if fault.after else None)
        except Exception as error:
            self._put_off(errand, f"A fault of Quoteway's own ({type(error).__name__}); see the log.", None)
            raise

    def check_now(self, name: str, tool: Checks) -> Checked:
        """
        A check that somebody asked for. What it found stands in the daily one's place, where workers run that. Raises
        ToolFault.
        """
        checked = tool.check(self.door(name))
        with self._database.transaction() as connection:
            errands.checked(connection, name, checked.problems, deactivated=checked.deactivated)
            self._tell(connection, name, ErrandKind.CHECK)
        return checked

    def door(self, name: str) -> str:
        """The address that a connection's webhook is to be sent to; empty where ours is not known."""
        return f"{self._public_url.rstrip('/')}/in/{name}" if self._public_url else ""

    def _poll(self, errand: Errand, tool: Polled) -> str:
        new = 0
        for page in tool.poll(errand.watermark):
            fresh = keep_nudges(self._database, errand.connection, page.nudges)
            new += fresh
            with self._database.transaction() as connection:
                if fresh and not isinstance(tool, Pushes):
                    saw(connection, errand.connection)
                if not errands.read_so_far(connection, errand, page.watermark, _LEASE):
                    return "another worker has gone on with it"
        if self._listen:
            self._listen(errand.connection)
        after = timedelta(seconds=self._connections[errand.connection].access.poll_seconds)
        with self._database.transaction() as connection:
            errands.done(connection, errand, after)
            self._tell(connection, errand.connection, errand.kind)
        return f"{new} new"

    def _check(self, errand: Errand, tool: Checks) -> str:
        checked = tool.check(self.door(errand.connection))
        with self._database.transaction() as connection:
            errands.done(connection, errand, _DAILY, problems=checked.problems, deactivated=checked.deactivated)
            self._tell(connection, errand.connection, errand.kind)
        if checked.problems:
            _log.warning("source.problems", connection=errand.connection, problems=len(checked.problems))
        return f"{len(checked.problems)} problems"

    def _tidy(self, errand: Errand, tidying: Tidying) -> str:
        thrown_away = tidying.tidy(errand.connection)
        with self._database.transaction() as connection:
            done = tidying.is_done(connection, errand.connection)
            errands.done(connection, errand, _DAILY if done else timedelta())
        return f"{thrown_away} thrown away"

    def _put_off(self, errand: Errand, sentence: str, after: float | None) -> str:
        wait = max(_WAITS[min(errand.faults, len(_WAITS) - 1)], timedelta(seconds=after or 0))
        with self._database.transaction() as connection:
            errands.failed(connection, errand, sentence, wait)
            self._tell(connection, errand.connection, errand.kind)
        _log.info("source.away", connection=errand.connection, errand=errand.kind.value)
        return sentence

    def _tell(self, connection: Connection, name: str, kind: ErrandKind) -> None:
        if kind is ErrandKind.TIDY:
            # Nobody is held up by it, and of a marketplace that is away its orders tell.
            return
        news = errands.news(connection, name, kind)
        if news is not None:
            tell_of_source(connection, self._database, news, self._channels)
