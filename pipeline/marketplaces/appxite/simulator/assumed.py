"""What no public source shows of AppXite: paths, field names and words, proposed in its style, all in this one place.

Known, and therefore not here, are `POST /orders/`, `POST /orders/operation`, `GET /orders/{orderId}`,
`POST /orders/cancel?orderitemid=`, `PUT /customers/{customerId}/approve`, the headers, the operations, `provision_*`.
Known of the fields below are `FormData` with its `ChargePeriod`, `Orderedaddons`, those of a subscription, and the
outer ones of a notification.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

TOKEN = "POST /oauth2/token"  # noqa: S105 - the name of a route
LIST_ORDERS = "GET /orders"
APPROVE_ORDER = "POST /orders/{orderId}/approve"
REJECT_ORDER = "POST /orders/{orderId}/reject"
LIST_CUSTOMERS = "GET /customers"
SHOW_CUSTOMER = "GET /customers/{customerId}"
LIST_CATALOGUES = "GET /catalogues"
SHOW_OFFER = "GET /offers/{offerId}"
PRICING_PLAN = "GET /offers/{offerId}/pricing-plan"
CALCULATE_PRICE = "POST /offers/{offerId}/calculate-price"
ORDER_PAYLOAD = "POST /offers/{offerId}/order-payload"
LIST_ADD_ONS = "GET /offers/{offerId}/addons"
LIST_SUBSCRIPTIONS = "GET /subscriptions"
SHOW_SUBSCRIPTION = "GET /subscriptions/{subscriptionId}"
SUBSCRIPTION_ADD_ONS = "GET /subscriptions/{subscriptionId}/addons"
UPDATE_SUBSCRIPTION = "PUT /subscriptions/{subscriptionId}"
VALIDATE_DOMAIN = "POST /microsoft/domains/validate"
CREATE_TENANT = "POST /microsoft/tenants"
SHOW_AGREEMENT = "GET /microsoft/agreement"
ACCEPT_AGREEMENT = "POST /microsoft/agreement"
WITHOUT_ORGANISATION = frozenset({LIST_CUSTOMERS, SHOW_CUSTOMER, "PUT /customers/{customerId}/approve"})
"""Routes that need no X-On-Behalf-Of: where it is looked up."""

PAGE, PAGE_SIZE = "pageNumber", "pageSize"
DEFAULT_SIZE, LARGEST_SIZE = 20, 100
GRANT = "client_credentials"

PENDING_APPROVAL = "pending_approval"
REJECTED = "rejected"
CANCELLED = "cancelled"
MIXED = "Completed with errors"
SIGNATURE = ("FirstName", "LastName", "Email", "DateAgreed")
"""Who accepted Microsoft's agreement, and when."""


@dataclass(frozen=True, slots=True)
class AskedItem:
    """An item of a request; what is missing or of the wrong type is empty."""

    id: str
    offer_id: str
    form: Json | None
    add_ons: tuple[tuple[str, int], ...] = ()
    operations: tuple[str, ...] = ()


def asked_items(body: Json) -> list[AskedItem]:
    return [_asked_item(item) for item in _list(body, "OrderItems") if isinstance(item, dict)]


def _asked_item(item: Json) -> AskedItem:
    form = item.get("FormData")
    add_ons = [one for one in _list(item, "Orderedaddons") if isinstance(one, dict)]
    return AskedItem(
        _text(item, "OrderItemId"),
        _text(item, "OfferId"),
        form if isinstance(form, dict) else None,
        tuple((_text(one, "AddonId"), _number(one, "Quantity")) for one in add_ons),
        tuple(str(one) for one in _list(item, "Operations")),
    )


def asked_order_id(body: Json) -> str:
    return _text(body, "OrderId")


def asked_form(body: Json) -> Json | None:
    form = body.get("FormData")
    return form if isinstance(form, dict) else None


def asked_domain(body: Json) -> str:
    return _text(body, "Domain")


def asked_quantity(body: Json) -> int:
    """0 where it is no whole number."""
    return _number(body, "Quantity")


def _text(content: Json, name: str) -> str:
    given = content.get(name)
    return given if isinstance(given, str) else ""


def _list(content: Json, name: str) -> list[Any]:
    given = content.get(name)
    return given if isinstance(given, list) else []


def _number(content: Json, name: str) -> int:
    given = content.get(name)
    return given if isinstance(given, int) and not isinstance(given, bool) else 0


def order(order_id: str, status: str | None, items: Sequence[Json]) -> Json:
    """Without a status it is a cart."""
    return _known({"OrderId": order_id, "OrderStatus": status, "OrderItems": list(items)})


