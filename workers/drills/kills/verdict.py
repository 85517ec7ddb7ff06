"""The verdict: every accepted quote against what the marketplace has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.domain.state import OrderState
from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.marketplaces.pax8.simulator.records import Company, Order
from workers.drills.kills.load import Content, Wanted
from workers.drills.kills.plan import Sort
from workers.drills.kills.standing import Standing

_UNSURE = frozenset({Sort.REVISED, Sort.REVOKED})
"""Those that may end as a question by right: the change may have come when the purchase was made."""


@dataclass
class Judged:
    """
    `lost` are quotes neither bought nor asked about, or changed after the purchase without anybody being asked;
    `doubled` purchases beyond the one; `foreign` purchases that nobody accepted in that form; `handed` quotes that ask
    a person though nothing about them needs one; `suspects` the ids of all of these. `ends` counts the ends of changed
    quotes, in words.
    """

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)
    bought: int = 0
    ends: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> int:
        return sum(map(len, (self.lost, self.doubled, self.handed, self.unfinished)))


def judge(wanted: Sequence[Wanted], orders: dict[str, list[Standing]], simulator: Pax8Simulator) -> Judged:
    judged = Judged()
    purchases = _attributed(wanted, simulator, judged)
    for one in wanted:
        before = judged.faults
        _judge(one, purchases[one.id], orders.get(one.id, []), judged)
        if judged.faults > before:
            judged.suspects.append(one.id)
    return judged


def _attributed(
    wanted: Sequence[Wanted], simulator: Pax8Simulator, judged: Judged
) -> dict[str, list[tuple[int, Order]]]:
    """The purchases of each quote, each with the number of the revision that it is of."""
    of_content = {
        (one.company, content): (one.id, number) for one in wanted for number, content in enumerate(one.contents)
    }
    found: dict[str, list[tuple[int, Order]]] = defaultdict(list)
    with simulator.locked():
        world = simulator.world
        bought = [(order, world.companies[order.company_id].name) for order in world.bought]
    for order, company in bought:
        owner = of_content.get((company, content_of(order)))
        if owner is None:
            judged.foreign.append(f"order {order.id} of {company} was accepted by nobody: {content_of(order)}")
        else:
            found[owner[0]].append((owner[1], order))
    judged.bought = len(bought)
    return found


def content_of(order: Order) -> Content:
    return tuple(sorted((line.product_id, line.quantity, line.billing_term) for line in order.lines))


def _judge(one: Wanted, purchases: list[tuple[int, Order]], orders: list[Standing], judged: Judged) -> None:
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


def companies_twice(companies: Sequence[Company]) -> list[str]:
    """Names that more than one company has."""
    names = Counter(company.name for company in companies)
    return [name for name, number in names.items() if number > 1]


def contacts_twice(companies: Sequence[Company], email: str) -> list[str]:
    """Companies where the quotes' contact stands more than once for the same types."""
    found = []
    for company in companies:
        kinds = [frozenset(one.types) for one in company.contacts.values() if one.email == email]
        overlapping = sum(len(kind) for kind in kinds) > len(frozenset().union(*kinds))
        if overlapping:
            found.append(f"{company.name} has {len(kinds)} contacts {email} for {[sorted(kind) for kind in kinds]}")
    return found
