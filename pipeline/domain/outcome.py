"""What a stage returns. The runner carries each one out in one transaction with its journal entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain.claim import Claim, Look, Write
from pipeline.domain.errors import PortError
from pipeline.domain.facts import Facts
from pipeline.domain.question import Question
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState


@dataclass(frozen=True, slots=True)
class Advance:
    """Done: the facts are stored and the order moves to the next stage."""

    facts: Facts
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RetryLater:
    """A fault that passes. Counts against the stage's policy, which ends in a question."""

    error: PortError
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """
    Nothing wrong, nothing to do yet. Counts against nothing.

    `on` says whom the order waits for. `questions` are asked while the order goes on looking by itself.
    `behind` is the key of the claim that it stands behind, so that the claim's closing makes it due.
    """

    when: datetime
    reason: str
    on: str
    state: OrderState = OrderState.WAITING
    facts: Facts | None = None
    questions: tuple[Question, ...] = ()
    behind: str | None = None


@dataclass(frozen=True, slots=True)
class GoBack:
    """
    What the order was made from is too old or was refused. Only to a stage before `submit`. `counts`: it may be a loop,
    and not just that others have got on, or time has passed, while it waited for its turn.
    """

    stage: Stage
    reason: str
    facts: Facts | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Ask:
    """Only a person can go on."""

    questions: tuple[Question, ...]
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """The marketplace said no and trying again changes nothing. An operator may fix the cause and retry."""

    code: str
    reason: str
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The last notice is made; the order ends in `state`."""

    state: OrderState
    reason: str
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A write that must be made. The runner commits the claim, sends once, records, and asks `prepare` again."""

    write: Write
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """
    A claim of unknown outcome was looked for. `adopt` is the marketplace's id of what it made; `absent` says that
    nothing was made and a new attempt may follow. Neither: the look is kept, and `then` says how the order waits.
    """

    claim: Claim
    look: Look | None
    adopt: str | None = None
    absent: bool = False
    then: WaitUntil | Ask | None = None


Move = Advance | RetryLater | WaitUntil | GoBack | Ask | Reject | Finish
Outcome = Move | Looked
