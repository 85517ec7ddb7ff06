"""
Looking for what a lost write that buys nothing has made: one find of it is enough.

Absence takes patience as it does for a purchase: the settling period, then two complete looks in a row without a find.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from pipeline.domain.claim import Claim, Look, Write
from pipeline.domain.order import Order
from pipeline.domain.outcome import WaitUntil

FIRST_LOOK = timedelta(seconds=5)
# The last one repeats: lists lag for minutes, not for hours.
_BETWEEN = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 15, 30, 60))
_CONFIRM = timedelta(seconds=10)


def still_sending(order: Order, claim: Claim) -> WaitUntil | None:
    """While whoever claimed may yet be sending, nobody else judges the claim."""
    if not claim.may_still_be_in_flight(order.now, order.policy.timeout):
        return None
    over = claim.send_by + order.policy.timeout
    return WaitUntil(over, f"A change is being sent to {order.title}.", order.title)


def settles_at(order: Order, claim: Claim) -> datetime:
    """When the settling period ends, counted from the last moment at which the write can have been sent."""
    sent = claim.answered_at if claim.answered_at is not None else claim.send_by + order.policy.timeout
    return sent + order.policy.settle


def is_absent(order: Order, claim: Claim, look: Look) -> bool:
    """Whether this look and the one before it, both after the settling period, found nothing."""
    over = settles_at(order, claim)
    late = [one for one in (*claim.looks, look) if one.at >= over]
    return any(not a.candidates and not b.candidates for a, b in list(pairwise(late))[-1:])


def again(order: Order, claim: Claim, what: str) -> WaitUntil:
    """When to look next for `what`."""
    over = settles_at(order, claim)
    pause = _BETWEEN[min(len(claim.looks), len(_BETWEEN) - 1)]
    when = order.now + (pause if order.now < over else min(pause, _CONFIRM))
    if order.now < over < when:
        when = over
    reason = f"It is not known whether {order.title} has made {what}: it is being looked for."
    return WaitUntil(when, reason, order.title)


def given_up(order: Order, kind: type[Write]) -> int:
    """Writes of this kind that were given up, nobody knowing what they made, since a person last asked for a retry."""
    lost = [claim for claim in order.claims if isinstance(claim.write, kind) and claim.given_up]
    return sum(order.retried_at is None or claim.claimed_at > order.retried_at for claim in lost)