def item(asked: AskedItem, status: str | None, operations: Sequence[str], subscription_id: str | None = None) -> Json:
    content = {
        "OrderItemId": asked.id,
        "OfferId": asked.offer_id,
        "Status": status,
        "FormData": asked.form,
        "Operations": list(operations),
        "Orderedaddons": [{"AddonId": add_on, "Quantity": number} for add_on, number in asked.add_ons] or None,
        "SubscriptionId": subscription_id,
    }
    return _known(content)


def payload(asked: AskedItem) -> Json:
    """An item as `POST /orders/` takes it, but for the id that the client makes."""
    return {"OrderItems": [{"OfferId": asked.offer_id, "FormData": asked.form}]}


def approval_links(order_id: str) -> Json:
    return {"Links": {"approve": f"/orders/{order_id}/approve", "reject": f"/orders/{order_id}/reject"}}


def without_order_id(content: Json) -> Json:
    return {name: value for name, value in content.items() if name != "OrderId"}


def something_else(content: Any, other_id: str, quantity_keys: frozenset[str]) -> Json:
    """An order of somebody's, with an item of another id and one more of it; else nothing that anybody would know."""
    if not isinstance(content, dict) or not content.get("OrderItems"):
        return {"Unexpected": True}
    items = []
    for given in content["OrderItems"]:
        more = {key: value + 1 for key, value in given.get("FormData", {}).items() if key in quantity_keys}
        items.append(given | {"OrderItemId": other_id, "FormData": given.get("FormData", {}) | more})
    return content | {"OrderItems": items}


def page(content: Sequence[Json], total: int, number: int, size: int) -> Json:
    return {"Items": list(content), "TotalCount": total, "PageNumber": number, "PageSize": size}


def customer(customer_id: str, name: str, email: str, state: str, external_id: str | None) -> Json:
    return _known({"Id": customer_id, "Name": name, "Email": email, "Status": state, "ExternalId": external_id})


def catalogue(catalogue_id: str, name: str, offers: Sequence[Json]) -> Json:
    return {"Id": catalogue_id, "Name": name, "Offers": list(offers)}


def offer(offer_id: str, name: str, vendor: str, *, manual: bool) -> Json:
    return {"Id": offer_id, "Name": name, "VendorName": vendor, "RequiresApproval": manual}


def plan(charge_period: Json, price: float, currency: str) -> Json:
    """`charge_period` is what belongs in the form data for this price."""
    return charge_period | {"price": price, "currency": currency}


def price(unit: float, quantity: int, total: float, currency: str) -> Json:
    return {"UnitPrice": unit, "Quantity": quantity, "Total": total, "Currency": currency}


def subscription(subscription_id: str, offer_id: str, quantity: int, state: str, limits: tuple[int, int]) -> Json:
    return {
        "Id": subscription_id,
        "OfferId": offer_id,
        "Quantity": quantity,
        "SubscriptionState": state,
        "MinAmount": limits[0],
        "MaxAmount": limits[1],
        "IsCpq": False,
    }


def add_on(add_on_id: str, name: str, quantity: int | None = None) -> Json:
    return _known({"Id": add_on_id, "Name": name, "Quantity": quantity})


def tenant(domain: str) -> Json:
    return {"Domain": domain}


def agreement(accepted: bool) -> Json:
    return {"Accepted": accepted}


def notification(audit_id: str, template: str, data: Json, items: Sequence[Json], prices: Sequence[Json]) -> Json:
    return {
        "Subject": None,
        "TemplateName": template,
        "TemplateData": data,
        "TemplateLoopData": list(items),
        "TemplateNestedLoopData": list(prices),
        "AuditId": audit_id,
    }


def notified_order(order_id: str, organisation_id: str, organisation: str, status: str) -> Json:
    return {
        "OrderId": order_id,
        "OrganizationId": organisation_id,
        "OrganizationName": organisation,
        "OrderStatus": status,
    }


def notified_item(item_id: str, offer_name: str, quantity: int) -> Json:
    return {"OrderItemId": item_id, "OfferName": offer_name, "Quantity": quantity}


def notified_price(item_id: str, unit: float, currency: str) -> Json:
    return {"OrderItemId": item_id, "UnitPrice": unit, "Currency": currency}


def error(status: int, message: str, details: Sequence[tuple[str, str]], shape: str) -> Json | str:
    """In one of the shapes that a client has to reckon with; `text` is no JSON at all."""
    whole = "; ".join([message, *(text for text, _ in details)])
    match shape:
        case "gateway":
            return {"statusCode": status, "message": whole}
        case "error_text":
            return {"error": whole}
        case "text":
            return whole
        case _:
            named = [{"message": text, "target": where} for text, where in details]
            return {"error": {"code": str(status), "message": message, "details": named}}


def token(access_token: str, lifetime: int) -> Json:
    return {"access_token": access_token, "expires_in": lifetime, "token_type": "Bearer"}


def no_token(why: str) -> Json:
    return {"error": why}


def _known(content: Mapping[str, Any]) -> Json:
    return {name: value for name, value in content.items() if value is not None}
