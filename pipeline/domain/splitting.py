"""One quote, one order for each marketplace and date, and one for each subscription that it changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.domain.quote import AcceptedQuote, QuoteLine

# Where an order of nothing goes: a person has to see to all that was accepted.
NO_MARKETPLACE = "none"


@dataclass(frozen=True, slots=True)
class Part:
    """What one order of the quote buys or changes, and from when on; `requested_at` None means now."""

    marketplace: str
    requested_at: datetime | None
    line_ids: tuple[str, ...]


class LineageError(ValueError):
    """A line's parent is missing, is itself, or leads back to the line. Its text is one sentence for the sender."""

    def __init__(self, line_id: str, sentence: str) -> None:
        super().__init__(sentence)
        self.line_id = line_id


def split(quote: AcceptedQuote, now: datetime) -> tuple[Part, ...]:
    """
    The orders that a quote makes, in the order of its lines. A child goes with its parent, whatever its own date says.
    Each subscription that is changed has an order of its own: lines that change the same one are together in it,
    whatever their dates, since they contradict each other. A quote without a line that can be ordered makes one order
    without lines, for a person to see to.

    Raises LineageError where the lines' parents don't make a forest.
    """
    if not quote.lines:
        return (Part(NO_MARKETPLACE, None, ()),)
    lines = {line.id: line for line in quote.lines}
    parts: dict[tuple[str, datetime | str | None], Part] = {}
    for line in quote.lines:
        root = _root(line, lines)
        start = root.start_at or quote.requested_at
        due = start if start is not None and start > now else None
        key = (root.marketplace, root.changes.casefold() or due)
        part = parts.setdefault(key, Part(root.marketplace, due, ()))
        parts[key] = replace(part, line_ids=(*part.line_ids, line.id))
    return tuple(parts.values())


def _root(line: QuoteLine, lines: dict[str, QuoteLine]) -> QuoteLine:
    """What hangs from a line that changes a subscription is a root of its own, and so is that line."""
    seen = [line.id]
    here = line
    while here.parent_line is not None and not here.changes:
        parent = lines.get(here.parent_line)
        if parent is None:
            raise LineageError(
                here.id, f"line {here.id} names parent line {here.parent_line}, which is not in the quote"
            )
        if parent.id in seen:
            circle = " > ".join([*seen[seen.index(parent.id) :], parent.id])
            raise LineageError(parent.id, f"line {parent.id} is its own ancestor ({circle})")
        if parent.marketplace != here.marketplace:
            raise LineageError(
                here.id,
                f"line {here.id} is for {here.marketplace}, but its parent line {parent.id} for {parent.marketplace}",
            )
        if parent.changes:
            return here
        seen.append(parent.id)
        here = parent
    return here
