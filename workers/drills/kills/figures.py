"""The figures of the report, and what helps to find the cause where one is not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.state import OrderState
from pipeline.marketplaces.simulated import Simulated
from workers.drills.kills.harm import Harm
from workers.drills.kills.load import Load
from workers.drills.kills.plan import Plan
from workers.drills.kills.receiver import Received
from workers.drills.kills.sender import Senders
from workers.drills.kills.standing import Found, Restless
from workers.drills.kills.verdict import Judged
from workers.drills.report import Figure, Report, all_of, none_of

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """
    All that a run leaves to look at. `customers_twice` were made more than once, or were to be, and `contacts_twice`
    likewise; each in words.
    """

    load: Load
    senders: Senders
    harm: Harm
    found: Found
    left: Restless
    healed: float
    customers_twice: Sequence[str]
    contacts_twice: Sequence[str]
    received: Received
    fallen: Sequence[str]


def report(plan: Plan, seen: Seen, judged: Judged, stories: Sequence[str]) -> Report:
    """`stories` are of the quotes that came to a bad end."""
    untold = _untold(seen) if plan.notices else []
    figures = (
        *_promise(plan, seen, judged),
        none_of("companies and customers made twice", len(seen.customers_twice)),
        none_of("contacts made twice", len(seen.contacts_twice)),
        none_of("notices with one id and different contents", len(seen.received.differing)),
        none_of("orders that went live without a notice of it", len(untold)),
        *_proof(plan, seen),
        *_outcomes(seen),
        Figure("until all rested", seen.healed, unit="s"),
    )
    broken = [*judged.lost, *judged.doubled, *judged.foreign, *judged.handed, *judged.unfinished, *seen.found.adrift]
    evidence = [*broken, *seen.customers_twice, *seen.contacts_twice, *untold, *seen.received.differing, *seen.fallen]
    details = {
        "ends of changed quotes": dict(judged.ends),
        "strikes": seen.harm.log,
        "answers": dict(seen.senders.answers),
    }
    return Report(figures, (*evidence[:_SHOWN], *stories), details)


def _promise(plan: Plan, seen: Seen, judged: Judged) -> Sequence[Figure]:
    changed = ", ".join(f"{number} {end}" for end, number in sorted(judged.ends.items()))
    return (
        all_of("accepted quotes", len(seen.load.wanted), sum(plan.accepted.values())),
        Figure("bought", judged.bought.total(), note=changed),
        *(Figure(f"bought at {name.called}", judged.bought[name], least=1) for name in Simulated),
        none_of("lost", len(judged.lost)),
        none_of("doubled", len(judged.doubled)),
        none_of("bought without an acceptance", len(judged.foreign)),
        none_of("handed to a person without need", len(judged.handed)),
        none_of("unfinished after calm", len(judged.unfinished) + seen.left.events),
        none_of("open, yet neither due nor asking", len(seen.found.adrift)),
        none_of("messages that no door took", len(seen.senders.refused)),
        none_of("messages taken and never read", seen.found.unread + seen.found.vanished),
        none_of("processes that ended by themselves", len(seen.fallen)),
    )


def _proof(plan: Plan, seen: Seen) -> Sequence[Figure]:
    """That harm was done, and done to work in flight."""
    harm = seen.harm
    kills, struck = sum(plan.kills.values()), harm.cut_by_kill + harm.cut_by_stop
    return (
        Figure("killed", harm.kills.total(), least=kills),
        *(Figure(f"killed: {kind}", number) for kind, number in sorted(harm.kills.items())),
        all_of("frozen and woken", harm.stops.total(), sum(plan.stops.values())),
        Figure("purchases cut off by a kill", harm.cut_by_kill.total(), least=plan.cut_off),
        Figure("purchases cut off by a stop", harm.cut_by_stop.total(), least=min(1, plan.cut_off)),
        *(Figure(f"purchases struck at {name.called}", struck[name], least=plan.cut_off_each) for name in Simulated),
        Figure("calls of any kind cut off by a kill", harm.calls_cut),
        Figure("deliveries that had to be sent again", _failed(seen.senders), least=plan.sent_again),
        Figure("duplicates that a door knew", seen.senders.answers["duplicate"]),
        Figure("notices that came more than once", seen.received.repeated),
    )


def _failed(senders: Senders) -> int:
    return sum(number for answer, number in senders.answers.items() if answer not in ("accepted", "duplicate"))


def _outcomes(seen: Seen) -> Sequence[Figure]:
    """How the purchases' attempts went, as Quoteway has recorded it."""
    found = seen.found
    return (
        Figure("purchases of unknown outcome", found.answers["unknown"], least=1),
        Figure("of these found and adopted", found.closings["adopted"]),
        Figure("of these absent and sent again", found.closings["absent"]),
        Figure("purchases not sent, because it was too late", found.closings["not_sent"]),
        Figure("other writes found after a lost answer", found.writes["adopted"]),
    )


def _untold(seen: Seen) -> Sequence[str]:
    told = seen.received.told
    live = [order.ref for orders in seen.found.orders.values() for order in orders if order.state is OrderState.DONE]
    return [f"{ref} went live and nobody was told" for ref in live if "order.live" not in told.get(ref, ())]
