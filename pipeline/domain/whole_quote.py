"""One quote seen as one, however many orders it makes: at several marketplaces, of several dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.state import OrderState

# What is still on its way, the word that matters most to a person first.
_OPEN = (OrderState.ASKING, OrderState.RUNNING, OrderState.WAITING, OrderState.SCHEDULED)
_LIVE = frozenset({OrderState.DONE, OrderState.PARTLY_DONE})
_BOUGHT_NOTHING = frozenset({OrderState.CANCELLED, OrderState.FAILED})


@dataclass(frozen=True, slots=True)
class QuotePart:
    """One of its orders, and the ids of the lines that it buys."""

    state: OrderState
    lines: frozenset[str]


def whole(parts: Sequence[QuotePart]) -> OrderState:
    """
    The quote's state: the same whatever the order in which its parts got where they are.

    Done means that all of it is; a part that failed beside one that is live makes it partly done, never done, and holds
    nothing up: while any part is on its way, so is the quote. No parts: nothing has been made of it yet.
    """
    states = [part.state for part in parts if not _was_made_again(part, parts)]
    if not states:
        return OrderState.RUNNING
    for state in _OPEN:
        if state in states:
            return state
    if all(state is OrderState.DONE for state in states):
        return OrderState.DONE
    if any(state in _LIVE for state in states):
        return OrderState.PARTLY_DONE
    if all(state is OrderState.CANCELLED for state in states):
        return OrderState.CANCELLED
    return OrderState.FAILED


def _was_made_again(part: QuotePart, parts: Sequence[QuotePart]) -> bool:
    """Whether others of the orders have taken on what this one has not bought."""
    if part.state not in _BOUGHT_NOTHING:
        return False
    taken = frozenset[str]().union(*(one.lines for one in parts if one.state not in _BOUGHT_NOTHING))
    return part.lines <= taken
