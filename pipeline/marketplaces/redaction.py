"""
What of an exchange may be kept: no secret, no personal data, a few kilobytes.

Bodies go by a list of what may be shown, so a field that nobody thought of is masked. Sentences of the marketplace can
hold anything, so e-mail addresses, phone numbers, tokens and the values that we sent ourselves are taken out of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

MASK = "•••"
MOST_CHARACTERS = 4096
_MOST_ITEMS = 20
_DEPTH = 8
SHORTEST_HIDDEN = 4

_EMAIL = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+")
_TOKEN = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+")
_LONG_SECRET = re.compile(r"\b(?:eyJ[\w.-]{10,}|(?=[A-Za-z_-]*\d)[A-Za-z0-9_]{40,})")
_ASSIGNED = re.compile(
    r"(?i)\b(client_secret|client_id|access_token|password|secret|token)(\"?\s*[=:]\s*\"?)[^\s\"&,}]+"
)
_PHONE = re.compile(r"(?<![\w-])\+?\(?\d[\d\s().-]{6,}\d(?![\w-])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

SHOWN = frozenset(
    {
        "amount", "amountWithoutTax", "assetSerialNumber", "billingTerm", "chargeType", "checkoutId", "code",
        "commitmentTerm", "commitmentTermId", "commitmentTermInMonths", "companyId", "completed",
        "contractLength", "count", "created", "createdDate", "currency", "currencyCode", "customerId",
        "endDate", "endQuantityRange", "externalId", "externalOrderId", "external_id", "hasMore", "hits", "id",
        "isScheduled", "key", "limit", "lineItemNumber", "monthlyPrice", "name", "nextCursor", "number",
        "orderApprovalRequired", "orderId", "orderItemIndex", "orderType", "order_reference", "order_type",
        "orderedBy", "originalOrderId", "parentLineItemNumber", "parentSubscriptionId", "partnerBuyRate",
        "partnerCost", "path", "previousRentalId", "primary", "productId", "productName", "quantity",
        "record_type", "reference", "rentalId", "rentalStatus", "rentedDevices", "requiresCommitment",
        "serialNumber", "size", "sku", "startDate", "startQuantityRange", "status", "subscriptionId",
        "subscriptionReference", "subtotal", "taxAmount", "term", "total", "totalDevices", "totalElements",
        "totalPages", "type", "unitPrice", "updated", "updatedDate", "valueType", "variantSku", "vendorName",
        "vendorSku", "version", "Id", "OfferId", "OrderId", "OrderItemId", "OrderStatus", "PageNumber",
        "PageSize", "Quantity", "Status", "SubscriptionState", "TotalCount", "offerId", "offerRulePricingId",
        "price", "pricingFrequency",
    }
)  # fmt: skip
_OF_A_LIST = frozenset({"items", "hits", "header", "queryMore"})
"""The keys of a page of Limio's, beside which `items` are things that were listed, not what somebody ordered."""
_SPOKEN = frozenset({"message", "error", "error_description", "detail", "title", "instance"})


def scrub(text: str, hidden: Iterable[str] = ()) -> str:
    """A sentence without e-mail addresses, phone numbers, tokens and the `hidden` values, on one line."""
    for value in sorted(hidden, key=len, reverse=True):
        if len(value) >= SHORTEST_HIDDEN and value in text:
            text = text.replace(value, MASK)
    text = _CONTROL.sub(" ", text)
    if "@" in text:
        text = _EMAIL.sub(MASK, text)
    text = _TOKEN.sub(rf"\1 {MASK}", text)
    text = _ASSIGNED.sub(rf"\1\2{MASK}", text)
    text = _LONG_SECRET.sub(MASK, text)
    return _PHONE.sub(_masked_phone, text)


def _masked_phone(found: re.Match[str]) -> str:
    """Dates and times look like phone numbers too and say nothing about a person."""
    text = found.group()
    return text if re.match(r"\d{4}-\d\d-\d\d(\D|$)", text) else MASK


def redacted(content: Any, hidden: Iterable[str] = ()) -> str:
    """A JSON body for the journal. Of a list of things only their number is kept."""
    if isinstance(content, dict) and isinstance(content.get("content"), list):
        kept: Any = {"content": f"{len(content['content'])} items"}
        if isinstance(page := content.get("page"), dict):
            kept["page"] = _masked(page, hidden, 1)
    elif isinstance(content, dict) and isinstance(content.get("items"), list) and content.keys() <= _OF_A_LIST:
        kept = {**_masked(content | {"items": None}, hidden, 1), "items": f"{len(content['items'])} items"}
    elif isinstance(content, dict) and isinstance(content.get("Items"), list):
        kept = {**_masked(content | {"Items": None}, hidden, 1), "Items": f"{len(content['Items'])} items"}
    else:
        kept = _masked(content, hidden, 0)
    return cut(json.dumps(kept, ensure_ascii=False, separators=(",", ":")))


def redacted_bytes(body: bytes | None, hidden: Iterable[str] = ()) -> str | None:
    """The same for a body as sent or received; of one that is no JSON, its scrubbed beginning."""
    if not body:
        return None
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return beginning(body, hidden)
    return redacted(content, hidden)


def beginning(body: bytes, hidden: Iterable[str] = (), characters: int = 200) -> str:
    """The first safe characters of a body that could not be read."""
    return scrub(body[: characters * 4].decode("utf-8", "replace"), hidden).strip()[:characters]


def cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _masked(value: Any, hidden: Iterable[str], depth: int) -> Any:
    if isinstance(value, dict):
        if depth >= _DEPTH:
            return MASK
        return {_name(key): _field(key, item, hidden, depth) for key, item in value.items()}
    if isinstance(value, list):
        kept = [_masked(item, hidden, depth + 1) for item in value[:_MOST_ITEMS]] if depth < _DEPTH else [MASK]
        return kept if len(value) <= _MOST_ITEMS else [*kept, f"and {len(value) - _MOST_ITEMS} more"]
    return MASK if value is not None and not isinstance(value, bool) else value


def _name(key: str) -> str:
    """A key is the contract's word; one that is not may be somebody's datum."""
    return key if len(key) <= 60 and "@" not in key else MASK


def _field(key: str, value: Any, hidden: Iterable[str], depth: int) -> Any:
    if isinstance(value, dict | list):
        return _masked(value, hidden, depth + 1)
    if key in _SPOKEN and isinstance(value, str):
        return scrub(value, hidden)
    if key in SHOWN and isinstance(value, str):
        return MASK if any(len(one) >= SHORTEST_HIDDEN and one in value for one in hidden) else value
    if key in SHOWN:
        return str(value) if isinstance(value, Decimal) else value
    return MASK if value is not None and not isinstance(value, bool) else value
