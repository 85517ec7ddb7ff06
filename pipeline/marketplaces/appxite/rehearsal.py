"""
AppXite has no dry run: what comes nearest is the cart, which it has checked as it was filled, read once more.

Still on offer and holding what was put into it, it passes. Nothing is bought by looking.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.abilities import BasketGone, Passed, RefusedPayload
from pipeline.domain.claim import FillBasket, PlaceOrder
from pipeline.domain.errors import NotFound, Unavailable
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.assumed import Assumed
from pipeline.marketplaces.appxite.carts import PLACE, Standing, difference, standing, untold
from pipeline.marketplaces.appxite.codec import contents, wanted
from pipeline.marketplaces.appxite.reader import Reader
from pipeline.marketplaces.appxite.references import order_ref
from pipeline.marketplaces.appxite.templates import Templates


def rehearse(
    reader: Reader, asked: PlaceOrder, just_filled: frozenset[str], assumed: Assumed, templates: Templates
) -> Passed | RefusedPayload | BasketGone:
    """`just_filled` are carts that this stage itself has filled: they may not show yet, and that is no reason to
    throw them away."""
    if asked.filled is None:
        return RefusedPayload(("Nothing of it has been put into a cart yet.",))
    organisation, order_id = order_ref(asked.basket)
    try:
        cart = reader.order(organisation, order_id)
    except NotFound:
        if asked.basket in just_filled:
            raise Unavailable(f"AppXite does not show the cart {order_id} yet, which it has just made.") from None
        return BasketGone()
    if (refused := _placed(cart, assumed)) is not None:
        return refused
    if difference(cart, wanted(contents(asked.payload.body), asked.filled.reference, asked.filled.number)) is not None:
        return BasketGone()
    return _domains(reader, asked.filled, templates) or Passed()


def _placed(cart: shapes.OrderShape, assumed: Assumed) -> RefusedPayload | None:
    standings = [standing(cart, item, assumed) for item in cart.items]
    if Standing.PLACED in standings:
        said = (
            f"The cart {cart.id} was already placed at AppXite, and not by this order: somebody has bought it there. "
            "Look at it before anything else is bought"
        )
        return RefusedPayload((said,))
    if Standing.UNTOLD in standings:
        raise untold(cart)
    if any(item.operations is not None and PLACE not in item.operations for item in cart.items):
        raise Unavailable(f"AppXite does not let the cart {cart.id} be placed just now.")
    return None


def _domains(reader: Reader, filled: FillBasket, templates: Templates) -> RefusedPayload | None:
    """Microsoft domains that were answered and cannot be had; one question each."""
    details: list[str] = []
    fields: list[tuple[int | None, str]] = []
    for line in filled.lines:
        template = templates.for_line(line)
        keys = {slot.key for slot in template.slots if slot.domain} if template is not None else set()
        for key, values in line.provisioning:
            if key in keys and _taken(reader, filled.company_id, values):
                fault = "is taken, or is none, or AppXite cannot check it just now"
                details.append(f"Line {line.number}: the Microsoft domain in '{key}' {fault}")
                fields.append((line.number, key))
    return RefusedPayload(tuple(details), tuple(fields)) if details else None


def _taken(reader: Reader, organisation: str, domains: Sequence[str]) -> bool:
    return any(reader.domain_is_taken(organisation, domain) for domain in domains)
