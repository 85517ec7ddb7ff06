"""
How far an order is: by its own status, and once that is complete by the subscription that it made.

An order's status alone proves nothing of what was set up, and one that failed may have left something behind in
another service: then the step that failed is told, and nothing is ever sent again for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.catalogue import PlacedOrder, Subscription, Verdict
from pipeline.domain.errors import Forbidden, IncompleteScan, NotFound, Refused, Unreadable
from pipeline.marketplaces.limio import assumed, reading
from pipeline.marketplaces.limio.options import Answer, Meaning, Options
from pipeline.marketplaces.limio.reads import Reads
from pipeline.marketplaces.limio.shapes import ItemShape, ObjectShape

WITHOUT_SUBSCRIPTION = "without a subscription that can be read"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is to be said of every line; `made` is the subscription, where there is one to speak of."""

    word: str
    verdict: Verdict
    made: ObjectShape | None = None


def follow(order: ObjectShape, reads: Reads) -> PlacedOrder:
    """The order, each line with its state. Raises Unreadable where nothing says what it holds."""
    seen = _look(order, reads)
    ordered = assumed.items(order.data) or (assumed.items(seen.made.data) if seen.made is not None else ())
    if not ordered:
        raise Unreadable(f"Limio's order {order.id} says nothing of what was ordered with it.")
    made = assumed.items(seen.made.data) if seen.made is not None else ()
    contents = _paired(ordered, made) if made else list(ordered)
    lines = tuple(
        reading.line(item, order, nth, _state(order, nth, seen, held))
        for nth, (item, held) in enumerate(zip(ordered, contents, strict=True), 1)
    )
    return PlacedOrder(order.id, order.customer or "", lines, order.status)


def meaning(word: str, options: Options) -> Meaning | None:
    """Of an order's status; None of one that nobody knows. Without any, the subscription has the say."""
    words = {**assumed.ORDER_WORDS, **options.order_words}
    return words.get(word.casefold()) if word else Meaning.COMPLETE


def _look(order: ObjectShape, reads: Reads) -> _Seen:
    word = order.status or ""
    match meaning(word, reads.options):
        case Meaning.UNDER_WAY:
            return _Seen(word, Verdict.IN_PROGRESS)
        case Meaning.FAILED:
            reason = _reason(order, reads)
            return _Seen(f"{word} {reason}" if reason else word, Verdict.FAILED)
        case Meaning.COMPLETE:
            return _made(order, reads)
        case None:
            return _Seen(word, Verdict.UNKNOWN)


def _made(order: ObjectShape, reads: Reads) -> _Seen:
    made = _subscription(order, reads)
    if made is None:
        return _Seen(f"{order.status or ''} {WITHOUT_SUBSCRIPTION}".strip(), Verdict.IN_PROGRESS)
    word = made.status or ""
    return _Seen(word, assumed.SUBSCRIPTION_WORDS.get(word.casefold(), Verdict.UNKNOWN), made)


def _subscription(order: ObjectShape, reads: Reads) -> ObjectShape | None:
    """None while there is none, or its reads lag."""
    reference, changed = order.subscription_reference, assumed.changed_subscription(order)
    try:
        if changed is not None:
            return reads.object(assumed.SUBSCRIPTIONS, changed)
        if reference and reads.options.subscription_by_reference is Answer.YES:
            return reads.object(assumed.SUBSCRIPTIONS, reference)
        began = assumed.instant(order.created)
        bound = began - assumed.CLOCKS_APART if began is not None else None
        for row in reads.since(assumed.SUBSCRIPTIONS, bound):
            if assumed.is_of(row, order):
                return reads.object(assumed.SUBSCRIPTIONS, row.id)
    except NotFound:
        return None
    return None


def _reason(order: ObjectShape, reads: Reads) -> str:
    """
    What the step that stopped it says; another one that failed may not have mattered. An order has failed whether or
    not anybody may read why.
    """
    began = assumed.instant(order.created)
    bound = began - assumed.CLOCKS_APART if began is not None else None
    try:
        rows = [row for row in reads.since(assumed.PROCESSES, bound) if assumed.is_failed_step_of(row, order)]
        failed = [reads.object(assumed.PROCESSES, row.id) for row in rows]
    except (Forbidden, IncompleteScan, NotFound, Refused, Unreadable):
        return ""
    return next(
        (said for one in sorted(failed, key=assumed.is_critical, reverse=True) if (said := assumed.reason(one))), ""
    )


def _paired(ordered: Sequence[ItemShape], made: Sequence[ItemShape]) -> list[ItemShape | None]:
    """Of each ordered item what the subscription holds of it; None where it holds nothing of that offer."""
    left = list(made)
    found: list[ItemShape | None] = [_take(left, one, one.quantity) for one in ordered]
    return [held or _take(left, one) for one, held in zip(ordered, found, strict=True)]


def _take(left: list[ItemShape], like: ItemShape, quantity: Decimal | None = None) -> ItemShape | None:
    for one in left:
        if one.offer.id.casefold() == like.offer.id.casefold() and quantity in (None, one.quantity):
            left.remove(one)
            return one
    return None


def _state(order: ObjectShape, nth: int, seen: _Seen, held: ItemShape | None) -> Subscription:
    made = seen.made
    return Subscription(
        id=reading.line_id(order, nth),
        company_id=(made.customer if made is not None else None) or order.customer or "",
        product_id=held.offer.id if held is not None else "",
        quantity=held.quantity if held is not None else None,
        billing_term=None,
        status_word=seen.word,
        verdict=seen.verdict,
        created_at=assumed.instant((made or order).created),
    )
