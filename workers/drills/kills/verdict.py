"""The verdict: every accepted quote against what the marketplaces have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.domain.state import OrderState
from pipeline.marketplaces.simulated import Simulated
from workers.drills.kills.counted import Bought
from workers.drills.kills.load import Wanted
from workers.drills.kills.plan import Sort
from workers.drills.kills.standing import Standing

_UNSURE = frozenset({Sort.REVISED, Sort.REVOKED})
"""Those that may end as a question by right: the change may have come when the purchase was made."""

_Purchases = dict[tuple[str, Simulated], list[tuple[int, Bought]]]
"""By quote and marketplace, each with the number of the revision that it is of."""


@dataclass
class Judged:
    """
    A quote is judged at each marketplace where it buys. `lost` were neither bought nor asked about, or changed after
    the purchase without anybody being asked; `doubled` purchases beyond the one; `foreign` purchases that nobody
    accepted in that form; `handed` quotes that ask a person though nothing about them needs one; `suspects` the ids of
    all of these. `bought` counts purchases by marketplace, `ends` the ends of changed quotes, in words.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)
    bought: Counter[Simulated] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> int:
        return sum(map(len, (self.lost, self.doubled, self.handed, self.unfinished)))


def judge(wanted: Sequence[Wanted], orders: dict[str, list[Standing]], bought: Iterable[Bought]) -> Judged:
    judged = Judged()
    purchases = _attributed(wanted, bought, judged)
    for one in wanted:
        before = judged.faults
        for market in one.markets:
            mine = [order for order in orders.get(one.id, []) if order.at == market]
            _judge(one, purchases[one.id, market], mine, judged)
        if judged.faults > before:
            judged.suspects.append(one.id)
    return judged


def _attributed(wanted: Sequence[Wanted], bought: Iterable[Bought], judged: Judged) -> _Purchases:
    of_content = {
        (market, one.customer(market), content): (one.id, number)
        for one in wanted
        for number, contents in enumerate(one.contents)
        for market, content in contents.items()
    }
    found: _Purchases = defaultdict(list)
    for purchase in bought:
        owner = of_content.get((purchase.at, purchase.customer, purchase.content))
        what = f"order {purchase.id} of {purchase.customer} at {purchase.at.called}"
        if owner is None:
            judged.foreign.append(f"{what} was accepted by nobody: {purchase.content}")
        else:
            found[owner[0], purchase.at].append((owner[1], purchase))
        judged.bought[purchase.at] += 1
    return found


def _judge(one: Wanted, purchases: list[tuple[int, Bought]], orders: list[Standing], judged: Judged) -> None:
    what = f"{one.id} ({one.sort}): bought {[order.id for _, order in purchases]}, {_shown(orders)}"
    asks = any(order.asked for order in orders)
    if len(purchases) > 1:
        judged.doubled.append(what)
    if any(not order.state.ended and not order.asked for order in orders):
        judged.unfinished.append(what)
    if one.sort in _UNSURE:
        end = _changed(one, [number for number, _ in purchases], asks=asks)
        judged.ends[f"{one.sort}, {end or 'lost'}"] += 1
        if not end:
            judged.lost.append(what)
        return
    if not purchases and not asks:
        judged.lost.append(what)
    elif asks:
        judged.handed.append(what)
    elif not any(
        order.state is OrderState.DONE and order.marketplace_order_id == purchases[0][1].id for order in orders
    ):
        judged.lost.append(f"{what}, and no order of ours ended with that")


def _changed(one: Wanted, revisions: list[int], *, asks: bool) -> str:
    """How a revised or revoked quote ended, in words; empty where that is no good end."""
    if asks:
        return "bought before, and a person is asked" if revisions else "a person is asked, nothing bought"
    if one.sort is Sort.REVOKED:
        return "" if revisions else "not bought"
    return "the last revision bought" if revisions == [len(one.contents) - 1] else ""


def _shown(orders: list[Standing]) -> str:
    return (
        "; ".join(
            f"{one.ref} {one.state} at {one.stage} asks {list(one.asked)} {one.waits_for}".strip() for one in orders
        )
        or "no order"
    )
