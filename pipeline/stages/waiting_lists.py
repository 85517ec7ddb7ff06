"""
Polls that lists answer: of an order that waits, what is still as it was needs no call of its own.

Only what has not changed is taken from a list; what has is read by itself, and so is all that a person wants cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.abilities import AllocatesUnits, ListsWaiting
from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.domain.facts import LineProgress
from pipeline.domain.order import Order
from pipeline.domain.progress import TERMINAL
from pipeline.ports import Marketplace
from pipeline.stages import cancelling

# How old a list may be: a part of the time between two polls of the order, so that none is noticed much later by it.
_PART = 4
_OLDEST = timedelta(seconds=60)


def unchanged(order: Order, marketplace: Marketplace, before: Mapping[str, LineProgress]) -> Mapping[str, Subscription]:
    """
    The lines' subscriptions that lists show as they were `before`, by id without capitals. A quantity that a list does
    not tell is as it was, too.
    """
    by_itself = cancelling.wish(order.facts) is not None or order.change is not None
    if by_itself or not isinstance(marketplace, ListsWaiting):
        return {}
    sought = {
        one.subscription_id: one.status_word
        for one in before.values()
        if one.subscription_id is not None and one.status_word and one.verdict not in TERMINAL
    }
    if not sought:
        return {}
    found = marketplace.waiting(sought, _since(order), order.now)
    known = {one.subscription_id: one.quantity for one in before.values()}
    return {
        key.casefold(): one if one.quantity is not None else replace(one, quantity=known[key])
        for key, one in found.items()
        if one.status_word == sought.get(key)
    }


def order_is_wanted(
    order: Order,
    marketplace: Marketplace,
    before: Mapping[str, LineProgress],
    listed: Mapping[str, Subscription],
) -> bool:
    """
    Whether the order itself has something to tell that neither its subscriptions nor the lists do. A change of a
    subscription has no order there.
    """
    if order.change is not None:
        return False
    if not isinstance(marketplace, ListsWaiting) or cancelling.wish(order.facts) is not None:
        return True
    ids = [one.subscription_id for one in before.values() if one.verdict is not Verdict.FAILED]
    by_order = marketplace.tells_with_order
    if None in ids or (isinstance(marketplace, AllocatesUnits) and not by_order):
        return True
    return by_order and not all(one is not None and one.casefold() in listed for one in ids)


def _since(order: Order) -> datetime:
    """Not before the marketplace last said that something has changed."""
    oldest = order.now - min(order.poll_interval() / _PART, _OLDEST)
    told = order.announced_at
    return oldest if told is None else max(oldest, min(told, order.now))
