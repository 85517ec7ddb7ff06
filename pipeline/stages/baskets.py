"""
Where a marketplace sells only from a basket (a cart, a checkout session): fills it before the dry run.

Nothing is bought by it. Even so each basket is a claim, made before the call: an id of ours that may be at the
marketplace is never used for another basket, and those that nothing is bought from any more are thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.abilities import BuysFromBaskets
from pipeline.domain.claim import Answer, AnswerClass, Claim, Closing, DropBasket, FillBasket, Look, PlaceOrder
from pipeline.domain.order import Order
from pipeline.domain.outcome import Ask, Claimed, Looked, Outcome, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.ports import Marketplace
from pipeline.purchase import bought_from, kept_baskets
from pipeline.stages import searching, wording
from pipeline.stages.reconcile import BUY
from pipeline.stages.unsent import again_later

# Baskets of one order that may be filled without anybody knowing, before a person looks at the marketplace.
_MOST_LOST = 3


def prepare(order: Order, wanted: PlaceOrder, marketplace: Marketplace) -> Claimed | Outcome | None:
    """What must be written before `wanted` can be rehearsed. None: it has its basket, or needs none."""
    if not isinstance(marketplace, BuysFromBaskets):
        return None
    useless = [claim for claim in kept_baskets(order) if claim.marketplace_id != wanted.basket]
    if asked := (*_used(order, useless), *_sold(order, marketplace)):
        return Ask(asked)
    if useless and marketplace.drops_baskets:
        return _drop(wanted.company_id, useless[0])
    if wanted.basket:
        return None
    if searching.given_up(order, FillBasket) >= _MOST_LOST:
        return Ask((_lost_too_often(order),))
    return _fill(order, wanted)


def _used(order: Order, baskets: Sequence[Claim]) -> tuple[Question, ...]:
    """
    About each of these baskets that a purchase was sent from which was given up without proof: while a person does not
    say that it bought nothing, nothing else takes its place.
    """
    sent_from = {
        claim.write.basket: claim for claim in order.claims if isinstance(claim.write, PlaceOrder) and claim.given_up
    }
    used = [sent_from[str(one.marketplace_id)] for one in baskets if one.marketplace_id in sent_from]
    return tuple(_from_a_used_one(order, claim) for claim in used if order.answer(f"basket:{claim.id}") is None)


def _sold(order: Order, marketplace: Marketplace) -> tuple[Question, ...]:
    """
    About each basket that was not thrown away as far as we know: one that something was bought from, and one whose
    throwing away was refused, because that may be why.
    """
    asked = []
    for claim in order.claims:
        write = claim.write
        if not isinstance(write, DropBasket) or order.answer(f"sold:{write.basket}") is not None:
            continue
        if claim.closing is Closing.REJECTED or claim.given_up:
            found = bought_from(marketplace, write)
            if found or claim.closing is Closing.REJECTED:
                asked.append(_still_there(order, claim, write, found))
    return tuple(asked)


def _from_a_used_one(order: Order, claim: Claim) -> Question:
    text = (
        f"The basket at {order.title} that an attempt of {claim.claimed_at:%Y-%m-%d %H:%M:%S %Z} was sent from is to "
        "be replaced, and that attempt was given up without proof: it may have bought. Nothing else was sent. Look at "
        f"{order.title}: adopt the order that is ours; answer '{BUY}' only if nothing was bought; or cancel."
    )
    return Question(
        key=f"basket:{claim.id}",
        kind=QuestionKind.SUBMIT_UNKNOWN,
        text=text,
        possible_values=(BUY,),
        acts=(Act.ANSWER, Act.ADOPT, Act.CANCEL),
    )


def _still_there(order: Order, claim: Claim, write: DropBasket, found: Sequence[str]) -> Question:
    what = f"Order {found[0]} was made from it, and not by Quoteway." if found else wording.said(claim.evidence) + "."
    text = (
        f"A basket of this order at {order.title} could not be thrown away. {what} Look at {order.title} whether it "
        f"has bought: answer '{BUY}' only if this order has to be bought besides; or see to it there, and cancel."
    )
    return Question(f"sold:{write.basket}", QuestionKind.SUBMIT_UNKNOWN, text, possible_values=(BUY,))


def _lost_too_often(order: Order) -> Question:
    text = (
        f"What was to be bought was put into a basket at {order.title} {_MOST_LOST} times, and each time it is not "
        "known what became of it. A basket buys nothing. Look there whether baskets of this order stand open, then "
        "retry; or cancel."
    )
    return Question(key="basket", kind=QuestionKind.RETRIES, text=text, acts=(Act.RETRY, Act.CANCEL))


def anew(order: Order, wanted: PlaceOrder, marketplace: Marketplace) -> Claimed | Ask:
    """Another basket in the place of one that is no longer what it was."""
    if asked := _used(order, [claim for claim in kept_baskets(order) if claim.marketplace_id == wanted.basket]):
        return Ask(asked)
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
        case AnswerClass.NOT_SENT | AnswerClass.THROTTLED:
            return again_later(Stage.VALIDATE_MOCK, what, answer)
        case AnswerClass.UNKNOWN:
            reason = f"It is not known what became of this at {order.title}: {what} ({words})."
            return WaitUntil(order.now + searching.FIRST_LOOK, reason, order.title)
