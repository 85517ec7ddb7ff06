"""Subscriptions that wait, by the lists of all of the account's that have the same status (marketplaces.md, 1.7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from pipeline.domain.catalogue import Subscription
from pipeline.marketplaces.kept_pages import KeptPages, Page, Sought
from pipeline.marketplaces.pax8 import reading, shapes
from pipeline.marketplaces.pax8.lists import Fetch, ListReader

# Of what is live, or over, a list holds far more than waits.
_WAITING = frozenset({"PendingAutomated", "PendingManual", "WaitingForDetails", "PendingActivation", "PendingCancel"})
# What joins a list comes at its end, so that what is read on from is not pushed about.
_ORDERED = "createdDate,asc"


def waiting(
    pages: KeptPages, fetch: Fetch, sought: Mapping[str, str], since: datetime, now: datetime
) -> Mapping[str, Subscription]:
    by_word: defaultdict[str, list[str]] = defaultdict(list)
    for subscription_id, word in sought.items():
        if word in _WAITING:
            by_word[word].append(subscription_id)
    reader = ListReader(shapes.SUBSCRIPTIONS, fetch)
    found: dict[str, Subscription] = {}
    for word, ids in by_word.items():
        found |= pages.find(word, Sought(ids, since, now), partial(_page, reader, word))
    return found


def _page(reader: ListReader[shapes.SubscriptionShape], word: str, more: str | None) -> Page:
    """A list that takes no notice of the status shows others too, each with its own."""
    number = int(more or 0)
    page = reader.page(number, "/subscriptions", status=word, sort=_ORDERED)
    ended = number + 1 >= page.pages if page.pages is not None else len(page.items) < page.size
    rows = [reading.subscription(shape) for shape in page.items]
    return Page(rows, None if ended or not rows else str(number + 1))
