"""All that the simulated Limio says and no public page does: paths, words and shapes that a real account may correct.

How a preview reads is chosen by knob, and stands in `previews`.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.limio.simulator.knobs import Knobs
from pipeline.marketplaces.limio.simulator.offers import Offer
from pipeline.marketplaces.limio.simulator.records import Account, Basket, Customer, Item, Order, Process, Subscription

Json = dict[str, Any]

CHECKOUT = "/api/partner/checkout"
BASKET = "/api/partner/checkout/{basketId}"
INVOICES = "/api/partner/invoices"

NEW, CHANGE_OFFER, UPDATE, CANCEL = "new", "change_offer", "update_subscription", "cancel"
ADDRESS, PAYMENT = "address", "payment"
ORDER_TYPES = (NEW, CHANGE_OFFER, UPDATE, CANCEL, ADDRESS, PAYMENT)
PURCHASES = frozenset({NEW, CHANGE_OFFER, UPDATE})
"""Order types that cost money."""
FOR_SUBSCRIPTION = "forSubscription"
"""`{"id": "sub-..."}` in an order that changes something."""

QUEUED, RUNNING, COMPLETE, FAILED = "pending", "processing", "complete", "failed"
INITIAL = "initial"
PROCESS_RUNNING, PROCESS_DONE, PROCESS_FAILED = "running", "complete", "error"

LANDING_COOKIE = "limio-landing-state"
RECAPTCHA = "x-limio-recaptcha"

MISSING_SCOPE = 403
WRONG_CLIENT = 401
INELIGIBLE = 400
LOCKED = 423
PAYMENT_KINDS = ("invoice", "token")
"""`{"type": "invoice"}`, or `{"type": "token", "token": "..."}`; a card's own data never."""

LIST_LIMIT, LARGEST_LIMIT = 50, 100


def instant(moment: datetime) -> str:
    """`2024-03-22T12:13:29.718Z`, as documented samples have it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def order_word(order: Order, knobs: Knobs, now: datetime) -> str:
    word = order.status(now)
    return knobs.order_words.get(word, word)


def order_row(order: Order, knobs: Knobs, now: datetime) -> Json:
    """The summary that a list shows."""
    changed = [at for at, _ in order.steps if at <= now]
    row = {
        "id": order.id,
        "name": order.reference,
        "reference": order.reference,
        "record_type": "order",
        "service": "limio",
        "status": order_word(order, knobs, now),
        "owner": order.customer.owner,
        "customer": order.customer.id,
        "created": instant(order.created),
        "updated": instant(max([order.created, *changed])),
        "mode": "production",
    }
    if knobs.list_shows_external_id and order.external_id is not None:
        row["external_id"] = order.external_id
    return row


def order_object(order: Order, knobs: Knobs, now: datetime) -> Json:
    """The order itself: what was echoed when it was made, and what was asked for under `data`."""
    given = {
        "external_id": order.external_id,
        "subscriptionReference": reference_of(order, now),
    }
    asked = {
        "order_type": order.kind,
        "checkoutId": order.checkout_id,
        "country": order.country,
        "source": order.source,
        "partner": order.partner,
        FOR_SUBSCRIPTION: {"id": order.subscription.id} if order.subscription and order.kind != NEW else None,
    }
    items = [item_object(item) for item in order.items]
    details = {"email": order.customer.email, "company": order.customer.company}
    data = {**known(asked), "orderItems": items, "customerDetails": details}
    return order_row(order, knobs, now) | known(given) | {"order_reference": order.reference, "data": data}


def reference_of(order: Order, now: datetime) -> str | None:
    made = order.subscription
    return made.reference if made is not None and made.created <= now else None


def process_status(process: Process, now: datetime) -> str:
    if process.ends is None or now < process.ends:
        return PROCESS_RUNNING
    return PROCESS_FAILED if process.failure else PROCESS_DONE


def process_row(process: Process, now: datetime) -> Json:
    return {
        "id": process.id,
        "name": process.plugin,
        "record_type": "process",
        "service": "limio",
        "status": process_status(process, now),
        "ref": process.order_id,
        "created": instant(process.begins),
        "updated": instant(process.begins if process.ends is None or now < process.ends else process.ends),
    }


def process_object(process: Process, now: datetime) -> Json:
    content = process_row(process, now)
    data: Json = {"plugin": process.plugin, "critical": process.critical, "order": process.order_id}
    if content["status"] == PROCESS_FAILED:
        data["error"] = {"message": process.failure}
    return content | {"data": data}


def customer_object(customer: Customer) -> Json:
    return {
        "id": customer.id,
        "name": customer.company or f"{customer.first_name} {customer.last_name}",
        "record_type": "customer",
        "service": "limio",
        "status": "active",
        "owner": customer.owner,
        "created": instant(customer.created),
        "data": {
            "email": customer.email,
            "firstName": customer.first_name,
            "lastName": customer.last_name,
            "company": customer.company,
        },
    }


def subscription_data(record: Subscription, now: datetime) -> Json:
    items = record.items(now)
    return {
        "orderItems": [item_object(item) for item in items],
        "price": {"amount": str(sum((item.amount for item in items), Decimal()))},
    }


def entitlement_object(record: Subscription, now: datetime) -> Json:
    return {
        "id": record.id.replace("sub-", "ent-"),
        "record_type": "user_entitlement",
        "service": "limio",
        "status": record.status(now),
        "owner": record.customer.owner,
        "customer": record.customer.id,
        "ref": record.id,
        "created": instant(record.created),
        "updated": instant(now),
    }


def item_object(item: Item) -> Json:
    return {"offer": {"id": item.offer_id, "version": item.version}, "quantity": item.quantity}


def account_object(record: Account) -> Json:
    """What a plug-in made in another service."""
    return {
        "id": record.id,
        "name": record.id,
        "record_type": record.kind.removesuffix("s"),
        "service": record.service,
        "ref": record.order_id,
        "customer": record.customer_id,
        "created": instant(record.created),
    }


def invoice_object(billed: Account, order: Order) -> Json:
    amount = sum((item.amount for item in order.items), Decimal())
    return {
        "id": billed.id.replace("zuora-", "inv-"),
        "customer": billed.customer_id,
        "amount": str(amount),
        "created": instant(billed.created),
    }


def attributes(record: Offer) -> Json:
    """An offer's; only the names of the price and of the display name are public."""
    price = {"value": str(record.price), "currencyCode": record.currency, "repeat_interval_type": record.interval}
    return known(
        {
            "display_name__limio": record.name,
            "price__limio": [price],
            "sales_channel__limio": list(record.sales_channels),
            "eligible_partners__limio": None if record.partners is None else list(record.partners),
            "countries__limio": None if record.countries is None else list(record.countries),
            "requires__limio": list(record.needs) or None,
            "max_quantity__limio": record.most,
        }
    )


def basket_object(basket: Basket, knobs: Knobs, now: datetime) -> Json:
    done = basket.completed_at
    return {
        "id": basket.id,
        "created": instant(basket.created),
        "completed": done is not None and done + knobs.basket_lag <= now,
        "order": basket.order | {"checkoutId": basket.id},
    }


def known(content: Json) -> Json:
    return {key: value for key, value in content.items() if value is not None}
