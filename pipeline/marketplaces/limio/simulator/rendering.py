"""Records as the public pages show them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pipeline.marketplaces.limio.simulator.assumed import (
    attributes,
    instant,
    known,
    order_word,
    reference_of,
    subscription_data,
)
from pipeline.marketplaces.limio.simulator.knobs import Knobs
from pipeline.marketplaces.limio.simulator.offers import Offer
from pipeline.marketplaces.limio.simulator.records import Order, Subscription

Json = dict[str, Any]


def answer(order: Order, knobs: Knobs, now: datetime) -> Json:
    """What a submission is told: each field optional."""
    content = known(
        {
            "id": order.id,
            "order_reference": order.reference,
            "status": order_word(order, knobs, now),
            "external_id": order.external_id,
            "subscriptionReference": reference_of(order, now),
            "owner": order.customer.owner,
        }
    )
    shown = {name: content[name] for name in knobs.answer_fields if name in content}
    return shown | {"mode": "production"} if knobs.unknown_fields else shown


def subscription_row(record: Subscription, now: datetime) -> Json:
    """`ref` begins with the id of the order that made it."""
    changed = [at for at, _ in record.steps if at <= now]
    return {
        "name": record.reference,
        "start": record.created.date().isoformat(),
        "status": record.status(now),
        "record_type": "subscription",
        "owner": record.customer.owner,
        "customer": record.customer.id,
        "id": record.id,
        "service": "limio",
        "ref": f"{record.order_id}/{UUID(hex=record.id.removeprefix('sub-'))}",
        "created": instant(record.created),
        "updated": instant(max([record.created, *changed])),
        "reference": record.reference,
        "mode": "production",
    }


def subscription(record: Subscription, now: datetime) -> Json:
    return subscription_row(record, now) | {"data": subscription_data(record, now)}


def offer(record: Offer) -> Json:
    return {
        "id": record.id,
        "version": record.version,
        "name": record.name,
        "path": record.path,
        "record_type": record.kind,
        "data": {"record_type": record.kind, "version": record.version, "attributes": attributes(record)},
    }
