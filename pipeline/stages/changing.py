"""
Changing a subscription that is there: the one write of an order that buys nothing new, and what became of it.

What is wanted is a state and no step. A subscription that is as it was to be needs nothing more, whoever made it so,
but where a quote says how many more there are to be; one that stands as it did may be sent the same change again; any
third state is for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pipeline.abilities import ChangesSubscriptions, OrdersChanges
from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.claim import Answer, AnswerClass, ChangeSubscription, Claim, Look
from pipeline.domain.errors import NotFound
from pipeline.domain.facts import LineFacts, PurchaseFacts, Refusal
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Claimed, GoBack, Looked, Outcome, Reject, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.terms import SubscriptionTerms
from pipeline.ports import Marketplace
from pipeline.stages import searching, wording
from pipeline.stages.unsent import again_later


class Stand(StrEnum):
    """How a subscription stands that is to be changed."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"


def stand(before: SubscriptionTerms, after: SubscriptionTerms, seen: Subscription) -> Stand:
    """Where nothing is to be changed of it, as it is is as it was to be."""
    by_term = before.billing_term is not after.billing_term
    if _is(seen, after, by_term=by_term):
        return Stand.AFTER
    return Stand.BEFORE if _is(seen, before, by_term=by_term) else Stand.OTHER


def _is(seen: Subscription, terms: SubscriptionTerms, *, by_term: bool) -> bool:
    """A term that is not told says nothing against it, unless the term is what is to be changed."""
    told = seen.billing_term is terms.billing_term or (seen.billing_term is None and not by_term)
    return told and seen.quantity == terms.quantity


def told(seen: Subscription) -> str:
    """How it is, for a sentence: `12, billed Monthly and Active`."""
    many = "an unknown quantity" if seen.quantity is None else f"{seen.quantity.normalize():f}"
    billed = "" if seen.billing_term is None else f", billed {seen.billing_term.value}"
    return f"{many}{billed} and {seen.status_word or 'of unknown status'}"


def unable(order: Order, marketplace: Marketplace) -> Ask | None:
    """Where the marketplace changes no subscriptions, a person has to, whatever else might be asked."""
    line = next((line for line in order.lines if line.changes), None)
    if line is None or isinstance(marketplace, ChangesSubscriptions | OrdersChanges):
        return None
    text = (
        f"{wording.line(line)} changes the subscription {line.changes}, and {order.title} changes none over its API. "
        "See to it there, then cancel this order."
    )
    return Ask((Question(f"subscription:{line.id}", QuestionKind.SUBSCRIPTION, text, line.id, acts=(Act.CANCEL,)),))


def wanted(order: Order, marketplace: Marketplace) -> ChangeSubscription:
    """The order's change, in the marketplace's exact bytes. Needs the facts of company and catalogue."""
    company, line = order.facts.company, order.change
    if company is None or line is None or line.before is None or not isinstance(marketplace, ChangesSubscriptions):
        raise ValueError(f"{order.ref} changes no subscription")
    return ChangeSubscription(
        company_id=company.id,
        subscription_id=line.changes,
        product_id=line.product_id,
        line_id=line.line_id,
        before=line.before,
        after=line.after,
        payload=marketplace.compose_change(line.changes, line.before, line.after),
    )


def prepare(order: Order, marketplace: Marketplace) -> Claimed | Outcome:
    """The subscription is read once more, directly before: only what stands as it was priced is changed."""
    write = wanted(order, marketplace)
    rehearsal = order.facts.rehearsal
    if rehearsal is None or rehearsal.hash != write.payload.hash:
        return GoBack(Stage.FETCH_CATALOGUE, "What would be sent is no longer what was prepared.")
    seen = marketplace.subscription(write.subscription_id)
    match stand(write.before, write.after, seen):
        case Stand.AFTER if not made_so_by_others(order):
            facts = PurchaseFacts(marketplace_order_id=write.subscription_id, at=order.now)
            note = f"Subscription {write.subscription_id} is {write.after} already: nothing was sent."
            return Advance(order.facts.learn(purchase=facts), (note,))
        case Stand.BEFORE if seen.verdict is Verdict.LIVE:
            return Claimed(write)
        case _:
            was = f"Subscription {write.subscription_id} was {write.before} when it was priced"
            return GoBack(Stage.FETCH_CATALOGUE, f"{was}, and is {told(seen)} now.")


def made_so_by_others(order: Order) -> bool:
    """
    Whether a subscription that is as it was to be is so by somebody else's change. What is to be is then no longer what
    was accepted, where that was so many more, and no person has said how many there are to be in all.
    """
    ours = [claim.closing for claim in order.claims if isinstance(claim.write, ChangeSubscription)]
    if any(closing is None or not closing.bought_nothing for closing in ours):
        return False
    return any(line.adds and order.answer(total_key(line.id)) is None for line in order.lines)


def total_key(line_id: str) -> str:
    """Of the question how many there are to be in all."""
    return f"total:{line_id}"


def done(order: Order, subscription_id: str, *, adopted: bool) -> Advance:
    """The change is known to have been made."""
    how = "is as it was to be" if adopted else "was changed"
    facts = PurchaseFacts(marketplace_order_id=subscription_id, at=order.now, adopted=adopted)
    return Advance(order.facts.learn(purchase=facts), (f"Subscription {subscription_id} {how}.",))


