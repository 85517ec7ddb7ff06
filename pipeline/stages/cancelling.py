"""
Cancelling what an order bought, where the marketplace can: one write and one claim for each thing of it.

What cannot be cancelled is asked about, and tried all the while; what a person leaves goes on as it was. Cancelling the
same twice does no more than once, so that a lost answer is looked for and, not found, sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.abilities import Cancellable, CancelsPurchases
from pipeline.domain.catalogue import PlacedOrder
from pipeline.domain.claim import Answer, AnswerClass, CancelPurchase, Claim, Closing, Look
from pipeline.domain.facts import Cancelling, Facts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Claimed, Finish, Looked, Outcome, WaitUntil
from pipeline.domain.question import Act, Answered, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.ports import Marketplace
from pipeline.stages import searching, wording
from pipeline.stages.unsent import again_later

TRY = "keep trying"
LEAVE = "leave it"


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why something is not cancelled yet, as the end of a sentence, and when a person is asked about it."""

    why: str
    asked_from: datetime


def wish(facts: Facts) -> Cancelling | None:
    """None: nothing is to be cancelled, or not any longer."""
    return None if facts.cancelling is None or facts.cancelling.over else facts.cancelling


def found(order: Order, marketplace: Marketplace, placed: PlacedOrder | None) -> Sequence[Cancellable]:
    """What there is to cancel; nothing while nobody wants that, or while reads lag."""
    if wish(order.facts) is None or placed is None:
        return ()
    return named(order, _able(order, marketplace).cancellable(placed))


def named(order: Order, there: Sequence[Cancellable]) -> Sequence[Cancellable]:
    """With the names of our own lines, where what is cancelled is just one line's."""
    known = {
        one.subscription_id: wording.line(line)
        for line in order.lines
        if (one := order.facts.progress.get(line.id)) is not None and one.subscription_id is not None
    }
    return [replace(one, what=f"{known[one.id]}, {one.what}") if one.id in known else one for one in there]


def decide(order: Order, facts: Facts, there: Sequence[Cancellable]) -> Claimed | Outcome | Facts:
    """
    What is done about the wish to cancel, given all that is `there`. Facts: it is over, for the rest was left, and the
    order goes on with these.
    """
    wanted = wish(facts)
    if wanted is None:
        return facts
    wanted = _with_left(order, wanted, there)
    rest = [one for one in there if not one.ended and not _is_left(wanted, one)]
    if there and not rest and len(there) >= wanted.most:
        return _over(order, facts, wanted, there)
    facts = facts.learn(cancelling=wanted)
    questions = []
    for one in rest:
        trouble = _trouble(order, wanted, one)
        if trouble is None:
            return Claimed(_write(order, wanted, one), facts)
        if _is_due(order, wanted, one, trouble):
            questions.append(_question(order, one, trouble))
    ended = sum(one.ended for one in there)
    return WaitUntil(
        when=order.now + order.poll_interval(),
        reason=f"What was bought is being cancelled for {wanted.by}: {ended} of {len(there)} cancelled so far.",
        on=order.title,
        facts=facts if facts != order.facts else None,
        questions=tuple(questions),
    )


def _over(order: Order, facts: Facts, wanted: Cancelling, there: Sequence[Cancellable]) -> Outcome | Facts:
    if all(one.ended for one in there):
        reason = f"Cancelled at {order.title} by {wanted.by}: {wanted.reason}"
        return Finish(OrderState.CANCELLED, reason, facts.learn(cancelling=wanted))
    return facts.learn(cancelling=wanted.model_copy(update={"over": True}))


def _with_left(order: Order, wanted: Cancelling, there: Sequence[Cancellable]) -> Cancelling:
    answers = {one.id: _answered(order, wanted, one) for one in there if not _is_left(wanted, one)}
    left = tuple(key for key, said in answers.items() if said is not None and LEAVE in said.values)
    learnt: dict[str, object] = {"most": max(wanted.most, len(there))}
    if left:
        learnt |= {"left": (*wanted.left, *left), "among": tuple(one.id for one in there)}
    return wanted.model_copy(update=learnt)


def _is_left(wanted: Cancelling, one: Cancellable) -> bool:
    """Once a person has left something, what turns up later may be just that under another name."""
    return one.id in wanted.left or (bool(wanted.left) and one.id not in wanted.among)


def _answered(order: Order, wanted: Cancelling, one: Cancellable) -> Answered | None:
    """What a person has said about it since the wish was made."""
    said = order.answer(_key(one))
    return said if said is not None and said.at >= wanted.at else None


