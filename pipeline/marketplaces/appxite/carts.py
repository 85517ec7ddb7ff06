"""Whether an order of AppXite's is a cart still, and whether it holds what was put into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any

from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.assumed import Assumed
from pipeline.marketplaces.appxite.codec import Wanted
from pipeline.marketplaces.redaction import scrub

PLACE, DELETE = "place_order", "delete"


class Standing(Enum):
    """UNTOLD: neither a status nor operations, so that nobody can say."""

    IN_CART = auto()
    PLACED = auto()
    UNTOLD = auto()


def word_of(order: shapes.OrderShape, item: shapes.ItemShape) -> str:
    """An item's status; the order's own where it tells none of any item."""
    if any(one.status for one in order.items):
        return item.status or ""
    return order.status or ""


def standing(order: shapes.OrderShape, item: shapes.ItemShape, assumed: Assumed) -> Standing:
    """
    `place_order` on offer and no status is a cart (marketplaces.md, 2.4). Without either it was bought: there is
    nothing more to place.
    """
    word = word_of(order, item)
    if word and not assumed.is_of_cart(word):
        return Standing.PLACED
    if item.operations is not None:
        return Standing.IN_CART if PLACE in item.operations else Standing.PLACED
    return Standing.IN_CART if word else Standing.UNTOLD


def placed_items(order: shapes.OrderShape, assumed: Assumed) -> list[shapes.ItemShape]:
    return [item for item in order.items if standing(order, item, assumed) is Standing.PLACED]


def difference(order: shapes.OrderShape, wanted: Sequence[Wanted]) -> str | None:
    """
    In what the order isn't what was put into it, as the end of a sentence; None where it is just that. Offer and form
    data are compared where they are told, and keys that were added to the form data are AppXite's own.
    """
    by_id = {one.id.casefold(): one for one in wanted}
    there, ours = Counter(item.id.casefold() for item in order.items), Counter(by_id.keys())
    if there != ours:
        foreign, missing = (there - ours).total(), (ours - there).total()
        return f"holds {foreign} items that are not ours, and of ours {missing} are missing"
    for item in order.items:
        put = by_id[item.id.casefold()]
        if item.offer is not None and item.offer.casefold() != put.offer.casefold():
            return f"holds item {put.id} of another offer ({scrub(item.offer)[:80]})"
        if item.form is not None and not holds(item.form, put.form):
            return f"holds item {put.id} with other form data"
    return None


def holds(there: Any, sent: Any) -> bool:
    """Whether everything that was sent is there; numbers are compared by value."""
    match sent:
        case Mapping():
            return isinstance(there, Mapping) and all(
                key in there and holds(there[key], value) for key, value in sent.items()
            )
        case list():
            return (
                isinstance(there, list)
                and len(there) == len(sent)
                and all(holds(one, other) for one, other in zip(there, sent, strict=True))
            )
        case bool() | str() | None:
            return type(there) is type(sent) and bool(there == sent)
        case _:
            return (number := exact(there)) is not None and number == exact(sent)


def exact(value: Any) -> Decimal | None:
    """A JSON number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
