"""
Orders that are under way, by the list of the newest ones: one page of summaries for as many as it holds.

A summary tells an order's status and not what is in it. So it answers for those that are still under way: of these an
order that is read by itself tells no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from pipeline.domain.catalogue import Subscription, Verdict
from pipeline.marketplaces.kept_pages import KeptPages, Page, Sought
from pipeline.marketplaces.limio import assumed
from pipeline.marketplaces.limio.following import meaning
from pipeline.marketplaces.limio.options import Meaning
from pipeline.marketplaces.limio.reads import Reads

_NEWEST = "newest orders"


def waiting(
    pages: KeptPages, reads: Reads, sought: Mapping[str, str], since: datetime, now: datetime
) -> Mapping[str, Subscription]:
    """By lines, as they are named here: those of one order share its summary."""
    orders = {
        line_id: line_id.partition("/")[0]
        for line_id, word in sought.items()
        if meaning(word, reads.options) is Meaning.UNDER_WAY
    }
    if not orders:
        return {}
    found = pages.find(_NEWEST, Sought(frozenset(orders.values()), since, now), lambda _: _page(reads))
    return {line_id: replace(found[order], id=line_id) for line_id, order in orders.items() if order in found}


def _page(reads: Reads) -> Page:
    """The first one, each time: who is not on it is read alone."""
    rows = next(reads.objects(assumed.ORDERS), [])
    return Page(
        [
            Subscription(
                id=row.id,
                company_id=row.customer or "",
                product_id="",
                quantity=None,
                billing_term=None,
                status_word=row.status or "",
                verdict=Verdict.IN_PROGRESS,
                created_at=assumed.instant(row.created),
            )
            for row in rows
            if meaning(row.status or "", reads.options) is Meaning.UNDER_WAY
        ]
    )
