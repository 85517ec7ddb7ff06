"""What a contender made of the quotes, judged by what the marketplace sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pipeline.marketplaces.pax8.simulator.records import Origin
from workers.drills.keyless.market import Market, same, told
from workers.drills.keyless.plan import Plan, Wanted

# A stranger's order older than the first attempt by more than this cannot be what the attempt bought.
_CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Believed:
    """
    What a contender says of one quote: the marketplace's order that is the quote's, and whether a person was asked, or
    has ended it.
    """

    order_id: str | None = None
    asked: bool = False
    ended_by_person: bool = False


@dataclass(slots=True)
class Verdict:
    """Ids of quotes. `twins` took an equal order that a stranger made meanwhile, while their own never came to be."""

    contender: str
    right: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    asked_without_a_twin: list[str] = field(default_factory=list)
    ended_by_person: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)

    def table(self) -> dict[str, int]:
        return {
            name: len(getattr(self, name))
            for name in ("right", "doubled", "wrong", "twins", "lost", "asked", "ended_by_person")
        }


def judge(contender: str, plan: Plan, market: Market, believed: Mapping[str, Believed]) -> Verdict:
    verdict = Verdict(contender)
    for wanted in plan.quotes:
        one = believed.get(wanted.id, Believed())
        for kind in _kinds(wanted, market, one):
            getattr(verdict, kind).append(wanted.id)
            if kind in ("doubled", "wrong", "lost"):
                verdict.evidence.append(f"{contender}: {kind}: {_evidence(wanted, market, one)}")
        if one.asked and not _has_a_twin(wanted, plan.quotes, market):
            verdict.asked_without_a_twin.append(wanted.id)
    return verdict


def _kinds(wanted: Wanted, market: Market, one: Believed) -> Sequence[str]:
    bought, kinds = market.bought.get(wanted.id, []), ["asked"] if one.asked else []
    if len(bought) > 1:
        kinds.append("doubled")
    match one.order_id:
        case None if one.ended_by_person and not bought:
            kinds.append("ended_by_person")
        case None:
            kinds.append("lost")
        case order_id if order_id not in bought:
            kinds.append("twins" if _may_be_taken_for_ours(wanted, market, order_id) else "wrong")
        case _ if len(bought) == 1:
            kinds.append("right")
    return kinds


def _may_be_taken_for_ours(wanted: Wanted, market: Market, order_id: str) -> bool:
    """A stranger's equal order since the first attempt, where none of ours is: nothing at the marketplace tells."""
    order, sent = market.order(order_id), market.sent.get(wanted.id)
    if order is None or order.origin is not Origin.STRANGER or not sent or market.bought.get(wanted.id):
        return False
    return same(order, wanted) and order.created >= sent[0] - _CLOCKS_APART


def _has_a_twin(wanted: Wanted, quotes: Sequence[Wanted], market: Market) -> bool:
    """Whether a stranger has ordered the same for the same company."""
    del quotes
    orders = market.world.orders_of(market.companies[wanted.company].id)
    return any(order.origin is Origin.STRANGER and same(order, wanted) for order in orders)


def _evidence(wanted: Wanted, market: Market, one: Believed) -> dict[str, Any]:
    return {
        "quote": wanted.id,
        "company": market.companies[wanted.company].name,
        "sent": [when.isoformat() for when in market.sent.get(wanted.id, [])],
        "bought": [told(market.order(order_id)) for order_id in market.bought.get(wanted.id, [])],
        "believed": told(market.order(one.order_id)) if one.order_id else None,
        "asked": one.asked,
    }
