"""
FlexPortal has no dry run: the order is held against what FlexPortal says just now, in the words of its refusals.

What it would refuse is refused, and so is what it would take and nobody wants: an order for somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.abilities import Passed, RefusedPayload
from pipeline.domain.claim import PlaceOrder
from pipeline.domain.customer import is_other_name
from pipeline.domain.errors import NotFound
from pipeline.marketplaces.flexportal import assumed, reading, refusals, shapes
from pipeline.marketplaces.flexportal.payload import Sent
from pipeline.marketplaces.flexportal.reads import Reads

_ACTIVE = (None, "", "active")
Fault = tuple[str, str | None]
"""A sentence, and the field that a quote can answer, if it is one's."""


def rehearse(reads: Reads, wanted: PlaceOrder, what: Sent) -> Passed | RefusedPayload:
    customers = reads.customers_of(what.email)
    faults = [
        *((fault, None) for fault in _items(reads, what)),
        *((fault, None) for fault in _customer(reads, wanted.company_id, what.company, customers)),
        *_earlier(reads, what, frozenset(one.id for one in customers)),
    ]
    if not faults:
        return Passed()
    sentences = tuple(dict.fromkeys(sentence for sentence, _ in faults))
    keys = dict.fromkeys(key for _, key in faults if key is not None)
    return RefusedPayload(sentences, tuple((line.number, key) for key in keys for line in wanted.lines))


def _items(reads: Reads, what: Sent) -> Iterator[str]:
    variants = {assumed.sku(shape): shape for shape in reads.variants(fresh=True)}
    for number, item in enumerate(what.items, 1):
        problem = _item(item, variants.get(item["sku"]))
        if problem:
            code, words = problem
            yield f"{code}: item {number} ({item['sku']}): {words}"


def _item(item: Any, shape: shapes.VariantShape | None) -> tuple[str, str] | None:
    if shape is None:
        return refusals.VARIANT_NOT_FOUND, refusals.ADVICE[refusals.VARIANT_NOT_FOUND]
    if shape.status not in _ACTIVE:
        word = f"its status is '{shape.status}'. {refusals.ADVICE[refusals.VARIANT_INACTIVE]}"
        return refusals.VARIANT_INACTIVE, word
    offered = sorted(assumed.monthly_prices(shape.pricing))
    if item["contractLength"] not in offered:
        listed = ", ".join(str(months) for months in offered) or "none"
        advice = refusals.ADVICE[refusals.INVALID_CONTRACT_LENGTH]
        return refusals.INVALID_CONTRACT_LENGTH, f"{item['contractLength']} months. {advice}: {listed}"
    if item["quantity"] < 1:
        return refusals.VALIDATION_ERROR, "its quantity must be 1 or more"
    return None


def _customer(reads: Reads, company_id: str, name: str, found: Sequence[shapes.CustomerShape]) -> Iterator[str]:
    """
    The order's address decides whose it is, so it has to lead to the customer that was decided on; of one whom the
    order was to make, to none, or to one of the buyer's name, made meanwhile.
    """
    if len(found) > 1:
        yield f"{len(found)} customers at FlexPortal have the order's e-mail address: nobody can tell whose it would be"
        return
    for one in found:
        if one.id != company_id and _exists(reads, company_id):
            yield f"the order's e-mail address is that of customer {one.id} at FlexPortal, not of {company_id}"
        elif one.id != company_id and is_other_name(theirs := reading.company(one).name, name):
            yield f"the order's e-mail address is by now that of {theirs} ({one.id}) at FlexPortal, not of {name}"
        elif one.status not in _ACTIVE:
            yield f"customer {one.id} is {one.status} at FlexPortal. Have it made active there"
    if not found and _exists(reads, company_id):
        yield f"customer {company_id} at FlexPortal has another e-mail address: the order would make a new customer"


def _exists(reads: Reads, company_id: str) -> bool:
    """False for an id of ours, which stands for a customer whom the order makes."""
    try:
        reads.customer(company_id)
    except NotFound:
        return False
    return True


def _earlier(reads: Reads, what: Sent, customers: frozenset[str]) -> Iterator[Fault]:
    """What an extension or an upgrade builds upon is there, and the customer's."""
    for detail in assumed.DETAILS:
        if detail.order_type != what.order_type:
            continue
        value = what.details.get(detail.key)
        if value is None:
            yield f"{detail.key} is required for an {what.order_type}", detail.key
        elif detail.whole:
            if not isinstance(value, int) or value < 1:
                yield f"{detail.key} must be a whole number, 1 or more", detail.key
        elif wrong := _of_another(reads, detail.key, str(value), customers):
            yield f"{detail.key}: {wrong}", detail.key


def _of_another(reads: Reads, key: str, value: str, customers: frozenset[str]) -> str:
    try:
        if key == "originalOrderId":
            order = reads.order(value)
            owner, active = order.customer.customer_id if order.customer is not None else None, True
        else:
            rental = reads.rental(value)
            owner, active = rental.customer_id, rental.status == "active"
    except NotFound:
        return f"FlexPortal has no {value}"
    if owner is None or owner not in customers:
        return f"{value} is not this customer's"
    return "" if active else f"{value} is not active"
