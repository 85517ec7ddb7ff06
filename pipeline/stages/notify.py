"""
Notify: the order's end, and its last notice.

Needs       catalogue, progress
Learns      nothing
Asks        nothing
Repeatable  yes: the end is a function of the facts, and the notice is written in the transaction of the move
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.facts import Facts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Finish
from pipeline.domain.progress import count_live
from pipeline.domain.state import OrderState
from pipeline.ports import Marketplace
from pipeline.stages import wording


def decide(order: Order, marketplace: Marketplace) -> Finish:
    line_ids = [line.id for line in order.lines]
    state = end_state(order.facts, line_ids)
    live = count_live(order.facts.progress, line_ids)
    match state:
        case OrderState.DONE:
            what = "The line is" if len(line_ids) == 1 else f"All {len(line_ids)} lines are"
            return Finish(state, f"{what} live at {marketplace.title}.")
        case OrderState.PARTLY_DONE:
            failed, how = _failed(order), "was cancelled or failed" if order.facts.cancelling else "failed"
            return Finish(state, f"{live} of {len(line_ids)} lines are live at {marketplace.title}; {failed} {how}.")
        case _:
            what = "The line was" if len(line_ids) == 1 else f"None of {len(line_ids)} lines was"
            not_ = "not " if len(line_ids) == 1 else ""
            return Finish(state, f"{what} {not_}provisioned at {marketplace.title}: {_words(order)}.")


def end_state(facts: Facts, line_ids: Sequence[str]) -> OrderState:
    """Done, partly done or failed, by how many of the lines are live; whatever the order in which they came to it."""
    live = count_live(facts.progress, line_ids)
    if line_ids and live == len(line_ids):
        return OrderState.DONE
    return OrderState.PARTLY_DONE if live else OrderState.FAILED


def _failed(order: Order) -> str:
    progress = order.facts.progress
    names = [wording.line(line) for line in order.lines if not count_live(progress, [line.id])]
    return wording.listed(names)


def _words(order: Order) -> str:
    """The marketplace's last words about each line."""
    progress = order.facts.progress
    return "; ".join(
        f"{wording.line(line)} is {progress[line.id].status_word}"
        if line.id in progress and progress[line.id].status_word
        else f"{wording.line(line)} has no subscription"
        for line in order.lines
    )
