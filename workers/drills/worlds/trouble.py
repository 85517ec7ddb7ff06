"""How calls to the marketplaces go wrong, and what else happens there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from workers.drills.worlds.markets.pax8 import OTHER_PRODUCT
from workers.drills.worlds.markets.stall import Fault, Markets, Stall
from workers.drills.worlds.plan import Step
from workers.drills.worlds.quotes import Message
from workers.drills.worlds.rows import Rows

_READS = ("GET", "*")
# A late commit and a lagging list together stay within the settling period, which is made for them.
_OF_A_PURCHASE: tuple[Fault, ...] = (
    {"kind": "hang", "when": "after"},
    {"kind": "reset", "when": "after"},
    {"kind": "reset", "when": "after", "times": 2},
    {"kind": "reset", "when": "before"},
    {"kind": "hang", "when": "before"},
    {"kind": "late_commit", "seconds": 20, "then": "hang"},
    {"kind": "late_commit", "seconds": 40, "then": "reset"},
    {"kind": "503", "when": "after"},
    {"kind": "503", "when": "before"},
    {"kind": "429", "retry_after": 7},
    {"kind": "refuse"},
    {"kind": "no_id", "when": "after"},
    {"kind": "wrong_content", "when": "after"},
    {"kind": "half_json", "when": "after"},
    {"kind": "422"},
)
_OF_CALLS: tuple[Fault, ...] = (
    {"kind": "503", "match": ("*", "*"), "times": 7},
    {"kind": "reset", "match": _READS, "times": 3},
    {"kind": "429", "match": _READS, "times": 2},
)
_LAGS = (0, 20, 60, 120)


def switch_on(markets: Markets, step: Step) -> str:
    """One of the faults at one of the marketplaces, for the next calls that it concerns."""
    stall = markets.chosen(step.amount)
    known = _faults(stall)
    fault = known[step.pick % len(known)]
    stall.simulator.faults.add(**fault)
    return f"{stall.name}: {' '.join(str(part) for part in fault.values())}"


def _faults(stall: Stall) -> Sequence[Fault]:
    purchase = {"match": stall.submit, "containing": stall.containing}
    return (*({**fault, **purchase} for fault in _OF_A_PURCHASE), *_OF_CALLS, *stall.others)


def lag(markets: Markets, step: Step) -> str:
    """The orders of one marketplace trail behind from now on."""
    stall, seconds = markets.chosen(step.amount), _LAGS[step.pick % len(_LAGS)]
    stall.lag(timedelta(seconds=seconds))
    return f"{stall.name}: orders lag by {seconds} s"


def reprice(markets: Markets, step: Step) -> str:
    stall = markets.chosen(step.amount)
    return f"{stall.name}: {stall.reprice(step.pick)}"


def there(markets: Markets, step: Step) -> str:
    """Somebody who works at one of the marketplaces, or for it."""
    stall = markets.chosen(step.amount)
    return f"{stall.name}: {stall.happens(step.pick)}"


def stranger(markets: Markets, rows: Rows, messages: tuple[Message, ...], step: Step) -> str:
    """
    Somebody else buys for a customer of ours, mostly the very same.

    An equal order while an attempt of ours is out that has bought nothing could not be told from ours by anybody where
    no reference is kept: then it is another product.
    """
    message = messages[step.pick % len(messages)]
    stall = markets.chosen(step.pick // len(messages))
    lines = message.lines_at(stall.name)
    if not stall.keeps_reference:
        bought = {purchase.attempt for purchase in markets.purchases}
        lost = any(claim.closing is None and str(claim.id) not in bought for claim in rows.claims)
        lines = (OTHER_PRODUCT,) if lost and step.amount % 4 else lines
    name = stall.stranger(message.customer, lines, step.amount) if lines else ""
    return f"{stall.name}: a stranger buys {len(lines)} line(s) for {name}" if name else f"{stall.name}: no stranger"
