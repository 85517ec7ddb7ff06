"""
Looking for the outcome of a purchase that was sent, or may have been, and whose answer we do not have.

With patience: lists may lag, a scan must be complete, and a request whose client has gone may still be carried out.
An order is adopted by our reference at once where the marketplace keeps one; else by its lines, and only after the
settling period, when two complete looks in a row show the same single candidate and nothing speaks against it.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from pipeline.abilities import FindsByReference
from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.claim import Claim, Look, PlaceOrder
from pipeline.domain.errors import NotFound
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Looked, Outcome, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.ports import Marketplace
from pipeline.stages import wording

FIRST_LOOK = timedelta(seconds=5)
# Between looks: the list may lag for minutes, so the first ones are close together and the later ones are not.
_BETWEEN = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 15, 30, 60))
_SHORTEST = timedelta(seconds=1)
# Once the settling period is over only the second of two equal looks is missing.
_CONFIRM = timedelta(seconds=10)
BUY = "buy"
_TURNED_UP = "turned_up:"
# Far clocks and ours may be this far apart before "made earlier than our claim" speaks against an order.
_CLOCKS_APART = timedelta(seconds=5)
# Dates may come without their time, or in an unknown zone: only this much earlier is surely earlier.
_DATES_APART = timedelta(days=1)


def look(order: Order, claim: Claim, marketplace: Marketplace) -> Outcome:
    """One look, complete or a PortError. Adopts, asks, says that it is absent, or says when to look again."""
    policy = order.policy
    if claim.may_still_be_in_flight(order.now, policy.timeout):
        over = claim.send_by + policy.timeout
        return WaitUntil(over, "The purchase is being sent.", marketplace.title)
    found, doubts = _candidates(order, claim, marketplace)
    this = Look(at=order.now, candidates=found, doubts=doubts)
    if isinstance(marketplace, FindsByReference) and len(found) == 1 and not doubts:
        return Looked(claim, this, adopt=found[0])
    settled_at = settles_at(claim, policy.settle, policy.timeout)
    looks = (*claim.looks, this)
    if order.now < settled_at or not _two_alike(looks, settled_at):
        return Looked(claim, this, then=_again(order, claim, settled_at, len(looks), marketplace.title))
    if len(found) == 1 and not doubts:
        return Looked(claim, this, adopt=found[0])
    if not found and not doubts and policy.resend_when_absent:
        return Looked(claim, this, absent=True)
    return Looked(claim, this, then=Ask((question(claim, this, marketplace.title),)))


def settles_at(claim: Claim, settle: timedelta, timeout: timedelta) -> datetime:
    """From when on a look counts as evidence of absence: the settling period after the last moment it was sent."""
    sent = claim.answered_at if claim.answered_at is not None else claim.send_by + timeout
    return sent + settle


def _candidates(order: Order, claim: Claim, marketplace: Marketplace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of orders that could be ours, and what speaks against being sure."""
    write = claim.write
    if not isinstance(write, PlaceOrder):
        raise TypeError("a purchase's claim holds a purchase")
    if isinstance(marketplace, FindsByReference):
        theirs, against = _by_reference(order, write, marketplace)
        return theirs, against if theirs else _named(claim, theirs)
    order.known.learn(marketplace.new_orders(write.company_id, order.known))
    found, unclear = _appeared(order, claim, write, marketplace)
    doubts = [f"{ref} ordered the same lines and its outcome is not known either" for ref in order.rivals]
    doubts += [f"order {order_id} {why}" for order_id, why in unclear.items()]
    if len(found) > 1:
        doubts.append(f"{len(found)} orders have the same lines: {', '.join(found)}")
    # The company's orders are known completely here: one that is not among them was never made.
    listed = frozenset(order.known.seen_since(claim.claimed_at))
    return found, (*doubts, *_named(claim, found, listed))


def _named(claim: Claim, found: tuple[str, ...], listed: frozenset[str] | None = None) -> tuple[str, ...]:
    """An order that the answer itself named, and that may be there, is no absence, whatever the looks say."""
    return tuple(
        f"the answer named order {order_id}"
        for order_id in claim.named
        if order_id not in found and (listed is None or order_id in listed)
    )


