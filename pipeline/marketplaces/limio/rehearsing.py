"""The dry run: whether the checkout session can still be bought from, and what the preview says that it costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from pipeline.abilities import BasketGone, Passed, RefusedPayload
from pipeline.domain.claim import PlaceOrder
from pipeline.domain.customer import is_other_name
from pipeline.domain.errors import NotFound, Unreadable
from pipeline.marketplaces.http import Caller
from pipeline.marketplaces.limio import assumed, payload, previews
from pipeline.marketplaces.limio.lists import ANSWERS, TITLE
from pipeline.marketplaces.limio.reads import Reads
from pipeline.marketplaces.limio.shapes import BasketShape, ObjectShape
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Ask

PREVIEW = "/partner/order/preview"
_REFUSALS = frozenset({400, 422})
_LONGEST = 500


def basket_fault(wanted: PlaceOrder, reads: Reads) -> RefusedPayload | BasketGone | None:
    """What keeps us from buying from it. One that was bought from is never replaced: that might buy a second time."""
    basket = reads.basket(wanted.basket)
    if basket is None:
        return BasketGone()
    if basket.completed:
        bought = (
            f"Something was bought from checkout session {wanted.basket} already: look at {TITLE} for one with the "
            f"external id {wanted.reference} before anything is sent again"
        )
        return RefusedPayload((bought,))
    return None if _holds(basket, wanted) else BasketGone()


def _holds(basket: BasketShape, wanted: PlaceOrder) -> bool:
    """Whether it has what was put in, as far as it says."""
    if assumed.basket_reference(basket) not in (None, wanted.reference):
        return False
    held = [(one.offer.id, one.quantity) for one in assumed.items(basket.order)]
    return not held or sorted(held) == sorted(payload.bought(wanted.payload))


def wrong_customer(wanted: PlaceOrder, reads: Reads) -> RefusedPayload | None:
    """
    Whether the order would be for somebody else than the customer who was chosen, or whom it was to make: the address
    in it decides at Limio, and nothing else.
    """
    found = reads.customers_of(payload.email(wanted.payload))
    if len(found) > 1:
        return _not_for_them(f"and {len(found)} customers have that address: nobody can tell for whom it would be")
    if found and found[0].id == wanted.company_id:
        return None
    try:
        chosen = reads.object(assumed.CUSTOMERS, wanted.company_id)
    except NotFound:
        return _somebody_else(found, payload.company(wanted.payload))  # the order makes the customer
    if found and found[0].id == chosen.id:
        return None
    return _not_for_them(
        f"and customer {wanted.company_id} has another one, or none that can be read: have the quote name that "
        "customer's address for who orders"
    )


def _somebody_else(found: Sequence[ObjectShape], name: str) -> RefusedPayload | None:
    for one in found:
        if is_other_name(theirs := assumed.company_name(one), name):
            return _not_for_them(f"and by now that is {theirs} ({one.id}), not {name}")
    return None


def _not_for_them(why: str) -> RefusedPayload:
    return RefusedPayload((f"{TITLE} orders for whoever has the e-mail address in the order, {why}",))


def preview(wanted: PlaceOrder, caller: Caller, reads: Reads, timeout: timedelta) -> Passed | RefusedPayload:
    """Of the purchase's own bytes. It calculates and promises nothing: who may buy is decided when it is bought."""
    body = payload.order_body(wanted.payload, wanted.basket)
    reply = caller.call(Ask("POST", PREVIEW, body, hidden=payload.personal(wanted.payload)), timeout, also=_REFUSALS)
    if not reply.ok:
        return RefusedPayload(reply.words() or (reply.shape(),))
    found = ANSWERS.content(reply, f"POST {PREVIEW}")
    if not isinstance(found, dict):
        raise Unreadable(f"{TITLE}'s preview is no object: {reply.shape()}.", request_id=reply.request_id)
    if refused := previews.refusal(found):
        return RefusedPayload(tuple(scrub(word, reply.hidden)[:_LONGEST] for word in refused))
    return Passed(previews.total(found, reads.options.billing, reads.options.taxes))
