"""What a channel is: something that a notice can be sent to, once for each call, and that says what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from pipeline.domain.change import Change


@dataclass(frozen=True, slots=True)
class Notice:
    """
    A notice as a channel gets it. `body` is JSON: type, timestamp, and as data the order as the operator API shows it,
    or what is told of a source connection.

    `again` says that an earlier attempt was cut off, so that the reader may have got it already.
    """

    id: UUID
    change: Change
    body: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Arrived:
    """The receiver said that it has the notice."""


@dataclass(frozen=True, slots=True)
class Missed:
    """
    The attempt failed. `error` is one sentence without secrets and personal data.

    `after` is the wait that the receiver asked for. `final`: it wants no more of this. `perhaps_arrived`: nobody saw
    how the attempt ended.
    """

    error: str
    after: timedelta | None = None
    final: bool = False
    perhaps_arrived: bool = False


Result = Arrived | Missed


class Channel(Protocol):
    """Thread-safe; one for each process. `send` makes one attempt, ends within a minute, and expects no transaction."""

    @property
    def name(self) -> str: ...

    def send(self, notice: Notice) -> Result: ...
