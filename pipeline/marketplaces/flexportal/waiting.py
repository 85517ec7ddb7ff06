"""
Orders that wait, by the lists of all of the tenant's that have the same status: one page for as many as it holds.

A row tells of its lines what the order would, as long as no subscription, and no stock of ours, has a say in it too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from pipeline.domain.catalogue import Subscription
from pipeline.marketplaces.flexportal import fulfilment, lists
from pipeline.marketplaces.flexportal.lists import Fetch
from pipeline.marketplaces.flexportal.shapes import OrderShape
from pipeline.marketplaces.kept_pages import KeptPages, Page, Sought

_PENDING = "pending"


def waiting(
    pages: KeptPages, fetch: Fetch, sought: Mapping[str, str], since: datetime, now: datetime, *, hands_out: bool
) -> Mapping[str, Subscription]:
    """`hands_out`: devices are ours to assign, so that a confirmed order is looked at with the stock there is."""
    statuses = (_PENDING,) if hands_out else (_PENDING, "confirmed", "partial")
    by_status: defaultdict[str, list[str]] = defaultdict(list)
    for line_id, word in sought.items():
        if (status := _status(word)) in statuses:
            by_status[status].append(line_id)
    found: dict[str, Subscription] = {}
    for status, ids in by_status.items():
        found |= pages.find(status, Sought(ids, since, now), partial(_page, fetch, status, statuses))
    return found


def _status(word: str) -> str:
    """The order's, out of what is said of a line: `confirmed, 0 of 2 devices assigned`."""
    return word.partition(" ")[0].rstrip(",")


def _page(fetch: Fetch, status: str, statuses: tuple[str, ...], more: str | None) -> Page:
    """The first one, each time: who is not on it is read alone."""
    del more
    orders = next(lists.pages(fetch, lists.ORDERS, {"status": status}), [])
    return Page([state for order in orders if order.status in statuses for state in _states(order)])


def _states(order: OrderShape) -> Iterator[Subscription]:
    if not fulfilment.wanted_rentals(order):
        yield from (line.state for line in fulfilment.placed(order, {}).lines if line.state is not None)
