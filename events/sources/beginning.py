"""
When a polled connection began. What was accepted before that was ordered by hand, if at all, and any change at the tool
brings it up again: an old quote that somebody edits, an old sales order that is shipped.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from events.sources.keyring import KeyRing
from events.sources.tool import Found, NotAccepted
from pipeline.domain.offered import OfferedQuote

# Midnight in UTC may stand for a day that ends in Hawaii half a day after it has ended in Greenwich.
_DAY = timedelta(hours=36)


class Beginning:
    """One connection's, remembered for all processes since its first poll."""

    def __init__(self, connection: str, keys: KeyRing) -> None:
        self._name = f"{connection}/began"
        self._first = f"{connection}/first-polled"
        self._keys = keys

    @property
    def began(self) -> datetime | None:
        """From when on to read where a first poll broke off: what was accepted since then is ours."""
        return self._instant(self._name)

    @property
    def known(self) -> datetime | None:
        """When the first poll began to be tried, by our clock."""
        return self._instant(self._first) or self.began

    def mark(self, at: datetime, known: datetime | None = None) -> None:
        """To be called by the first poll, `known` being its start; a repeat changes nothing."""
        if self._keys.find(self._name) is None:
            self._keys.keep(self._first, (known or at).isoformat())
            self._keys.keep(self._name, at.isoformat())

    def of(self, found: Found) -> Found:
        """
        What was found, or why it is not to be ordered because it was accepted before. Where only a day is told, and the
        connection began on it, a person is asked.
        """
        if not isinstance(found, OfferedQuote):
            return found
        judged = self.judge(found.accepted_at)
        return judged if isinstance(judged, NotAccepted) else asked(found, judged) if judged else found

    def judge(self, accepted_at: datetime | None, zone: tzinfo = UTC) -> NotAccepted | str:
        """
        Why an acceptance of that time is none for us, or what to ask a person about it; empty: it is one for us, also
        where the tool tells no time. `zone`: where a day that the tool tells without a time is meant.
        """
        if accepted_at is None or (began := self.began) is None or accepted_at >= began:
            return ""
        if may_reach(accepted_at, began, zone):
            return doubt(accepted_at, began)
        return NotAccepted(
            f"it was accepted on {accepted_at:%Y-%m-%d}, before this connection was first read ({began:%Y-%m-%d}): "
            "if it is still to be ordered, accept it by hand"
        )

    def _instant(self, name: str) -> datetime | None:
        kept = self._keys.find(name)
        return None if kept is None else datetime.fromisoformat(kept)


def may_reach(at: datetime, began: datetime, zone: tzinfo = UTC) -> bool:
    """Whether a time stands for a whole day, and the connection may have begun before that day's end."""
    return time() in (at.astimezone(UTC).time(), at.astimezone(zone).time()) and at + _DAY > began


def doubt(accepted_at: datetime | None, began: datetime) -> str:
    """What a person is told who must say whether an acceptance is one for us."""
    when = f"on {accepted_at:%Y-%m-%d}" if accepted_at is not None else "at a time that the tool does not tell"
    return (
        f"the quote was accepted {when}, which may be before this connection began ({began:%Y-%m-%d}): "
        "order it unless that was done by hand"
    )


def asked(quote: OfferedQuote, why: str) -> OfferedQuote:
    """It as a question to a person."""
    lines = (line.model_copy(update={"held": f"{why}; {line.held}" if line.held else why}) for line in quote.lines)
    return quote.model_copy(update={"lines": tuple(lines)})
