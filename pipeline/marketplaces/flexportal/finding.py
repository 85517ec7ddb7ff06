"""
Orders of ours whose answer was lost, by the reference that they carry.

A filter by a custom field works only where the field is configured at FlexPortal, and whether it is can't be asked: one
that is not may find everything, or nothing. So each row is compared, and what the filter does not find is looked for
among all orders of the customer.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.claim import PlaceOrder
from pipeline.domain.errors import IncompleteScan, NotFound, Refused, Unreadable
from pipeline.domain.known import KnownOrders
from pipeline.marketplaces.flexportal import lists, shapes
from pipeline.marketplaces.flexportal.options import Options
from pipeline.marketplaces.flexportal.payload import sent
from pipeline.marketplaces.flexportal.reads import Reads
from pipeline.marketplaces.flexportal.writes import carries

FILTER = "customField_"
Found = dict[str, shapes.OrderShape]


def find_orders(reads: Reads, write: PlaceOrder, options: Options) -> Sequence[shapes.OrderShape]:
    """Every order that carries the write's reference. Complete, or IncompleteScan."""
    if not write.reference:
        raise IncompleteScan("The purchase has no reference by which FlexPortal's orders could be told apart.")
    found = _filtered(reads, write, options) if options.reference_filter else {}
    if not found:
        found = _of_the_customer(reads, write, options)
    return list(found.values())


def _filtered(reads: Reads, write: PlaceOrder, options: Options) -> Found:
    """What the filter finds; nothing where it shows that it does not filter, or is refused."""
    found: Found = {}
    query = {f"{FILTER}{options.reference_field}": write.reference}
    try:
        for page in lists.pages(reads.fetch_orders(), lists.ORDERS, query):
            ours = {order.id: order for order in page if carries(order, write.reference, options)}
            if len(ours) < len({order.id for order in page}):
                return {}
            found |= ours
    except Refused:
        return {}
    return found


def _of_the_customer(reads: Reads, write: PlaceOrder, options: Options) -> Found:
    """By their address, since the order may have made them. No customer, no order."""
    email = sent(write.payload.body, options).email
    try:
        listed = [order for customer in reads.customers_of(email) for order in reads.orders(customer.id)]
    except (Refused, NotFound) as error:
        raise IncompleteScan(f"The customer's orders could not be looked at: {error.sentence}") from error
    return {order.id: order for order in listed if carries(order, write.reference, options)}


def new_orders(reads: Reads, company_id: str, known: KnownOrders) -> Sequence[shapes.OrderShape]:
    """The customer's orders that are not known yet, from the whole list."""
    listed = reads.orders(company_id)
    for order in listed:
        owner = order.customer.customer_id if order.customer is not None else None
        if owner is not None and owner != company_id:
            raise Unreadable(
                f"FlexPortal's list of the orders of customer {company_id} holds order {order.id} of another one."
            )
    unknown = known.unknown([order.id for order in listed])
    return [order for order in listed if order.id in unknown]
