"""
Poll status: until every ordered line is live or has failed.

Needs       catalogue, purchase
Learns      progress of each line, counted from what we ordered and never from what the answer lists
Asks        while it goes on looking: when a line waits for us, is overdue, has an unknown status, or is not as ordered
Repeatable  yes: a stale read pulls no live line backwards, and each unit that we hand out, and all that is cancelled
            because a person wants it, has a claim of its own
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.domain.catalogue import PlacedOrder, Subscription, Verdict
from pipeline.domain.claim import AllocateUnit, Answer, CancelPurchase, Claim
from pipeline.domain.errors import NotFound
from pipeline.domain.facts import CatalogueFacts, Facts, LineFacts, LineProgress, PurchaseFacts
from pipeline.domain.order import Order
from pipeline.domain.outcome import Advance, Claimed, Outcome, WaitUntil
from pipeline.domain.progress import TERMINAL, count_live, pair
from pipeline.ports import Marketplace
from pipeline.stages import cancelling, changing, line_watch, units, waiting_lists, wording

# From here on one list of the company's subscriptions costs fewer calls than each of them by itself.
_MANY = 3


def prepare(order: Order, marketplace: Marketplace) -> Claimed | Outcome:
    if claim := order.open_claim(AllocateUnit):
        return units.look(order, claim, marketplace)
    if claim := order.open_claim(CancelPurchase):
        return cancelling.look(order, claim, marketplace)
    catalogue, purchase = _bought(order)
    before = {line.line_id: order.facts.progress.get(line.line_id, _begun(line, purchase)) for line in catalogue.lines}
    listed = waiting_lists.unchanged(order, marketplace, before)
    placed = None
    if waiting_lists.order_is_wanted(order, marketplace, before, listed):
        placed = _placed(marketplace, purchase.marketplace_order_id)
    there = cancelling.found(order, marketplace, placed)
    ids = _subscription_ids(catalogue, before, placed)
    seen = changing.shown(order, _read(order, marketplace, ids, before, placed, listed))
    watched = [
        line_watch.watch(order, line, before[line.line_id], seen.get((ids[line.line_id] or "").casefold()))
        for line in catalogue.lines
    ]
    progress = {line.line_id: one.progress for line, one in zip(catalogue.lines, watched, strict=True)}
    facts = order.facts.learn(progress=progress)
    decided = cancelling.decide(order, facts, there)
    if not isinstance(decided, Facts):
        return decided
    return _goes_on(order, marketplace, placed, decided, watched)


def _goes_on(
    order: Order,
    marketplace: Marketplace,
    placed: PlacedOrder | None,
    facts: Facts,
    watched: Sequence[line_watch.Watched],
) -> Claimed | Outcome:
    progress = facts.progress
    if progress and all(one.verdict in TERMINAL for one in progress.values()):
        return Advance(facts, (_told(order, facts),))
    if placed is not None and (unit := units.following(order, marketplace, placed)) is not None:
        return Claimed(unit, facts)
    return WaitUntil(
        when=order.now + order.poll_interval(),
        reason=" ".join(filter(None, (_told(order, facts), units.held_up(order)))),
        on=_on(order, progress),
        facts=facts if facts != order.facts else None,
        questions=tuple({question.key: question for one in watched for question in one.questions}.values()),
    )


def settled(order: Order, claim: Claim, answer: Answer) -> Outcome | None:
    """How the order goes on after a cancellation, or after a unit was handed out."""
    if isinstance(claim.write, CancelPurchase):
        return cancelling.settled(order, answer)
    return units.settled(order, claim, answer)


def _bought(order: Order) -> tuple[CatalogueFacts, PurchaseFacts]:
    if order.facts.catalogue is None or order.facts.purchase is None:
        raise ValueError(f"{order.ref} has bought nothing yet")
    return order.facts.catalogue, order.facts.purchase


def _begun(line: LineFacts, purchase: PurchaseFacts) -> LineProgress:
    """Before anything was read. What is changed by a write of its own has its subscription from the first moment."""
    return LineProgress(since=purchase.at, subscription_id=line.changes if line.before is not None else None)


def _placed(marketplace: Marketplace, order_id: str) -> PlacedOrder | None:
    """None while reads lag behind the purchase."""
    try:
        return marketplace.order(order_id)
    except NotFound:
        return None


def _subscription_ids(
    catalogue: CatalogueFacts, before: Mapping[str, LineProgress], placed: PlacedOrder | None
) -> Mapping[str, str | None]:
    known = {line_id: one.subscription_id for line_id, one in before.items() if one.subscription_id is not None}
    return pair(catalogue.lines, known, placed.lines if placed is not None else ())


def _read(
    order: Order,
    marketplace: Marketplace,
    ids: Mapping[str, str | None],
    before: Mapping[str, LineProgress],
    placed: PlacedOrder | None,
    listed: Mapping[str, Subscription],
) -> Mapping[str, Subscription]:
    """
    The subscriptions that can still change, as far as they can be read, by id without capitals. Live ones too: they may
    yet be cancelled. What is `listed`, and what the order itself says of its lines, needs no reading.
    """
    told = [line.state for line in placed.lines if line.state is not None] if placed is not None else []
    seen = {**listed, **{one.id.casefold(): one for one in told}}
    wanted = [
        subscription_id
        for line_id, subscription_id in ids.items()
        if subscription_id is not None
        and before[line_id].verdict is not Verdict.FAILED
        and subscription_id.casefold() not in seen
    ]
    company = order.facts.company
    if len(wanted) >= _MANY and company is not None:
        return seen | {one.id.casefold(): one for one in marketplace.subscriptions(company.id)}
    return seen | {one.id.casefold(): one for one in _each(marketplace, wanted)}


def _each(marketplace: Marketplace, wanted: Sequence[str]) -> Sequence[Subscription]:
    found = []
    for subscription_id in wanted:
        try:
            found.append(marketplace.subscription(subscription_id))
        except NotFound:
            continue
    return found


def _told(order: Order, facts: Facts) -> str:
    """`1 of 2 lines is live; Line 2 (Managed Firewall) is PendingManual.`"""
    lines, progress = order.lines, facts.progress
    live = count_live(progress, [line.id for line in lines])
    others = [
        f"{wording.line(line)} is {progress[line.id].status_word or 'not set up yet'}"
        for line in lines
        if line.id in progress and progress[line.id].verdict is not Verdict.LIVE
    ]
    verb = "is" if live == 1 else "are"
    return f"{'; '.join([f'{live} of {len(lines)} lines {verb} live', *others])}."


def _on(order: Order, progress: Mapping[str, LineProgress]) -> str:
    """Whom it waits for: ourselves first, because then nothing happens by itself."""
    verdicts = {one.verdict for one in progress.values()}
    if verdicts & {Verdict.WAITS_FOR_US, Verdict.UNKNOWN}:
        return order.policy.owner
    if Verdict.WAITS_FOR_APPROVAL in verdicts:
        return f"an approval at {order.title}"
    if Verdict.WAITS_FOR_CUSTOMER in verdicts:
        return "the customer"
    return order.title
