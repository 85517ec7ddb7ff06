"""
What a message about a quote leads to, given all that is known of the quote: the rules of revisions.

Pure. Whoever asks holds the quote's lock, so that nothing of `History` changes before the decision is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

# A tool that tells the day alone tells its midnight, and the day ends in Hawaii half a day later than in Greenwich.
_DAY = timedelta(hours=36)


class RevisionState(StrEnum):
    """
    CURRENT is in force: only its orders may claim. SUPERSEDED was replaced by a newer one, OLDER came after one,
    REVOKED was withdrawn by the sender, UNSETTLED waits for a person to say whether it counts.
    """

    CURRENT = "current"
    SUPERSEDED = "superseded"
    OLDER = "older"
    REVOKED = "revoked"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Known:
    """A revision that came before. `recorded_at` is the database's instant of its first message."""

    revision: str
    content_hash: str
    accepted_at: datetime | None
    state: RevisionState
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """
    The parts of an acceptance or a revocation that the rules look at. `revision` empty: the sender has none. `asked`:
    a tool was asked, after all that is known, and says so now; else it may be old news.
    """

    revision: str
    content_hash: str
    accepted_at: datetime | None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """
    All that is known of a quote. `revisions` in the order of arrival.

    `living`: some order is open or bought. `ended_at`: when the last of them ended, None while one lives or without
    orders. `claimed`: a claim was once committed for an order of the quote. `nothing_to_order`: what lives of it is
    all for a person, for no line could be ordered.
    """

    revisions: tuple[Known, ...] = ()
    has_orders: bool = False
    living: bool = False
    ended_at: datetime | None = None
    claimed: bool = False
    nothing_to_order: bool = False

    def named(self, revision: str) -> Known | None:
        return next((known for known in self.revisions if known.revision == revision), None)

    def current(self) -> Known | None:
        """The revision in force; where none is, the one that counted last."""
        counted = [known for known in self.revisions if known.state is not RevisionState.OLDER]
        in_force = [known for known in counted if known.state is RevisionState.CURRENT]
        return next(reversed(in_force or counted or self.revisions), None)


class Verdict(StrEnum):
    """
    FIRST makes orders, REPLACE cancels the older ones first. DUPLICATE and OLDER change nothing; REVOKED_BEFORE is a
    message that its own revocation overtook. The rest ask a person.
    """

    FIRST = "first"
    REPLACE = "replace"
    DUPLICATE = "duplicate"
    REVOKED_BEFORE = "revoked_before"
    OLDER = "older"
    ASK_CONTENT = "ask_content"
    ASK_REORDER = "ask_reorder"
    ASK_NEWER = "ask_newer"
    ASK_WHICH = "ask_which"


def judge(history: History, message: Message) -> Verdict:
    """What an acceptance leads to."""
    if not history.revisions:
        return Verdict.FIRST
    if not message.revision or history.named(message.revision):
        return _same_revision(history, message)
    return _other_revision(history, message)


def _same_revision(history: History, message: Message) -> Verdict:
    if history.living:
        if _known_content(history, message):
            return Verdict.DUPLICATE
        return Verdict.REPLACE if history.nothing_to_order else Verdict.ASK_CONTENT
    if not history.has_orders:
        return _after_revocation(history, message)
    if message.accepted_at and history.ended_at and message.accepted_at > history.ended_at:
        return Verdict.ASK_REORDER
    if _changed_on_its_day(history, message):
        return Verdict.ASK_REORDER
    taken_back = (current := history.current()) is not None and current.state is RevisionState.REVOKED
    return Verdict.ASK_REORDER if message.asked and taken_back else Verdict.DUPLICATE


def _changed_on_its_day(history: History, message: Message) -> bool:
    """Whether a tool that tells the day alone may mean an acceptance of other content after the orders' end."""
    at, end = message.accepted_at, history.ended_at
    if not (message.asked and at and end and _is_day(at)):
        return False
    return at + _DAY > end and not _known_content(history, message)


def _known_content(history: History, message: Message) -> bool:
    same = history.named(message.revision)
    compared = [same] if same else history.revisions
    return any(known.content_hash == message.content_hash for known in compared)


def _after_revocation(history: History, message: Message) -> Verdict:
    """No order was ever made: the revocation came first. Accepted after it, the quote is accepted anew."""
    revoked_at = max(known.recorded_at for known in history.revisions)
    return Verdict.FIRST if message.accepted_at and message.accepted_at > revoked_at else Verdict.REVOKED_BEFORE


def _other_revision(history: History, message: Message) -> Verdict:
    current = history.current()
    newer = _is_newer(message, current.accepted_at if current else None)
    if newer is False:
        return Verdict.OLDER
    if not history.has_orders:
        return Verdict.FIRST
    if newer is None:
        return Verdict.ASK_WHICH
    return Verdict.ASK_NEWER if history.claimed else Verdict.REPLACE


def _is_newer(message: Message, before: datetime | None) -> bool | None:
    """None: the times do not tell, as where a tool tells the day of one, and the time of the other on that day."""
    at = message.accepted_at
    if at is None or before is None or at == before:
        return None
    if message.asked and _is_day(at) is not _is_day(before) and abs(at - before) < _DAY:
        return None
    return at > before


def _is_day(at: datetime) -> bool:
    return at.astimezone(UTC).time() == time()


class RevocationVerdict(StrEnum):
    """FIRST is kept for the acceptance that it overtook; PASSED names a revision that is not the one in force."""

    FIRST = "first"
    REVOKE = "revoke"
    DUPLICATE = "duplicate"
    PASSED = "passed"
    ASK = "ask"


def judge_revocation(history: History, message: Message) -> RevocationVerdict:
    """What a revocation leads to. Without a revision it means the one in force."""
    current = history.current()
    if current is None:
        return RevocationVerdict.FIRST
    meant = history.named(message.revision) or (None if message.revision else current)
    if meant is None:
        return _unknown_revision(current, message)
    if meant.state is RevisionState.REVOKED:
        return RevocationVerdict.DUPLICATE
    return RevocationVerdict.REVOKE if meant == current else RevocationVerdict.PASSED


def _unknown_revision(current: Known, message: Message) -> RevocationVerdict:
    """A revision that was never accepted here: an older one changes nothing, any other is a person's to judge."""
    older = message.accepted_at and current.accepted_at and message.accepted_at < current.accepted_at
    return RevocationVerdict.PASSED if older else RevocationVerdict.ASK
