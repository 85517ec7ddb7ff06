"""
What a named tool can do: tell what is genuine, say what a message is about, and be asked for the quote itself.

A message is a nudge. Whether anything was accepted is decided from what the tool says when it is read with credentials
of our own; a tool that nothing can be read from has no place here (the generic intake takes its message as it is).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from pipeline.domain.errors import QuotewayError
from pipeline.domain.offered import Link, OfferedQuote
from pipeline.domain.quote import QuoteKey, Ticket


@dataclass(frozen=True, slots=True)
class Post:
    """A delivery as it came: `headers` in lower case, `query` without its question mark, `body` to the byte."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    body: bytes = b""


class Genuine(StrEnum):
    """UNKNOWN: the key is not at hand, and whoever sends must not wait for it. It is kept, and verified later."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Nudge:
    """
    Something to be read again at the tool. `content` is JSON, kept sealed: as little of the message as names the thing.

    `delivery_id` is equal for the same delivery sent again, and for nothing else; None where the tool gives nothing to
    tell that by. `type` is the tool's own word for what happened, for the list of events.
    """

    type: str
    content: Mapping[str, Any]
    delivery_id: str | None = None


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Read again, it is no acceptance (any more), or nothing of ours. `sentence` says what it is instead."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """
    An acceptance that was taken back: declined, lost, voided, reopened. `revision` empty: the one in force. `links` are
    what another channel may know of it by.
    """

    key: QuoteKey
    accepted_at: datetime | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A person at the tool has written to a ticket. `by` names them; `id` is the note's own, equal when read again."""

    ticket: Ticket
    id: str
    by: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket's status has changed to `status`, the tool's own word."""

    ticket: Ticket
    status: str
    by: str = ""


Found = OfferedQuote | Revoked | NotAccepted | Reply | Moved


class ToolFault(QuotewayError):
    """
    The tool could not be read. `passes`: it may be asked again later; else somebody must change something first, which
    the sentence names. `after` is how many seconds the tool wants us to wait.
    """

    code = "source.unavailable"

    def __init__(
        self, sentence: str, *, passes: bool = True, after: float | None = None, code: str | None = None
    ) -> None:
        super().__init__(sentence, code=code)
        self.passes = passes
        self.after = after


class NotThereYet(ToolFault):
    """
    What an event names cannot be found at the tool: a replica that lags behind, a role that may not see it, or it is
    gone. It passes while the event is young; after that the sentence says why there is no acceptance.
    """

    code = "source.not_there"


@dataclass(frozen=True, slots=True)
class Answers:
    """The status codes that a tool gets. `unreadable` 2xx: an error would make it switch its webhook off."""

    stored: int = 200
    unreadable: int = 200
    refused: int = 401


@dataclass(frozen=True, slots=True)
class Page:
    """
    One page of a poll. `watermark` is how far the tool has been read once all pages up to this one were taken in; None:
    this page alone does not move it. Pages are asked for again from the old watermark where one of them fails.
    """

    nudges: Sequence[Nudge]
    watermark: datetime | None = None


class Tool(Protocol):
    """One connection to a tool. Thread-safe. Opens nothing before its first use."""

    def look_up(self, content: Mapping[str, Any]) -> Sequence[Found]:
        """
        What a nudge's `content` was about, as the tool has it now. Empty: nothing that concerns us. Raises ToolFault,
        Unreadable.
        """
        ...


@runtime_checkable
class Pushes(Tool, Protocol):
    """A tool that sends webhooks. Neither method may call anybody: the sender waits."""

    @property
    def answers(self) -> Answers: ...

    def genuine(self, post: Post) -> Genuine: ...

    def read(self, post: Post) -> Sequence[Nudge]:
        """What the delivery is about, one nudge for each thing. Raises Unreadable."""
        ...


@runtime_checkable
class VerifiesLater(Tool, Protocol):
    """A tool whose key has to be fetched."""

    def evidence(self, post: Post) -> Mapping[str, Any]:
        """All that `verify` needs besides the body, as JSON."""
        ...

    def verify(self, evidence: Mapping[str, Any], body: bytes) -> bool:
        """Fetches the key, remembers it, and tells. Raises ToolFault while it cannot be fetched."""
        ...


@runtime_checkable
class Polled(Tool, Protocol):
    """A tool that is read on a timer: the only way in, or the net below its webhooks."""

    def poll(self, since: datetime | None) -> Iterator[Page]:
        """
        What has changed since the watermark, less an overlap of the tool's own; None: the first time. Raises ToolFault.
        """
        ...


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What a check of the connection found. `problems` are sentences that say what to do; `deactivated` says that the
    webhook is switched off at the tool.
    """

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    deactivated: bool = False


@runtime_checkable
class Checks(Tool, Protocol):
    def check(self, url: str) -> Checked:
        """Reads only. `url` is our door for this connection; empty where it is not known. Raises ToolFault."""
        ...


@runtime_checkable
class Registers(Tool, Protocol):
    def register(self, url: str) -> str:
        """
        Has the tool send to `url`, once: what is there already is left, or switched on again. Gives a sentence that
        says what was done. Raises ToolFault.
        """
        ...


@runtime_checkable
class WritesNotes(Tool, Protocol):
    """A PSA: tickets can be written to. No API of theirs has an idempotency key, so a note carries our marker."""

    def find_note(self, ticket_id: str, marker: str) -> str | None:
        """The id of the note that holds the marker. Raises ToolFault."""
        ...

    def write_note(self, ticket_id: str, text: str, note_id: str | None) -> str | None:
        """
        Writes an internal note, or changes the one with this id where the tool can; gives its id where the tool tells.
        Raises ToolFault.
        """
        ...

    def set_status(self, ticket_id: str, status: str) -> None:
        """Raises ToolFault, also where the ticket does not have the status afterwards."""
        ...

    @property
    def updates_notes(self) -> bool:
        """False: each change is a note of its own."""
        ...
