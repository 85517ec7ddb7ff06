"""
The writes at FlexPortal, of which the purchase is one: what it asks, and when an answer proves that it was carried out.

FlexPortal takes an order of the same customer and items for a repeat of an earlier one, for some time that nobody
tells, and answers with that: a good answer proves nothing until it carries our reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipeline.domain.claim import AllocateUnit, CancelPurchase, PlaceOrder, Write
from pipeline.domain.customer import is_other_name
from pipeline.marketplaces.flexportal import assumed, cancelling, handing_out, paths, shapes
from pipeline.marketplaces.flexportal.lists import ANSWERS
from pipeline.marketplaces.flexportal.options import Options
from pipeline.marketplaces.flexportal.payload import Sent, digest, sent
from pipeline.marketplaces.meaning import NotWhatWasSent
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Ask, Reply
from pipeline.marketplaces.sending import Unsendable

Devices = Mapping[tuple[str, Decimal], Decimal]


def asked(write: Write, options: Options) -> Ask:
    """The one request that makes it. Raises Unsendable."""
    match write:
        case PlaceOrder():
            return _order(write, options)
        case AllocateUnit():
            return handing_out.asked(write, options)
        case CancelPurchase():
            return cancelling.asked(write)
        case _:
            raise Unsendable("FlexPortal makes its customers from orders, changes no subscriptions and has no baskets")


def _order(write: PlaceOrder, options: Options) -> Ask:
    body = write.payload.body
    if digest(body) != write.payload.hash:
        raise Unsendable("the payload is not the one that was rehearsed: its hash differs")
    if not write.lines:
        raise Unsendable("the purchase has no lines")
    what = sent(body, options)
    if not write.reference or what.reference != write.reference:
        raise Unsendable("the payload does not carry our reference")
    return Ask("POST", paths.ORDERS, body.encode(), hidden=what.personal)


def accepted(write: Write, reply: Reply, options: Options) -> str:
    """The id of what was made. Raises NotWhatWasSent."""
    match write:
        case PlaceOrder():
            return _ordered(write, reply, options)
        case AllocateUnit():
            return handing_out.accepted(write, reply)
        case CancelPurchase():
            return cancelling.accepted(write, reply)
        case _:
            raise NotWhatWasSent("FlexPortal was sent nothing that it could answer.")


def _ordered(write: PlaceOrder, reply: Reply, options: Options) -> str:
    got = ANSWERS.made(shapes.CREATED.validate_python, reply)
    order, what = got.order, sent(write.payload.body, options)
    name = scrub(order.id, reply.hidden)
    if got.order_id is not None and got.order_id != order.id:
        other = scrub(got.order_id, reply.hidden)
        raise NotWhatWasSent(f"FlexPortal answered with two orders, {other} and {name}.", other, name)
    if not carries(order, write.reference, options):
        raise _foreign(order, name, write.reference, options)
    if got.success is False:
        raise NotWhatWasSent(f"FlexPortal answered with order {name}, and that it was no success.", name)
    if wrong := _difference(order, what, write.company_id):
        raise NotWhatWasSent(f"FlexPortal answered with order {name}, which {wrong}.", name)
    return order.id


def carries(order: shapes.OrderShape, reference: str, options: Options) -> bool:
    """Whether the order has this very reference."""
    return bool(reference) and (order.custom_fields or {}).get(options.reference_field) == reference


def _foreign(order: shapes.OrderShape, name: str, reference: str, options: Options) -> NotWhatWasSent:
    """What came back is an order, and not shown to be this one."""
    theirs = (order.custom_fields or {}).get(options.reference_field)
    field = options.reference_field
    if theirs is None:
        lacking = f"FlexPortal answered with order {name}, which does not carry our reference in its field {field}."
        return NotWhatWasSent(lacking, name)
    # Not named as perhaps ours: an order that carries another reference is proved to be another's.
    shown = scrub(str(theirs))[:80]
    return NotWhatWasSent(
        f"FlexPortal answered that it is order {name}, whose {field} is '{shown}' and not '{reference}': "
        "it takes an order of the same customer and items for a repeat of that one, so ours was probably not made."
    )


def _difference(order: shapes.OrderShape, what: Sent, company_id: str) -> str:
    """What of the order is not what was sent, as the end of a sentence."""
    if not _is_theirs(order.customer, what, company_id):
        return "is another customer's"
    if order.order_type not in (None, what.order_type):
        return f"is of the type {scrub(order.order_type)}"
    ours = _devices((one["sku"], one["quantity"], one["contractLength"]) for one in what.items)
    theirs = _devices((one.sku, one.quantity, one.contract_length) for one in order.items)
    return "" if ours == theirs else "has other items than were sent"


def _is_theirs(shown: shapes.PersonShape | None, what: Sent, company_id: str) -> bool:
    """
    By the address, which is what FlexPortal goes by; by the id where it shows no address. A customer who has the
    address under another id, as the order's own making has, must not be known to be another company.
    """
    if shown is None:
        return False
    if shown.email is None:
        return shown.customer_id == company_id
    if not assumed.same_email(shown.email, what.email):
        return False
    return shown.customer_id in (None, company_id) or not is_other_name(shown.company or "", what.company)


def _devices(items: Iterable[tuple[str, Any, Any]]) -> Devices:
    """Devices by SKU and contract length: what is bought, however it is spread over lines."""
    found: dict[tuple[str, Decimal], Decimal] = {}
    for sku, quantity, length in items:
        key = (sku.casefold(), Decimal(length if length is not None else 0))
        found[key] = found.get(key, Decimal()) + Decimal(quantity)
    return found
