"""What of an order can be cancelled at Pax8: its subscriptions, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.abilities import Cancellable
from pipeline.domain.catalogue import PlacedLine, PlacedOrder, Subscription, Verdict
from pipeline.domain.errors import NotFound

# From here on one list of the company's subscriptions costs less than a call for each of them.
_MANY = 6
_CONVERTED = "Converted"


def cancellable(
    placed: PlacedOrder,
    read: Callable[[str], Subscription],
    read_all: Callable[[str], Sequence[Subscription]],
) -> Sequence[Cancellable]:
    """`read` gives one subscription, or raises NotFound; `read_all` those of a company."""
    listed = {one.id.casefold(): one for one in read_all(placed.company_id)} if len(placed.lines) >= _MANY else None

    def seen(subscription_id: str) -> Subscription | None:
        if listed is not None:
            return listed.get(subscription_id.casefold())
        try:
            return read(subscription_id)
        except NotFound:
            return None

    return [_one(placed, number, line, seen) for number, line in enumerate(placed.lines, 1)]


def _one(placed: PlacedOrder, number: int, line: PlacedLine, seen: Callable[[str], Subscription | None]) -> Cancellable:
    if line.subscription_id is None:
        what = f"item {number} of order {placed.id}"
        return Cancellable(f"{placed.id}:{number}", what, "Pax8 has made no subscription of it yet")
    found = seen(line.subscription_id)
    what = f"subscription {line.subscription_id}"
    if found is None:
        return Cancellable(line.subscription_id, what, "Pax8 does not show it")
    return Cancellable(
        id=line.subscription_id,
        what=what,
        refused=_refused(placed, line, found),
        ending=found.verdict is Verdict.ENDING,
        ended=found.verdict is Verdict.FAILED,
    )


def _refused(placed: PlacedOrder, line: PlacedLine, found: Subscription) -> str:
    if found.company_id and found.company_id.casefold() != placed.company_id.casefold():
        return "it is another company's"
    if found.product_id and found.product_id.casefold() != line.product_id.casefold():
        return f"it is to another product ({found.product_id}) than was ordered"
    if found.status_word == _CONVERTED:
        return "it has become another subscription, which is to be cancelled at Pax8 itself"
    if found.verdict is Verdict.UNKNOWN:
        return f"Pax8 calls it '{found.status_word}', a word that is not in its contract: look at it there"
    return ""
