"""
Submit: the one purchase, or the one change of a subscription.

Needs       company, catalogue, provisioning, and a dry run of this very payload, none older than the freshness rule; a
            change needs the subscription as it was when it was priced
Learns      purchase
Asks        when it cannot be told whether, or which, order at the marketplace is ours
Repeatable  yes: an open claim is looked for, never sent again; without one the claim that is made decides who sends
"""

from __future__ import annotations

from pipeline.abilities import BuysFromBaskets, FindsByReference
from pipeline.domain.claim import Answer, AnswerClass, ChangeSubscription, Claim, PlaceOrder, wait_behind
from pipeline.domain.facts import PurchaseFacts, Refusal
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Claimed, GoBack, Outcome, Reject, WaitUntil
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.domain.state import OrderState
from pipeline.ports import Marketplace
from pipeline.purchase import place_order
from pipeline.stages import changing, reconcile, wording
from pipeline.stages.unsent import again_later


def prepare(order: Order, marketplace: Marketplace) -> Claimed | Outcome:
    if claim := order.open_claim(PlaceOrder):
        return reconcile.look(order, claim, marketplace)
    if claim := order.open_claim(ChangeSubscription):
        return changing.look(order, claim, marketplace)
    if order.requested_at is not None and order.requested_at > order.now:
        when = f"{order.requested_at:%Y-%m-%d %H:%M %Z}"
        return WaitUntil(order.requested_at, f"It is to be bought on {when}.", "its date", OrderState.SCHEDULED)
    if order.behind is not None:
        reason = f"It stands behind {order.behind} of the same company."
        key = order.facts.company.id if order.facts.company else None
        return WaitUntil(order.now + wait_behind(order.polls), reason, order.behind, behind=key)
    if stale := _stale(order):
        return GoBack(Stage.FETCH_CATALOGUE, stale, counts=order.polls == 0)
    if order.change is not None:
        return changing.prepare(order, marketplace)
    wanted = place_order(order, marketplace)
    rehearsal = order.facts.rehearsal
    if rehearsal is None or rehearsal.hash != wanted.payload.hash:
        return GoBack(Stage.FETCH_CATALOGUE, "What would be sent is no longer what was rehearsed.")
    if isinstance(marketplace, BuysFromBaskets) and not wanted.basket:
        return GoBack(Stage.FETCH_CATALOGUE, "The basket that it was to be bought from is no longer there.")
    if not isinstance(marketplace, FindsByReference):
        order.known.learn(marketplace.new_orders(wanted.company_id, order.known))
    if asked := reconcile.turned_up(order, marketplace):
        return Ask(asked)
    return Claimed(wanted)


def _stale(order: Order) -> str | None:
    facts = order.facts
    if facts.company is None or facts.catalogue is None or facts.provisioning is None or facts.rehearsal is None:
        return "Something that it is made from is missing."
    oldest = min(facts.catalogue.fetched_at, facts.rehearsal.at)
    if order.now - oldest > order.policy.fresh:
        return f"Prices and dry run are from {oldest:%Y-%m-%d %H:%M %Z}: too old to buy by."
    return None


def settled(order: Order, claim: Claim, answer: Answer) -> Outcome | None:
    """How the order goes on after the purchase was answered. For an unknown outcome it waits until it may look."""
    if isinstance(claim.write, ChangeSubscription):
        return changing.settled(order, claim, answer)
    match answer.kind:
        case AnswerClass.ACCEPTED:
            assert answer.ref is not None  # noqa: S101  accepted answers carry an id
            return bought(order, answer.ref, adopted=False)
        case AnswerClass.REJECTED:
            return _rejected(order, claim, answer)
        case AnswerClass.NOT_SENT | AnswerClass.THROTTLED:
            return again_later(Stage.SUBMIT, "The purchase", answer)
        case AnswerClass.UNKNOWN:
            return lost(order, answer)


def lost(order: Order, answer: Answer) -> WaitUntil:
    """The purchase may or may not have gone through: it is looked for, soon."""
    said = wording.said(answer.details)
    when = order.now + reconcile.FIRST_LOOK
    return WaitUntil(when, f"It is not known whether the purchase went through: {said}.", order.title)


def bought(order: Order, marketplace_order_id: str, *, adopted: bool) -> Advance:
    """The purchase is known to be this order at the marketplace; a change, to have been made of this subscription."""
    if order.change is not None:
        return changing.done(order, marketplace_order_id, adopted=adopted)
    how = "adopted" if adopted else "accepted"
    facts = PurchaseFacts(marketplace_order_id=marketplace_order_id, at=order.now, adopted=adopted)
    return Advance(order.facts.learn(purchase=facts), (f"Order {marketplace_order_id} {how}.",))


def _refused_after(order: Order, earlier: Claim, said: str) -> Question:
    """The refusal may be there because the earlier attempt has bought."""
    text = (
        f"{order.title} refused the purchase: {said}. An attempt of {earlier.claimed_at:%Y-%m-%d %H:%M:%S %Z} was "
        f"given up before, and may be what it is refused for. Look at {order.title}: adopt the order that is ours, "
        "retry, or cancel."
    )
    acts = (Act.ADOPT, Act.RETRY, Act.CANCEL)
    return Question(key="refused_after", kind=QuestionKind.SUBMIT_UNKNOWN, text=text, acts=acts)


def _rejected(order: Order, claim: Claim, answer: Answer) -> Outcome:
    if not isinstance(claim.write, PlaceOrder):
        raise TypeError("a purchase's claim holds a purchase")
    named = tuple(
        (line.line_id, field)
        for field in answer.fields
        for line in claim.write.lines
        if any(field == key for key, _ in line.provisioning)
    )
    refusal = Refusal(hash=claim.write.payload.hash, at=order.now, details=answer.details, fields=named)
    facts = order.facts.learn(refusals=(*order.facts.refusals, refusal), rehearsal=None)
    said = wording.said(answer.details or (f"status {answer.status}",))
    if earlier := [one for one in order.claims if one.is_purchase and one.given_up]:
        return Ask((_refused_after(order, earlier[-1], said),), facts)
    if named:
        return GoBack(Stage.COLLECT_PROVISIONING, f"The purchase was refused: {said}.", facts)
    return Reject("submit.refused", f"The purchase was refused: {said}.", facts)
