"""
The writes at AppXite: what each one asks, on whose behalf, and when an answer proves that it was carried out as asked.

Whom it is for comes from the write alone, and everything in the write must agree about it: a wrong `X-On-Behalf-Of`
buys for the wrong customer, with an answer as good as any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from pipeline.domain.claim import (
    AddContact,
    AllocateUnit,
    Answer,
    AnswerClass,
    ApproveCompany,
    CancelPurchase,
    ChangeSubscription,
    CreateCompany,
    DropBasket,
    FillBasket,
    Payload,
    PlaceOrder,
    PurchaseLine,
    Write,
)
from pipeline.domain.errors import NotFound
from pipeline.marketplaces.appxite import shapes
from pipeline.marketplaces.appxite.carts import DELETE, PLACE, Standing, alteration, difference, standing, strangers
from pipeline.marketplaces.appxite.codec import Codec, Contents, Wanted, answers, contents, digest, wanted
from pipeline.marketplaces.appxite.lists import ANSWERS
from pipeline.marketplaces.appxite.references import is_plain, joined, order_ref, same_id, subscription_ref
from pipeline.marketplaces.appxite.templates import Templates
from pipeline.marketplaces.meaning import NotWhatWasSent
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Ask, Reply
from pipeline.marketplaces.sending import Unsendable

CART, OPERATION, CANCEL = "/orders/", "/orders/operation", "/orders/cancel"
ON_BEHALF_OF = "X-On-Behalf-Of"
_OF_AN_ITEM = 3


class Unfilled(Unsendable):
    """Answers are missing, or can't be sent: `fields` are their slots, `details` a sentence each."""

    def __init__(self, details: Sequence[str], fields: Sequence[str]) -> None:
        super().__init__("; ".join(details))
        self.details = tuple(details)
        self.fields = tuple(dict.fromkeys(fields))

    def answer(self, title: str) -> Answer:
        """A refusal, which names the fields: trying again without other answers changes nothing."""
        del title
        return Answer(AnswerClass.REJECTED, details=self.details, fields=self.fields)


class Altered(NotWhatWasSent):
    """A cart of ours, whose items are not as we sent them. Trying again changes nothing."""


def on_behalf_of(organisation: str) -> tuple[tuple[str, str], ...]:
    """The header of one call. Raises NotFound for what can be no organisation's id."""
    if not is_plain(organisation):
        raise NotFound(f"AppXite can't have an organisation with the id {organisation!r}.")
    return ((ON_BEHALF_OF, organisation),)


