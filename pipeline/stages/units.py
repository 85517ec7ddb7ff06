"""
Handing out the units of an order where that is ours to do: one write and one claim for each, by the unit's own name.

No unit is claimed by two orders, and what was handed out although its answer was lost is found by the unit.
"""

from __future__ import annotations

from pipeline.abilities import AllocatesUnits
from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.claim import AllocateUnit, Answer, AnswerClass, Claim, Closing, Look
from pipeline.domain.order import Order
from pipeline.domain.outcome import Looked, Outcome, WaitUntil
from pipeline.domain.stage import Stage
from pipeline.ports import Marketplace
from pipeline.stages import searching, wording
from pipeline.stages.unsent import again_later


def following(order: Order, marketplace: Marketplace, placed: PlacedOrder) -> AllocateUnit | None:
    """The next unit to be handed out, where that is ours to do, there is one and nothing holds it up."""
    if not isinstance(marketplace, AllocatesUnits) or held_up(order):
        return None
    return marketplace.next_unit(placed)


def held_up(order: Order) -> str:
    """
    Why the last unit was not handed out; empty where the next one may be. It is tried again at the next poll, and not
    before: in between the stage asks what there is to ask, which a write would come before.
    """
    made = [claim for claim in order.claims if isinstance(claim.write, AllocateUnit)]
    last = max(made, key=lambda claim: claim.claimed_at, default=None)
    if last is None or last.closing is None or last.closed_at is None:
        return ""
    intervals = order.policy.poll_intervals
    interval = intervals[min(max(order.polls - 1, 0), len(intervals) - 1)]
    retried = order.retried_at is not None and order.retried_at > last.closed_at
    if retried or order.now - last.closed_at >= interval:
        return ""
    if last.closing is Closing.REJECTED:
        return f"{order.title} refused to hand out {_unit(last)}: {wording.said(last.evidence)}."
    return f"{_unit(last)} was not handed out, as far as {order.title} shows." if last.closing.given_up else ""


def _unit(claim: Claim) -> str:
    return claim.write.unit if isinstance(claim.write, AllocateUnit) else "a unit"


def look(order: Order, claim: Claim, marketplace: Marketplace) -> Outcome:
    """One look for a unit whose answer was lost. Absent, the next one is handed out: the order says what it lacks."""
    if wait := searching.still_sending(order, claim):
        return wait
    write = claim.write
    if not isinstance(write, AllocateUnit) or not isinstance(marketplace, AllocatesUnits):
        raise TypeError(f"{order.title} hands out no units")
    found = marketplace.find_unit(write)
    this = Look(at=order.now, candidates=(found,) if found is not None else ())
    if found is not None:
        return Looked(claim, this, adopt=found)
    if searching.is_absent(order, claim, this):
        return Looked(claim, this, absent=True)
    return Looked(claim, this, then=searching.again(order, claim, f"the assignment of {write.unit}"))


def settled(order: Order, claim: Claim, answer: Answer) -> Outcome | None:
    """The order is read again after each unit, at once where it is known what became of it."""
    unit = _unit(claim)
    words = wording.said(answer.details)
    match answer.kind:
        case AnswerClass.ACCEPTED:
            return WaitUntil(order.now, f"{unit} was handed out.", order.title)
        case AnswerClass.REJECTED:
            return None
        case AnswerClass.NOT_SENT | AnswerClass.THROTTLED:
            return again_later(Stage.POLL_STATUS, f"The assignment of {unit}", answer)
        case AnswerClass.UNKNOWN:
            reason = f"It is not known whether {order.title} has handed out {unit}: {words}."
            return WaitUntil(order.now + searching.FIRST_LOOK, reason, order.title)