def settled(order: Order, claim: Claim, answer: Answer) -> Outcome:
    """How the order goes on after the change was answered."""
    said = wording.said(answer.details)
    match answer.kind:
        case AnswerClass.ACCEPTED:
            return done(order, _write(claim).subscription_id, adopted=False)
        case AnswerClass.REJECTED:
            return _rejected(order, claim, answer)
        case AnswerClass.NOT_SENT | AnswerClass.THROTTLED:
            return again_later(Stage.SUBMIT, "The change", answer)
        case AnswerClass.UNKNOWN:
            reason = f"It is not known whether the change was made: {said}."
            return WaitUntil(order.now + searching.FIRST_LOOK, reason, order.title)


def _rejected(order: Order, claim: Claim, answer: Answer) -> Outcome:
    refusal = Refusal(hash=_write(claim).payload.hash, at=order.now, details=answer.details)
    facts = order.facts.learn(refusals=(*order.facts.refusals, refusal), rehearsal=None)
    reason = f"The change was refused: {wording.said(answer.details or (f'status {answer.status}',))}."
    if not any(one.is_purchase and one.given_up for one in order.claims):
        return Reject("submit.refused", reason, facts)
    text = (
        f"{reason} An earlier attempt was given up without proof, and may be carried out yet. Look at {order.title}: "
        f"adopt subscription {_write(claim).subscription_id} if it is as it should be, retry, or cancel."
    )
    acts = (Act.ADOPT, Act.RETRY, Act.CANCEL)
    return Ask((Question("refused_after", QuestionKind.SUBMIT_UNKNOWN, text, acts=acts),), facts)


def look(order: Order, claim: Claim, marketplace: Marketplace) -> Outcome:
    """
    One look for a change whose answer was lost. As it was to be, the subscription is taken for changed at once;
    anything else must have been so for the settling period, because reads may lag.
    """
    if wait := searching.still_sending(order, claim):
        return wait
    write = _write(claim)
    found, doubts = _looked_at(write, marketplace)
    this = Look(at=order.now, candidates=(write.subscription_id,) if found is Stand.AFTER else (), doubts=doubts)
    if found is Stand.AFTER:
        return Looked(claim, this, adopt=write.subscription_id)
    if not searching.is_absent(order, claim, this) or claim.looks[-1].doubts != doubts:
        what = f"the change of subscription {write.subscription_id}"
        return Looked(claim, this, then=searching.again(order, claim, what))
    if found is Stand.BEFORE and order.policy.resend_when_absent:
        return Looked(claim, this, absent=True)
    return Looked(claim, this, then=Ask((_lost(order, claim, this),)))


def _looked_at(write: ChangeSubscription, marketplace: Marketplace) -> tuple[Stand, tuple[str, ...]]:
    """How it stands, and what is wrong with that where it is neither as it was nor as it was to be."""
    try:
        seen = marketplace.subscription(write.subscription_id)
    except NotFound:
        return Stand.OTHER, (f"subscription {write.subscription_id} is not shown any more",)
    found = stand(write.before, write.after, seen)
    return found, (f"it is {told(seen)}",) if found is Stand.OTHER else ()


def _lost(order: Order, claim: Claim, look: Look) -> Question:
    """Sent again only while the subscription stands as it did: what is in a third state, somebody else has changed."""
    write, looks = _write(claim), (*claim.looks, look)
    evidence = wording.said(claim.evidence) if claim.evidence else "no answer was recorded"
    stands = f"But {'; '.join(look.doubts)}." if look.doubts else "It still stands as it did."
    text = (
        f"It is not known whether {order.title} took the change of {claim.claimed_at:%Y-%m-%d %H:%M:%S %Z} "
        f"({evidence}): subscription {write.subscription_id} was {write.before}, and was to be {write.after}. "
        f"{len(looks)} looks at it were made, from {looks[0].at:%H:%M:%S} to {look.at:%H:%M:%S %Z}. {stands} Look at "
        f"{order.title}, then adopt subscription {write.subscription_id} if it is as it should be, resend (attempt "
        f"{claim.id}), or cancel."
    )
    acts = (Act.ADOPT, Act.RESEND, Act.CANCEL)
    return Question("submit", QuestionKind.SUBMIT_UNKNOWN, text, line=write.line_id, acts=acts)


def shown(order: Order, seen: Mapping[str, Subscription]) -> Mapping[str, Subscription]:
    """
    What was read of the subscriptions while they are set up. One that was changed may be shown as it was for some time:
    that is no read of it yet.
    """
    line, purchase = order.change, order.facts.purchase
    if line is None or purchase is None or order.now >= purchase.at + order.policy.settle:
        return seen
    return {key: one for key, one in seen.items() if not _lags(line, one)}


def _lags(line: LineFacts, seen: Subscription) -> bool:
    if line.before is None or seen.verdict is not Verdict.LIVE:
        return False
    return stand(line.before, line.after, seen) is not Stand.AFTER


def _write(claim: Claim) -> ChangeSubscription:
    if not isinstance(claim.write, ChangeSubscription):
        raise TypeError("a change's claim holds a change")
    return claim.write
