"""Delivering one notice: take the row, send with no transaction open, record what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from events.notices.channel import Arrived, Channel, Missed, Notice, Result
from pipeline.store import notices
from pipeline.store.cipher import WrongKeyError
from pipeline.store.database import Database

# Eleven attempts over three days, so that a receiver that is down over a weekend still gets its notices.
BACKOFF: Sequence[timedelta] = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 10800, 21600, 43200, 86400, 86400)
)


class Deliverer:
    """
    Delivers notices by id, for the life of a process. Thread-safe.

    `lease` must be longer than any channel's attempt: after it, an attempt without a recorded end was cut off.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        *,
        lease: timedelta = timedelta(seconds=60),
        backoff: Sequence[timedelta] = BACKOFF,
    ) -> None:
        self._database = database
        self._channels = channels
        self._lease = lease
        self._backoff = backoff

    def deliver(self, notice_id: UUID) -> None:
        """
        One attempt. A repeat is harmless: a notice that is delivered, given up or in another's hands is left alone.

        A fault of the program's own is recorded as a failed attempt and raised.
        """
        with self._database.transaction() as connection:
            taken = notices.take(connection, notice_id, self._lease)
        if taken is None:
            return
        try:
            result = self._send(taken)
        except Exception as error:
            self._record(taken, Missed(f"A fault of Quoteway's own ({type(error).__name__}); see the log."))
            raise
        self._record(taken, result)

    def _send(self, taken: notices.Taken) -> Result:
        channel = self._channels.get(taken.channel)
        if channel is None:
            return Missed(f"No channel named {taken.channel} is configured any more.")
        try:
            body = self._database.open(taken.body)
        except WrongKeyError as error:
            return Missed(f"The notice cannot be read: {error}.")
        return channel.send(Notice(taken.id, taken.change, body, again=taken.cut_off > 0))

    def _record(self, taken: notices.Taken, result: Result) -> None:
        with self._database.transaction() as connection:
            match result:
                case Arrived():
                    notices.delivered(connection, taken)
                case Missed():
                    wait = None if result.final else self._wait(taken.tries, result.after)
                    notices.failed(connection, taken, result.error, wait, perhaps_arrived=result.perhaps_arrived)

    def _wait(self, tries: int, asked: timedelta | None) -> timedelta | None:
        """Until the next attempt, never shorter than the receiver asked for; None after the last one."""
        if tries > len(self._backoff):
            return None
        return max(self._backoff[tries - 1], asked or timedelta(0))