def _trouble(order: Order, wanted: Cancelling, one: Cancellable) -> _Trouble | None:
    """None: it can be cancelled, and is to be."""
    tried = _tried(order, wanted, one)
    closed = wanted.at if tried is None else tried.closed_at or tried.claimed_at
    late = closed + order.policy.provisioning_deadline
    if one.ending:
        return _Trouble("its end has been on its way for longer than that takes", late)
    if one.refused:
        return _Trouble(one.refused, wanted.at)
    said = _answered(order, wanted, one)
    if tried is None or (said is not None and said.at >= closed):
        return None
    match tried.closing:
        case Closing.REJECTED:
            return _Trouble(f"{order.title} refused it ({wording.said(tried.evidence)})", closed)
        case Closing.ACCEPTED | Closing.ADOPTED:
            return _Trouble(f"{order.title} took the cancellation, and nothing shows of it", late)
        case _:
            return None


def _tried(order: Order, wanted: Cancelling, one: Cancellable) -> Claim | None:
    """The last write for it since the wish was made, of which the outcome is known."""
    made = [claim for claim in order.claims if not claim.open and claim.claimed_at >= wanted.at]
    of_it = [claim for claim in made if isinstance(claim.write, CancelPurchase) and claim.write.target == one.id]
    return max(of_it, key=lambda claim: claim.claimed_at, default=None)


def _is_due(order: Order, wanted: Cancelling, one: Cancellable, trouble: _Trouble) -> bool:
    said = _answered(order, wanted, one)
    if said is None or said.at < trouble.asked_from:
        return order.now >= trouble.asked_from
    return order.now >= said.at + order.policy.person_deadline


def _question(order: Order, one: Cancellable, trouble: _Trouble) -> Question:
    text = (
        f"{one.what[:1].upper()}{one.what[1:]} is not cancelled at {order.title}: {trouble.why}. It is looked at again "
        f"all the while; answer '{TRY}' to be asked again later, or '{LEAVE}' to have it go on as it is."
    )
    return Question(
        key=_key(one),
        kind=QuestionKind.CANCELLING,
        text=text,
        possible_values=(TRY, LEAVE),
        acts=(Act.ANSWER,),
    )


def _key(one: Cancellable) -> str:
    return f"cancel:{one.id}"


def _write(order: Order, wanted: Cancelling, one: Cancellable) -> CancelPurchase:
    company, purchase = order.facts.company, order.facts.purchase
    if company is None or purchase is None:
        raise ValueError(f"{order.ref} has bought nothing yet")
    return CancelPurchase(
        company_id=company.id, order_id=purchase.marketplace_order_id, target=one.id, reason=wanted.reason
    )


def look(order: Order, claim: Claim, marketplace: Marketplace) -> Outcome:
    """One look for a cancellation whose answer was lost. Absent, it is sent again."""
    if wait := searching.still_sending(order, claim):
        return wait
    write = claim.write
    if not isinstance(write, CancelPurchase):
        raise TypeError("only a cancellation is looked for here")
    there = _able(order, marketplace).cancellable(marketplace.order(write.order_id))
    target = next((one for one in there if one.id == write.target), None)
    if target is None:
        return Looked(claim, None, then=searching.again(order, claim, "a cancellation"))
    gone = target.ended or target.ending
    this = Look(at=order.now, candidates=(target.id,) if gone else ())
    if gone:
        return Looked(claim, this, adopt=target.id)
    if searching.is_absent(order, claim, this):
        return Looked(claim, this, absent=True)
    return Looked(claim, this, then=searching.again(order, claim, f"the cancellation of {target.what}"))


def _able(order: Order, marketplace: Marketplace) -> CancelsPurchases:
    if not isinstance(marketplace, CancelsPurchases):
        raise TypeError(f"{order.title} cancels nothing")
    return marketplace


def settled(order: Order, answer: Answer) -> Outcome | None:
    """The order is read again at once where the marketplace has judged the cancellation."""
    words = wording.said(answer.details)
    match answer.kind:
        case AnswerClass.ACCEPTED:
            return WaitUntil(order.now, f"{order.title} has taken a cancellation.", order.title)
        case AnswerClass.REJECTED:
            return WaitUntil(order.now, f"{order.title} refused a cancellation: {words}.", order.title)
        case AnswerClass.NOT_SENT | AnswerClass.THROTTLED:
            return again_later(Stage.POLL_STATUS, "The cancellation", answer)
        case AnswerClass.UNKNOWN:
            reason = f"It is not known whether {order.title} has cancelled what it was asked to: {words}."
            return WaitUntil(order.now + searching.FIRST_LOOK, reason, order.title)
