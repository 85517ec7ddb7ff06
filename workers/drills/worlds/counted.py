"""What was bought, as the marketplaces count it, against what our rows say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from workers.drills.worlds.markets.stall import Markets, Stall
from workers.drills.worlds.rows import Rows

_SETTLE = timedelta(seconds=180)
# Strangers' equal orders that a lagging list showed late may be from before the attempt.
_MAY_LAG = timedelta(seconds=150)


def found_wrong(rows: Rows, markets: Markets) -> Iterator[str]:
    """What is wrong after a step."""
    yield from _bought(rows, markets)
    yield from _settled(rows, markets)
    for stall in markets.stalls:
        yield from stall.wrong()


def _bought(rows: Rows, markets: Markets) -> Iterator[str]:
    """Each attempt buys once, and each accepted line is bought once, but for a person's word."""
    attempts = Counter(purchase.attempt for purchase in markets.purchases)
    lines: Counter[tuple[str, str]] = Counter()
    known = {str(claim.id): claim for claim in rows.claims}
    given_up = {
        rows.order(claim.order_id).quote_id
        for claim in rows.claims
        if claim.closing == "cancelled" and claim.kind == "place_order"
    }
    for purchase in markets.purchases:
        claim = known.get(purchase.attempt)
        if claim is None:
            continue
        order = rows.order(claim.order_id)
        if not _is_cancelled_there(order):
            lines.update((order.quote_id, line_id) for line_id in order.line_ids)
    if any(count > 1 for count in attempts.values()):
        yield "one attempt bought twice"
    for (quote, line_id), count in lines.items():
        if count > 1 and quote not in given_up:
            yield f"line {line_id} of quote {quote} was bought {count} times"


def _is_cancelled_there(order: Any) -> bool:
    """What was bought has been cancelled again, all of it: the quote may be ordered once more."""
    return order.state == "cancelled" and order.marketplace_order_id is not None


def _settled(rows: Rows, markets: Markets) -> Iterator[str]:
    """What was found out by looking was found out with patience, and it is true."""
    made = {purchase.attempt: purchase.ref for purchase in markets.purchases}
    for claim in rows.claims:
        if claim.kind != "place_order" or claim.closing not in ("adopted", "absent") or claim.closed_by:
            continue
        stall = markets.of(rows.order(claim.order_id).marketplace)
        at_once = stall.keeps_reference and claim.closing == "adopted"
        if claim.closed_at < claim.claimed_at + _SETTLE and not at_once:
            yield f"an attempt was settled as {claim.closing} before its settling period was over"
        ours = made.get(str(claim.id))
        if claim.closing == "absent" and ours:
            yield "an attempt that bought was settled as absent"
        if claim.closing == "adopted" and ours != claim.marketplace_id and not _may_be(stall, rows, claim, made):
            yield "an attempt adopted an order that is not what it bought"


def _may_be(stall: Stall, rows: Rows, claim: Any, made: dict[str, str]) -> bool:
    """
    Where a reference is kept, only what an earlier attempt of the same order has bought. Where none is, a stranger's
    equal order of these minutes, if we bought nothing.
    """
    if stall.keeps_reference:
        return claim.marketplace_id in {made.get(str(one.id)) for one in rows.claims_of(claim.order_id)}
    bought_nothing = made.get(str(claim.id)) is None
    return bought_nothing and stall.passes_for_ours(claim.marketplace_id or "", claim.claimed_at - _MAY_LAG)


def at_the_end(rows: Rows, markets: Markets) -> Iterator[str]:
    """What must be true of each order once nothing is due any more."""
    for order in rows.orders:
        claims = {str(claim.id): claim for claim in rows.claims_of(order.id)}
        bought = [purchase.ref for purchase in markets.purchases if purchase.attempt in claims]
        given_up = any(claim.closing == "cancelled" for claim in claims.values())
        name = f"{order.quote_id} r{order.revision or '-'} lines {','.join(order.line_ids)}"
        if not rows.rests(order):
            yield f"{name} is {order.state} at {order.stage} in the end"
        if bought and order.marketplace_order_id not in bought and not (order.asked or given_up):
            yield f"{name} is {order.state}, and was bought as {len(bought)} order(s) that it does not know of"
        if order.state in ("done", "partly_done") and not bought:
            adopted = [claim for claim in claims.values() if claim.closing == "adopted"]
            if not adopted:
                yield f"{name} is {order.state}, and nothing was bought for it"
        if _is_cancelled_there(order) and not markets.of(order.marketplace).is_over(order.marketplace_order_id):
            yield f"{name} is cancelled, and what was bought for it is live"