def _by_reference(
    order: Order, write: PlaceOrder, marketplace: FindsByReference
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A reference alone proves little: what was bought under it, and for whom, has to be what we sent, too."""
    placed = marketplace.find_orders(write)
    found = tuple(one.id for one in placed)
    doubts = [f"{len(found)} orders have our reference: {', '.join(found)}"] if len(found) > 1 else []
    strange = [one.id for one in placed if one.lines and not may_be(one, write)]
    doubts += [f"order {order_id} has our reference, but other lines" for order_id in strange]
    company = order.facts.company
    if company is not None and not company.made_by_order:
        others = [one.id for one in placed if one.company_id and one.company_id.casefold() != company.id.casefold()]
        doubts += [f"order {order_id} has our reference, but is another company's" for order_id in others]
    return found, tuple(doubts)


def _appeared(
    order: Order, claim: Claim, write: PlaceOrder, marketplace: Marketplace
) -> tuple[tuple[str, ...], dict[str, str]]:
    """
    Ids of orders that became known after the claim, have its lines and are nobody's; and why of others it isn't clear.

    One whose subscription is surely older than the attempt is somebody else's, and in neither.
    """
    found: list[str] = []
    unclear: dict[str, str] = {}
    for order_id in order.known.seen_since(claim.claimed_at):
        try:
            placed = marketplace.order(order_id)
        except NotFound:
            unclear[order_id] = "is listed but cannot be read"
            continue
        if not may_be(placed, write) or (earlier := _earlier(placed, claim, marketplace)) > _DATES_APART:
            continue
        if not same_lines(placed, write):
            unclear[order_id] = "has these products and quantities, but names no billing terms"
        elif earlier > _CLOCKS_APART:
            unclear[order_id] = "has these lines, but its subscription is dated before the attempt"
        else:
            found.append(order_id)
    return tuple(found), unclear


def turned_up(order: Order, marketplace: Marketplace) -> tuple[Question, ...]:
    """
    A question for each order that an earlier attempt of this order, given up without proof, may have bought after all.

    Where there is no reference of ours, the company's orders have been learnt by then. What a person has said is
    somebody else's is not asked about again.
    """
    given_up = [claim for claim in order.claims if claim.given_up]
    found: dict[str, Claim] = {}
    for claim in given_up:
        if not isinstance(claim.write, PlaceOrder):
            continue
        if isinstance(marketplace, FindsByReference):
            found |= dict.fromkeys(_by_reference(order, claim.write, marketplace)[0], claim)
        else:
            appeared, unclear = _appeared(order, claim, claim.write, marketplace)
            found |= dict.fromkeys((*appeared, *unclear), claim)
    return tuple(
        _bought_after_all(order, claim, order_id)
        for order_id, claim in found.items()
        if order.answer(_TURNED_UP + order_id) is None
    )


def _bought_after_all(order: Order, claim: Claim, order_id: str) -> Question:
    return Question(
        key=_TURNED_UP + order_id,
        kind=QuestionKind.SUBMIT_UNKNOWN,
        text=(
            f"Order {order_id} has turned up at {order.title} since the attempt of "
            f"{claim.claimed_at:%Y-%m-%d %H:%M:%S %Z} was given up, and may be what it bought. "
            f"Nothing was sent again. Adopt it if it is ours; answer '{BUY}' only if it is somebody else's; or cancel."
        ),
        possible_values=(BUY,),
        acts=(Act.ANSWER, Act.ADOPT, Act.CANCEL),
    )


def same_lines(placed: PlacedOrder, write: PlaceOrder) -> bool:
    """Whether the order's lines are ours one to one, by product, quantity and billing term."""
    theirs = Counter((line.product_id.casefold(), line.quantity, line.billing_term) for line in placed.lines)
    ours = Counter((line.product_id.casefold(), line.quantity, line.billing_term) for line in write.lines)
    return theirs == ours


def may_be(placed: PlacedOrder, write: PlaceOrder) -> bool:
    """Whether nothing in the order's lines says that they are not ours: a billing term may be missing."""
    if all(line.billing_term is not None for line in placed.lines):
        return same_lines(placed, write)
    theirs = Counter((line.product_id.casefold(), line.quantity) for line in placed.lines)
    return theirs == Counter((line.product_id.casefold(), line.quantity) for line in write.lines)


def _earlier(placed: PlacedOrder, claim: Claim, marketplace: Marketplace) -> timedelta:
    """How long before the claim the oldest of the order's subscriptions was made; nothing where none was."""
    longest = timedelta()
    for line in placed.lines:
        if line.subscription_id is None:
            continue
        try:
            subscription = marketplace.subscription(line.subscription_id)
        except NotFound:
            continue
        if subscription.created_at is not None:
            longest = max(longest, claim.claimed_at - subscription.created_at)
    return longest


def _two_alike(looks: tuple[Look, ...], settled_at: datetime) -> bool:
    late = [look for look in looks if look.at >= settled_at]
    return any(a.candidates == b.candidates for a, b in list(pairwise(late))[-1:])


def _again(order: Order, claim: Claim, settled_at: datetime, looks: int, title: str) -> WaitUntil:
    pause = min(_BETWEEN[min(looks, len(_BETWEEN)) - 1], max(order.policy.settle / 4, _SHORTEST))
    when = order.now + (pause if order.now < settled_at else min(pause, _CONFIRM))
    if order.now < settled_at < when:
        when = settled_at
    return WaitUntil(when, f"It is being looked for at {title}: an attempt of {claim.claimed_at:%H:%M:%S %Z}.", title)


def question(claim: Claim, look: Look, title: str) -> Question:
    """What a person is asked, with all that is known: the attempt, its answer, the looks and what they found."""
    looks = (*claim.looks, look)
    evidence = wording.said(claim.evidence) if claim.evidence else "no answer was recorded"
    found = f"Found: {', '.join(look.candidates)}." if look.candidates else "No new order with these lines was found."
    doubts = f" But {'; '.join(look.doubts)}." if look.doubts else ""
    return Question(
        key="submit",
        kind=QuestionKind.SUBMIT_UNKNOWN,
        text=(
            f"It is not known whether {title} took the purchase of {claim.claimed_at:%Y-%m-%d %H:%M:%S %Z} "
            f"({evidence}). "
            f"{len(looks)} complete looks at the company's orders there were made, from {looks[0].at:%H:%M:%S} to "
            f"{look.at:%H:%M:%S %Z}. {found}{doubts} "
            f"Look at {title}, then adopt the order that is ours, resend (attempt {claim.id}), or cancel."
        ),
        acts=(Act.ADOPT, Act.RESEND, Act.CANCEL),
    )