class Writes:
    """For one account."""

    def __init__(self, codec: Codec, templates: Templates, own: tuple[tuple[str, str], ...]) -> None:
        """`own` are the headers of a call that is made for no customer."""
        self._codec = codec
        self._templates = templates
        self._own = own

    def asked(self, write: Write) -> Ask:
        """The one request that makes it. Raises Unsendable, NotFound."""
        match write:
            case ApproveCompany():
                if not is_plain(write.company_id):
                    raise Unsendable("this is no id of an organisation")
                return Ask("PUT", f"/customers/{write.company_id}/approve", headers=self._own)
            case FillBasket():
                return self._fill(write)
            case DropBasket():
                return self._drop(write)
            case PlaceOrder():
                return self._place(write)
            case CancelPurchase():
                return _cancel(write)
            case CreateCompany():
                raise Unsendable("AppXite makes no organisations over its API: make it in the portal")
            case AddContact():
                raise Unsendable("AppXite takes no people over its API: add them in the portal")
            case AllocateUnit():
                raise Unsendable("AppXite has no stock to hand out")
            case ChangeSubscription():
                raise Unsendable("Quoteway changes no subscriptions at AppXite: change it in the portal")

    def _fill(self, write: FillBasket) -> Ask:
        items = _items(write)
        faults = [(line, slot, why) for line in write.lines for slot, why in self._faults(line)]
        if faults:
            raise Unfilled(
                [f"Line {line.number}: '{slot.label}' ({slot.key}) {why}" for line, slot, why in faults],
                [slot.key for _, slot, _ in faults],
            )
        return _ask(CART, self._codec.cart_body(items), write.company_id, write.lines)

    def _faults(self, line: PurchaseLine) -> list[tuple[Any, str]]:
        template = self._templates.for_line(line)
        return list(template.faults(line)) if template is not None else []

    def _drop(self, write: DropBasket) -> Ask:
        order_id = _order_id(write.basket, write.company_id, write.filled)
        body = self._codec.operation_body(order_id, _items(write.filled), DELETE)
        return _ask(OPERATION, body, write.company_id, write.filled.lines)

    def _place(self, write: PlaceOrder) -> Ask:
        if write.filled is None or not write.basket:
            raise Unsendable("it has not been put into a cart")
        if write.filled.payload != write.payload or _bare(write.filled.lines) != _bare(write.lines):
            raise Unsendable("something else is in the cart")
        order_id = _order_id(write.basket, write.company_id, write.filled)
        body = self._codec.operation_body(order_id, _items(write.filled), PLACE)
        return _ask(OPERATION, body, write.company_id, write.lines)

    def accepted(self, write: Write, reply: Reply) -> str:
        """The id of what was made. Raises NotWhatWasSent."""
        match write:
            case ApproveCompany():
                return self._approved(write, reply)
            case FillBasket():
                order = ANSWERS.made(self._codec.order, reply)
                _ensure(strangers(order, _items(write)), order)
                if (altered := alteration(order, _items(write))) is not None:
                    raise Altered(f"AppXite put into the cart {scrub(order.id)} something else: it {altered}.")
                if not is_plain(order.id):
                    raise NotWhatWasSent("AppXite answered with a cart whose id is none.")
                return joined(write.company_id, order.id)
            case DropBasket():
                return write.basket
            case PlaceOrder():
                return self._placed(write, ANSWERS.made(self._codec.order, reply))
            case CancelPurchase():
                return write.target
            case CreateCompany() | AddContact() | AllocateUnit() | ChangeSubscription():
                raise NotWhatWasSent("Nothing of that kind is ever sent to AppXite.")

    def _approved(self, write: ApproveCompany, reply: Reply) -> str:
        """The company is read again in any case: only an answer about another one speaks against it."""
        if reply.body:
            try:
                got = self._codec.customer(ANSWERS.told(reply))
            except ValidationError:
                return write.company_id
            if not same_id(got.id, write.company_id):
                raise NotWhatWasSent(f"AppXite answered with organisation {scrub(got.id)}, which is another one.")
        return write.company_id

    def _placed(self, write: PlaceOrder, order: shapes.OrderShape) -> str:
        """Our items, all of them bought, in the order that was the cart."""
        _, order_id = order_ref(write.basket)
        if not same_id(order.id, order_id) or write.filled is None:
            name = scrub(order.id)
            raise NotWhatWasSent(f"AppXite answered with order {name}, and the cart was {order_id}.", name)
        _ensure(difference(order, _items(write.filled)), order)
        assumed = self._codec.assumed
        waiting = [one for one in order.items if standing(order, one, assumed) is not Standing.PLACED]
        if waiting:
            raise NotWhatWasSent(
                f"AppXite answered well, yet {len(waiting)} items of order {scrub(order.id)} are still in the cart."
            )
        return write.basket


def _ensure(difference: str | None, order: shapes.OrderShape) -> None:
    if difference is not None:
        name = scrub(order.id)
        raise NotWhatWasSent(f"AppXite answered with order {name}, which {difference}.", name)


def _ask(path: str, body: bytes, organisation: str, lines: Sequence[PurchaseLine]) -> Ask:
    return Ask("POST", path, body, hidden=answers(lines), headers=on_behalf_of(organisation))


def _cancel(write: CancelPurchase) -> Ask:
    """One item; nothing is known of the answer but its status."""
    parts = subscription_ref(write.target)
    if len(parts) != _OF_AN_ITEM or not same_id(joined(*parts[:2]), write.order_id):
        raise Unsendable("this is no item of the order")
    if not same_id(parts[0], write.company_id):
        raise Unsendable("the item is another organisation's")
    return Ask("POST", f"{CANCEL}?orderitemid={parts[2]}", headers=on_behalf_of(parts[0]))


def _items(write: FillBasket) -> tuple[Wanted, ...]:
    """What was put into the cart, under its ids. Raises Unsendable."""
    held = _contents(write.payload)
    if not same_id(held.organisation, write.company_id):
        raise Unsendable("the payload is for another organisation")
    if not write.reference or not held.items:
        raise Unsendable("the purchase has no lines, or no reference")
    if [one.line for one in held.items] != sorted(line.number for line in write.lines):
        raise Unsendable("the payload's lines are not the purchase's")
    return wanted(held, write.reference, write.number)


def _contents(payload: Payload) -> Contents:
    if digest(payload.body) != payload.hash:
        raise Unsendable("the payload is not the one that was rehearsed: its hash differs")
    try:
        return contents(payload.body)
    except ValueError:
        raise Unsendable("the payload is not AppXite's") from None


def _bare(lines: Sequence[PurchaseLine]) -> list[PurchaseLine]:
    """Without the prices of the day: what else an offer costs by now is not what is in the cart."""
    return [line.model_copy(update={"variant": ""}) for line in lines]


def _order_id(basket: str, company_id: str, filled: FillBasket) -> str:
    """The cart's own id, if it is this company's."""
    organisation, order_id = order_ref(basket)
    if not (same_id(organisation, company_id) and same_id(filled.company_id, company_id)):
        raise Unsendable("the cart is another organisation's")
    return order_id
