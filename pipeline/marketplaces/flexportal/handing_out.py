"""
The write that hands out a device, a new subscription: what it asks, and when an answer proves that it was done.

A subscription is of one device, so its serial number and its order together tell whether it is the one that was asked.
"""

from __future__ import annotations

import json

from pipeline.domain.catalogue import Verdict
from pipeline.domain.claim import AllocateUnit
from pipeline.marketplaces.flexportal import assumed, paths, shapes
from pipeline.marketplaces.flexportal.allocation import item_of
from pipeline.marketplaces.flexportal.lists import ANSWERS
from pipeline.marketplaces.flexportal.options import Options, SubscriptionForm
from pipeline.marketplaces.meaning import NotWhatWasSent
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Ask, Reply

_FORMS = {
    SubscriptionForm.SCHEMA: assumed.subscription,
    SubscriptionForm.EXAMPLE: assumed.subscription_of_the_example,
}


def asked(write: AllocateUnit, options: Options) -> Ask:
    """Raises ValueError for a write of which nobody can tell the item."""
    form = _FORMS[options.subscription_form]
    content = form(write.order_id, write.company_id, write.unit, item_of(write).place)
    return Ask("POST", paths.SUBSCRIPTIONS, json.dumps(content, separators=(",", ":")).encode())


def accepted(write: AllocateUnit, reply: Reply) -> str:
    """The id of the subscription that was made. Raises NotWhatWasSent."""
    got = ANSWERS.made(shapes.RENTED.validate_python, reply)
    rental = got.rental
    name = scrub(rental.id)
    if got.rental_id is not None and got.rental_id != rental.id:
        raise NotWhatWasSent(f"FlexPortal answered with two subscriptions, {scrub(got.rental_id)} and {name}.")
    if got.success is False:
        raise NotWhatWasSent(f"FlexPortal answered with subscription {name}, and that it was no success.")
    if wrong := _difference(write, rental):
        raise NotWhatWasSent(f"FlexPortal answered with subscription {name}, which {wrong}.")
    return rental.id


def made(write: AllocateUnit, rental: shapes.RentalShape) -> bool:
    """Whether this is what the write was to make, and still is: one that has ended hands out nothing."""
    same = rental.order_id == write.order_id and assumed.serial_number(rental) == write.unit
    return same and not _has_ended(rental)


def _has_ended(rental: shapes.RentalShape) -> bool:
    return assumed.RENTALS.get(rental.status or "") is Verdict.FAILED


def _difference(write: AllocateUnit, rental: shapes.RentalShape) -> str:
    """What of the subscription is not what was asked, as the end of a sentence."""
    serial, sku = assumed.serial_number(rental), item_of(write).sku
    if serial != write.unit:
        return f"is of the device {scrub(serial) or 'without a serial number'} and not of {write.unit}"
    if rental.order_id != write.order_id:
        return f"is of order {scrub(rental.order_id or '') or 'without an id'} and not of {write.order_id}"
    if rental.customer_id != write.company_id:
        return "is another customer's"
    if rental.sku is not None and rental.sku.casefold() != sku.casefold():
        return f"is of the SKU {scrub(rental.sku)} and not of {sku}"
    return f"is {rental.status}" if _has_ended(rental) else ""
