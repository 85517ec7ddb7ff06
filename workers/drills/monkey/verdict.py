"""What came of the accepted quotes: counted at the marketplace, and how far ours say that they are."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from pipeline.store import counts
from workers.bootstrap import Application
from workers.drills.house import House
from workers.drills.monkey.sending import Wanted
from workers.drills.quotes import done

_STORIES = 5
_PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class Judged:
    """Quotes that bought nothing, purchases beyond a quote's one, and purchases that no quote asked for."""

    lost: Sequence[Wanted]
    doubled: int
    foreign: int
    suspects: Sequence[Wanted]


def judge(house: House, wanted: Sequence[Wanted]) -> Judged:
    asked = {(one.company, one.quantity): one for one in wanted}
    bought = Counter((order.company_id, line.quantity) for order in house.bought() for line in order.lines)
    lost = [one for key, one in asked.items() if not bought[key]]
    twice = {key: many - 1 for key, many in bought.items() if key in asked and many > 1}
    foreign = sum(many for key, many in bought.items() if key not in asked)
    return Judged(lost, sum(twice.values()), foreign, [*lost, *(asked[key] for key in twice)])


def seconds_until_done(application: Application, quotes: int, patience: float = _PATIENCE) -> float | None:
    """Until each quote has an order that is done; None if that took longer."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if _done(application) >= quotes:
            return time.monotonic() - began
        time.sleep(0.2)
    return None


def unfinished(application: Application) -> int:
    """Orders that are anything but done."""
    with application.database.transaction() as connection:
        return sum(many for state, _, many in counts.orders_by_state(connection) if state != "done")


def _done(application: Application) -> int:
    try:
        with application.database.transaction() as connection:
            return sum(many for state, _, many in counts.orders_by_state(connection) if state == "done")
    except SQLAlchemyError:
        return 0


def stories(
    house: House, application: Application, wanted: Sequence[Wanted], judged: Judged, say: Callable[[str], None]
) -> None:
    """Says of some quotes that went wrong what their orders went through."""
    wrong = {str(one.message["data"]["quote"]["id"]): None for one in judged.suspects}
    for one in wanted:
        quote_id = str(one.message["data"]["quote"]["id"])
        if any(not done(order) for order in house.orders_of(application, quote_id)):
            wrong[quote_id] = None
    for quote_id in list(wrong)[:_STORIES]:
        for order in house.orders_of(application, quote_id):
            waits = [order.get(name) for name in ("state", "stage", "next_at", "waits_for")]
            say(f"{quote_id} {order['ref']}: {waits}")
            for entry in order["timeline"]:
                say(f"  {entry['at']} {entry['stage']} {entry['kind']} {entry['outcome']} {entry.get('notes')}")
