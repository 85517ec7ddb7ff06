"""The writes at Limio: what each one asks, and when an answer proves that it was carried out as asked."""

from __future__ import annotations

from pipeline.domain.claim import FillBasket, PlaceOrder, Write
from pipeline.marketplaces.limio import assumed, payload
from pipeline.marketplaces.limio.lists import ANSWERS, TITLE
from pipeline.marketplaces.limio.options import Options
from pipeline.marketplaces.limio.shapes import BASKET, SUBMITTED
from pipeline.marketplaces.meaning import NotWhatWasSent
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Ask, Reply
from pipeline.marketplaces.sending import Unsendable

SUBMIT = "/partner/order"
_NOT_HERE = "Limio makes its customers from their orders, and has no call that makes, changes or drops anything else"


def asked(write: Write, options: Options) -> Ask:
    """The one request that makes it. Raises Unsendable."""
    match write:
        case PlaceOrder():
            return _purchase(write)
        case FillBasket():
            _check(write)
            body = payload.checkout_body(write.payload)
            return Ask("POST", options.checkout_path, body, hidden=payload.personal(write.payload))
        case _:
            raise Unsendable(_NOT_HERE)


def _purchase(write: PlaceOrder) -> Ask:
    _check(write)
    if not write.basket:
        raise Unsendable("the purchase has no checkout session")
    if write.filled is not None and write.filled.payload.hash != write.payload.hash:
        raise Unsendable("its checkout session was opened for something else")
    body = payload.order_body(write.payload, write.basket)
    return Ask("POST", SUBMIT, body, hidden=payload.personal(write.payload))


def _check(write: PlaceOrder | FillBasket) -> None:
    if payload.digest(write.payload.body) != write.payload.hash:
        raise Unsendable("the payload is not the one that was composed: its hash differs")
    if not write.lines:
        raise Unsendable("the purchase has no lines")


def accepted(write: Write, reply: Reply) -> str:
    """The id of what was made. Raises NotWhatWasSent."""
    match write:
        case PlaceOrder():
            return _order(write, reply)
        case FillBasket():
            return _basket(write, reply)
        case _:
            raise NotWhatWasSent(_NOT_HERE)


def _order(write: PlaceOrder, reply: Reply) -> str:
    """Every field of the answer is optional, and both of these are needed: an id, and that it is of our order."""
    got = ANSWERS.made(SUBMITTED.validate_python, reply)
    if not got.id:
        raise NotWhatWasSent(f"{TITLE} answered well, yet without the order's id.")
    name = scrub(got.id)
    if got.external_id is None:
        raise NotWhatWasSent(f"{TITLE} answered with order {name}, which does not say that it is ours.", name)
    if got.external_id != write.reference:
        reference = scrub(got.external_id, reply.hidden)[:80]
        raise NotWhatWasSent(f"{TITLE} answered with order {name}, whose reference is {reference} and not ours.", name)
    return got.id


def _basket(write: FillBasket, reply: Reply) -> str:
    got = ANSWERS.made(BASKET.validate_python, reply)
    if not got.id:
        raise NotWhatWasSent(f"{TITLE} answered well, yet without the checkout session's id.")
    if assumed.basket_reference(got) not in (None, write.reference):
        raise NotWhatWasSent(f"{TITLE} answered with checkout session {scrub(got.id)}, which is for another order.")
    return got.id
