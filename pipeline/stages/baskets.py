"""
Where a marketplace sells only from a basket (a cart, a checkout session): fills it before the dry run.

Nothing is bought by it. Even so each basket is a claim, made before the call: an id of ours that may be at the
marketplace is never used for another basket, and those that nothing is bought from any more are thrown away.
"""

from __future__ import annotations

from pipeline.abilities import BuysFromBaskets
from pipeline.domain.claim import Answer, AnswerClass, Claim, DropBasket, FillBasket, Look, PlaceOrder
from pipeline.domain.errors import TooManyCalls, Unavailable
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Claimed, Looked, Outcome, RetryLater, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.ports import Marketplace
from pipeline.purchase import kept_baskets
from pipeline.stages import searching, wording

# Baskets of one order that may be filled without anybody knowing, before a person looks at the marketplace.
_MOST_LOST = 3


def prepare(order: Order, wanted: PlaceOrder, marketplace: Marketplace) -> Claimed | Outcome | None:
    """What must be written before `wanted` can be rehearsed. None: it has its basket, or needs none."""
    if not isinstance(marketplace, BuysFromBaskets):
        return None
    useless = [claim for claim in kept_baskets(order) if claim.marketplace_id != wanted.basket]
    if useless and marketplace.drops_baskets:
        return _drop(wanted.company_id, useless[0])
    if wanted.basket:
        return None
    return Ask((_lost_too_often(order),)) if _lost(order) >= _MOST_LOST else _fill(order, wanted)


def _lost(order: Order) -> int:
    """Baskets that were given up since a person last asked for another try."""
    return sum(
        1
        for claim in order.baskets()
        if claim.closing is not None
        and claim.closing.given_up
        and (order.retried_at is None or claim.claimed_at > order.retried_at)
    )


def _lost_too_often(order: Order) -> Question:
    text = (
        f"What was to be bought was put into a basket at {order.title} {_MOST_LOST} times, and each time it is not "
        "known what became of it. Nothing was bought. Look there whether baskets of this order stand open, then retry; "
        "or cancel."
    )
    return Question(key="basket", kind=QuestionKind.RETRIES, text=text, acts=(Act.RETRY, Act.CANCEL))


def anew(order: Order, wanted: PlaceOrder, marketplace: Marketplace) -> Claimed:
    """Another basket in the place of one that is no longer what it was."""
    if isinstance(marketplace, BuysFromBaskets) and marketplace.drops_baskets:
        gone = next(claim for claim in kept_baskets(order) if claim.marketplace_id == wanted.basket)
        return _drop(wanted.company_id, gone)
    return _fill(order, wanted)


def _fill(order: Order, wanted: PlaceOrder) -> Claimed:
    return Claimed(
        FillBasket(
            company_id=wanted.company_id,
            payload=wanted.payload,
            lines=wanted.lines,
            reference=wanted.reference,
            number=len(order.baskets()) + 1,
        )
    )


def _drop(company_id: str, filled: Claim) -> Claimed:
    if not isinstance(filled.write, FillBasket) or filled.marketplace_id is None:
        raise TypeError("only a filled basket is thrown away")
    return Claimed(DropBasket(company_id=company_id, basket=filled.marketplace_id, filled=filled.write))


def look(order: Order, marketplace: Marketplace) -> Outcome | None:
    """
    Looks for a basket whose answer was lost. None: there is none.

    One that cannot be found is given up after the settling period: another one is filled, under other ids. One that
    was to be thrown away is forgotten at once.
    """
    if claim := order.open_claim(DropBasket):
        return searching.still_sending(order, claim) or Looked(claim, Look(at=order.now), absent=True)
    claim = order.open_claim(FillBasket)
    if claim is None:
        return None
    if wait := searching.still_sending(order, claim):
        return wait
    if not isinstance(claim.write, FillBasket) or not isinstance(marketplace, BuysFromBaskets):
        raise TypeError(f"{order.title} has no baskets")
    found = marketplace.find_basket(claim.write)
    this = Look(at=order.now, candidates=(found,) if found is not None else ())
    if found is not None:
        return Looked(claim, this, adopt=found)
    if searching.is_absent(order, claim, this):
        return Looked(claim, this, absent=True)
    return Looked(claim, this, then=searching.again(order, claim, "the basket"))


def settled(order: Order, answer: Answer, what: str) -> Outcome | None:
    """How the order goes on after a basket was filled or thrown away; a refusal is the caller's to judge."""
    words = wording.said(answer.details)
    match answer.kind:
        case AnswerClass.ACCEPTED | AnswerClass.REJECTED:
            return None
        case AnswerClass.NOT_SENT:
            error = Unavailable(f"{what} was not sent: {words}.", code="validate_mock.not_sent")
            return RetryLater(error, answer.after)
        case AnswerClass.THROTTLED:
            late = TooManyCalls(f"{what} was put off: {words}.", code="validate_mock.throttled")
            return RetryLater(late, answer.after)
        case AnswerClass.UNKNOWN:
            reason = f"It is not known what became of this at {order.title}: {what} ({words})."
            return WaitUntil(order.now + searching.FIRST_LOOK, reason, order.title)
