"""One status for an order out of those of its items: as the API tells it, and in the older words of notifications."""

from collections.abc import Iterable

from pipeline.marketplaces.appxite.simulator.assumed import CANCELLED, MIXED, PENDING_APPROVAL, REJECTED
from pipeline.marketplaces.appxite.simulator.offers import FAILED, FINISHED, STARTED

KNOWN = (PENDING_APPROVAL, STARTED, FINISHED, FAILED, REJECTED, CANCELLED)
CART_OPERATIONS = ("place_order", "delete", "update", "schedule_order", "create_quote")


def of_order(items: Iterable[str | None], mixed: str) -> str | None:
    """What is unheard of or still moving comes first; None for a cart. `mixed` is some of this and some of that."""
    words = {word for word in items if word is not None}
    if not words:
        return None
    for first in (*sorted(words - set(KNOWN)), PENDING_APPROVAL, STARTED):
        if first in words:
            return first
    if len(words) == 1:
        return words.pop()
    good, bad = words & {FINISHED, CANCELLED}, words & {FAILED, REJECTED}
    return mixed if good and bad else FINISHED if good else FAILED


def of_notification(items: Iterable[str | None]) -> str:
    """`In progress`, `Completed`, `Completed with errors`."""
    words = {word for word in items if word is not None}
    if words - {FINISHED, FAILED, REJECTED, CANCELLED}:
        return "In progress"
    return "Completed" if words <= {FINISHED, CANCELLED} else MIXED
