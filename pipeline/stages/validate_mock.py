"""
Validate mock: the marketplace's dry run of the exact bytes that will be bought.

Needs       company, catalogue, provisioning
Learns      rehearsal, or a refusal
Asks        when the dry run refuses for a reason that no field of ours answers, and for an approval where the price
            that only it tells has risen
Repeatable  yes: a dry run buys nothing, and neither does a basket. A payload that was refused is not rehearsed again
            unless a person retries
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.abilities import BasketGone, FindsByReference, Passed, PricesAtRehearsal, RefusedPayload, Rehearses
from pipeline.domain.catalogue import ProvisioningField
from pipeline.domain.claim import Answer, AnswerClass, Claim, FillBasket, Payload, PurchaseLine
from pipeline.domain.details import mentioned
from pipeline.domain.facts import Refusal, RehearsalFacts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Ask, Claimed, GoBack, Outcome
from pipeline.domain.question import Act, Question, QuestionKind
from pipeline.domain.stage import Stage
from pipeline.ports import Marketplace
from pipeline.purchase import place_order
from pipeline.stages import baskets, changing, reconcile, whole_price, wording


def prepare(order: Order, marketplace: Marketplace) -> Claimed | Outcome:
    if (looked := baskets.look(order, marketplace)) is not None:
        return looked
    if order.change is not None:
        # Whether the subscription still is what it was, submit looks at, directly before the change.
        payload = changing.wanted(order, marketplace).payload
        return _passed(order, payload, Passed(), (f"{order.title} has no dry run of a change.",))
    wanted = place_order(order, marketplace)
    if isinstance(marketplace, FindsByReference) and (asked := reconcile.turned_up(order, marketplace)):
        return Ask(asked)
    if refusal := _refused_before(order, wanted.payload):
        return Ask((_refused(order, refusal, "The same purchase was refused before, so it was not tried again. "),))
    if (first := baskets.prepare(order, wanted, marketplace)) is not None:
        return first
    if not isinstance(marketplace, Rehearses):
        return _passed(order, wanted.payload, Passed(), (f"{order.title} has no dry run.",))
    match marketplace.rehearse(wanted):
        case Passed() as passed:
            return _priced(order, wanted.payload, passed, marketplace)
        case RefusedPayload() as refused:
            return _went_wrong(order, wanted.payload, refused, _fields(marketplace, wanted.lines, refused))
        case BasketGone():
            return baskets.anew(order, wanted, marketplace)


def settled(order: Order, claim: Claim, answer: Answer) -> Outcome | None:
    """After a basket was filled or thrown away; filled, it is rehearsed."""
    if not isinstance(claim.write, FillBasket):
        return baskets.settled(order, answer, "Throwing a basket away")
    if answer.kind is not AnswerClass.REJECTED:
        return baskets.settled(order, answer, "Filling a basket")
    details = answer.details or (f"status {answer.status}",)
    named = tuple((line_id, field) for field in answer.fields for line_id in _concerned(claim.write.lines, field))
    return _went_wrong(order, claim.write.payload, RefusedPayload(details), named)


def _concerned(lines: Sequence[PurchaseLine], field: str) -> Sequence[str]:
    """The lines that answered this field; where none did, an answer is what is missing, of whichever line has it."""
    answered = [line.line_id for line in lines if any(field == key for key, _ in line.provisioning)]
    return answered or [line.line_id for line in lines]


def _priced(order: Order, payload: Payload, passed: Passed, marketplace: Marketplace) -> Outcome:
    accepted = f"{order.title}'s dry run accepted the purchase."
    if not (isinstance(marketplace, PricesAtRehearsal) and marketplace.prices_at_rehearsal):
        return _passed(order, payload, passed, (accepted,))
    question, note = whole_price.guard(order, passed.total)
    return _passed(order, payload, passed, (accepted, note)) if question is None else Ask((question,))


def _passed(order: Order, payload: Payload, passed: Passed, notes: tuple[str, ...]) -> Advance:
    facts = RehearsalFacts(hash=payload.hash, at=order.now, total=passed.total)
    return Advance(order.facts.learn(rehearsal=facts), notes)


def _refused_before(order: Order, payload: Payload) -> Refusal | None:
    """The newest refusal of these bytes, if no person has asked for another try since."""
    same = [refusal for refusal in order.facts.refusals if refusal.hash == payload.hash]
    newest = max(same, key=lambda refusal: refusal.at, default=None)
    if newest is None or (order.retried_at is not None and order.retried_at > newest.at):
        return None
    return newest


def _went_wrong(
    order: Order, payload: Payload, refused: RefusedPayload, fields: tuple[tuple[str, str], ...]
) -> Outcome:
    refusal = Refusal(
        hash=payload.hash, at=order.now, details=refused.details, fields=fields, line_company=refused.line_company
    )
    facts = order.facts.learn(refusals=(*order.facts.refusals, refusal), rehearsal=None)
    if fields or refused.line_company:
        reason = f"{order.title}'s dry run refused the purchase: {wording.said(refused.details)}."
        return GoBack(Stage.COLLECT_PROVISIONING, reason, facts)
    return Ask((_refused(order, refusal),), facts)


def _fields(
    marketplace: Marketplace, lines: Sequence[PurchaseLine], refused: RefusedPayload
) -> tuple[tuple[str, str], ...]:
    """The named fields by line id. One without a line is each line's whose product has it, sent or not."""
    by_number = {line.number: line.line_id for line in lines}
    named = {(by_number[number], key): None for number, key in refused.fields if number in by_number}
    open_keys = {key for number, key in refused.fields if number not in by_number}
    known = {key: marketplace.fields(key) for key in dict.fromkeys(line.product_id for line in lines)}
    for line in lines:
        for field in known[line.product_id]:
            if field.key in open_keys:
                named[line.line_id, field.key] = None
    settled = {key for _, key in named}
    return (*named, *(pair for pair in _missing(lines, known, refused.details) if pair[1] not in settled))


def _missing(
    lines: Sequence[PurchaseLine], known: Mapping[str, Sequence[ProvisioningField]], details: Sequence[str]
) -> Sequence[tuple[str, str]]:
    """Fields of which nothing was sent and that the refusal names: only the products know them, not the payload."""
    return [
        (line.line_id, key)
        for line in lines
        for key in mentioned(known[line.product_id], details)
        if key not in {sent for sent, _ in line.provisioning}
    ]


def _refused(order: Order, refusal: Refusal, before: str = "") -> Question:
    text = (
        f"{order.title}'s dry run refused the purchase: {wording.said(refusal.details)}. {before}Put right what it "
        "names and retry, or cancel. The dry run has bought nothing."
    )
    return Question(key="refused", kind=QuestionKind.REFUSED, text=text, acts=(Act.RETRY, Act.CANCEL))
