"""Whether an order of AppXite's is a cart still, and whether it holds what was put into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any

from pipeline.domain.errors import Unreadable
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.assumed import Assumed
from pipeline.marketplaces.appxite.codec import Wanted
from pipeline.marketplaces.redaction import scrub

PLACE, DELETE = "place_order", "delete"
_OF_CARTS = frozenset({PLACE, DELETE, "schedule_order", "create_quote"})


class Standing(Enum):
    """UNTOLD: neither a status nor operations that tell it, so that nobody can say."""

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
    What can still be placed, or thrown away, and has no status is a cart (marketplaces.md, 2.4), whether it may
    be placed just now or not. With nothing on offer it was bought: there is nothing more to do with it.
    """
    word = word_of(order, item)
    if word and not assumed.is_of_cart(word):
        return Standing.PLACED
    if item.operations is None:
        return Standing.IN_CART if word else Standing.UNTOLD
    if not _OF_CARTS.isdisjoint(item.operations):
        return Standing.IN_CART
    return Standing.UNTOLD if item.operations else Standing.PLACED


def placed_items(order: shapes.OrderShape, assumed: Assumed) -> list[shapes.ItemShape]:
    """What of it was bought. Raises Unreadable where it says so of nothing, and leaves it open of something."""
    standings = [standing(order, item, assumed) for item in order.items]
    if Standing.UNTOLD in standings and Standing.PLACED not in standings:
        raise untold(order)
    return [item for item, one in zip(order.items, standings, strict=True) if one is Standing.PLACED]


def untold(order: shapes.OrderShape) -> Unreadable:
    return Unreadable(
        f"AppXite does not tell whether order {scrub(order.id)} was bought: neither by a status nor by what may be "
        "done with it."
    )


def difference(order: shapes.OrderShape, wanted: Sequence[Wanted]) -> str | None:
    """In what the order isn't what was put into it, as the end of a sentence; None where it is just that."""
    return strangers(order, wanted) or alteration(order, wanted)


def strangers(order: shapes.OrderShape, wanted: Sequence[Wanted]) -> str | None:
    """Whether it holds our items, and no others."""
    there, ours = Counter(item.id.casefold() for item in order.items), Counter(one.id.casefold() for one in wanted)
    if there == ours:
        return None
    foreign, missing = (there - ours).total(), (ours - there).total()
    return f"holds {foreign} items that are not ours, and of ours {missing} are missing"


def alteration(order: shapes.OrderShape, wanted: Sequence[Wanted]) -> str | None:
    """
    Whether our items are as we put them. Offer and form data are compared where they are told, and keys that were added
    to the form data are AppXite's own.
    """
    by_id = {one.id.casefold(): one for one in wanted}
    for item in order.items:
        put = by_id[item.id.casefold()]
        if item.offer is not None and item.offer.casefold() != put.offer.casefold():
            return f"holds item {put.id} of another offer ({scrub(item.offer)[:80]})"
        if item.form is not None and not holds(item.form, put.form):
            there = item.form
            keys = [key for key, value in put.form.items() if key not in there or not holds(there[key], value)]
            return f"holds item {put.id} with other form data ({', '.join(keys)})"
    return None


def holds(there: Any, sent: Any) -> bool:
    """Whether everything that was sent is there. A value is the same as a text or as a number, in capitals or not."""
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
        case None:
            return there is None
        case _:
            number = exact(sent)
            return (number is not None and number == exact(there)) or _text(there) == _text(sent)


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, Mapping | list) else str(value).casefold()


def exact(value: Any) -> Decimal | None:
    """A JSON number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
