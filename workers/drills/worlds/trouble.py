"""How calls to the marketplace go wrong, and what else happens there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.pax8.simulator import Line, Pax8Simulator, catalogue
from pipeline.marketplaces.pax8.simulator.products import NO_SUBSCRIPTION
from workers.drills.worlds.checks import Rows
from workers.drills.worlds.market import WatchedMarket
from workers.drills.worlds.plan import Step
from workers.drills.worlds.quotes import Message

_SUBMIT = ("POST", "/v1/orders")
_READS = ("GET", "*")
# A late commit and a lagging list together stay within the settling period, which is made for them.
_FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "hang", "match": _SUBMIT, "when": "after"},
    {"kind": "reset", "match": _SUBMIT, "when": "after"},
    {"kind": "reset", "match": _SUBMIT, "when": "after", "times": 2},
    {"kind": "reset", "match": _SUBMIT, "when": "before"},
    {"kind": "hang", "match": _SUBMIT, "when": "before"},
    {"kind": "late_commit", "match": _SUBMIT, "seconds": 20, "then": "hang"},
    {"kind": "late_commit", "match": _SUBMIT, "seconds": 40, "then": "reset"},
    {"kind": "503", "match": _SUBMIT, "when": "after"},
    {"kind": "503", "match": _SUBMIT, "when": "before"},
    {"kind": "429", "match": _SUBMIT, "retry_after": 7},
    {"kind": "refuse", "match": _SUBMIT},
    {"kind": "no_id", "match": _SUBMIT, "when": "after"},
    {"kind": "wrong_content", "match": _SUBMIT, "when": "after"},
    {"kind": "half_json", "match": _SUBMIT, "when": "after"},
    {"kind": "422", "match": _SUBMIT},
    {"kind": "503", "match": ("*", "*"), "times": 7},
    {"kind": "reset", "match": _READS, "times": 3},
    {"kind": "429", "match": _READS, "times": 2},
    {"kind": "hang", "match": ("POST", "/v1/companies*"), "when": "after"},
)
_LAGS = (0, 20, 60, 120)
_OTHER_PRODUCT = Line(catalogue.ENDPOINT_VOLUME.id, 5, "Monthly")


def switch_on(simulator: Pax8Simulator, step: Step) -> str:
    """One of the faults, for the next calls that it concerns."""
    fault = _FAULTS[step.pick % len(_FAULTS)]
    simulator.faults.add(**fault)
    return " ".join(str(part) for part in fault.values())


def lag(simulator: Pax8Simulator, step: Step) -> str:
    """The list of orders trails behind from now on."""
    seconds = _LAGS[step.pick % len(_LAGS)]
    simulator.knobs.order_list_lag = timedelta(seconds=seconds)
    return f"the list of orders lags by {seconds} s"


def reprice(market: WatchedMarket, step: Step) -> str:
    """The product that most buy costs more, or less."""
    factor = Decimal(("1.10", "0.90", "1.50")[step.pick % 3])
    market.reprice(catalogue.BACKUP.id, factor=factor)
    return f"prices times {factor}"


def stranger(market: WatchedMarket, rows: Rows, messages: tuple[Message, ...], step: Step) -> str:
    """
    Somebody else buys for a customer of ours, mostly the very same. With or without a subscription that tells when.

    An equal order while an attempt of ours is out that has bought nothing could not be told from ours by anybody: then
    it is another product.
    """
    message = messages[step.pick % len(messages)]
    company = message.customer.id
    if not company:
        return "no stranger"
    bought = {purchase.attempt for purchase in market.purchases}
    lost = any(claim.closing is None and str(claim.id) not in bought for claim in rows.claims)
    lines = [Line(one.product.id, one.quantity, one.term) for one in message.lines]
    lines = [_OTHER_PRODUCT] if lost and step.amount % 4 else lines
    if step.amount % 2:
        market.walk_next(*(NO_SUBSCRIPTION for _ in lines))
    market.stranger_order(company, lines)
    return f"a stranger buys {len(lines)} line(s) for {message.customer.name}"
