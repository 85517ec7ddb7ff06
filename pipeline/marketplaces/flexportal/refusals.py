"""FlexPortal's refusals as sentences that somebody can act on: its code, its words, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pipeline.marketplaces.flexportal.assumed import DETAIL_KEYS
from pipeline.marketplaces.redaction import scrub
from pipeline.marketplaces.reply import Reply, details

VARIANT_NOT_FOUND = "VARIANT_NOT_FOUND"
VARIANT_INACTIVE = "VARIANT_INACTIVE"
INVALID_CONTRACT_LENGTH = "INVALID_CONTRACT_LENGTH"
VALIDATION_ERROR = "VALIDATION_ERROR"
ASSET_NOT_AVAILABLE = "ASSET_NOT_AVAILABLE"
ITEM_FULLY_FULFILLED = "ITEM_FULLY_FULFILLED"
ALREADY_CANCELLED = "ALREADY_CANCELLED"
ORDER_NOT_CANCELLABLE = "ORDER_NOT_CANCELLABLE"
ADVICE: Mapping[str, str] = {
    VARIANT_NOT_FOUND: "FlexPortal has no such SKU. Compare it with the products in its dashboard",
    VARIANT_INACTIVE: "it is deactivated at FlexPortal. Activate it in the dashboard, or order another SKU",
    INVALID_CONTRACT_LENGTH: "FlexPortal does not offer this contract length for it. Take one that it offers",
    VALIDATION_ERROR: "a field is missing, or FlexPortal does not take what is in it",
    "INSUFFICIENT_PERMISSIONS": "the API key lacks a permission. Give it to the key in the dashboard",
    ORDER_NOT_CANCELLABLE: "FlexPortal cancels an order only while it is pending or confirmed",
    "NO_TENANT_ACCESS": "check the key, the tenant, and the region in the address: each region has tenants of its own",
}
OF_DEVICES: Mapping[str, str] = {
    ASSET_NOT_AVAILABLE: "somebody else has the device now, another one is taken. If it comes again, look at it there",
    ITEM_FULLY_FULFILLED: "the order has all its devices of this SKU, so none is handed out beside them",
    "ASSET_NOT_FOUND": "FlexPortal has no such device any more, another one is taken. If it comes again, look there",
    "SKU_MISMATCH": "the device is not of the SKU that was ordered. Put the device's SKU right in the dashboard",
    "ORDER_NOT_CONFIRMED": "somebody has to confirm the order in the dashboard. It goes on by itself then",
    "ORDER_NOT_FOUND": "FlexPortal does not know the order. Compare the tenant and the region with those of then",
}
"""Why a device was not handed out. Each says that nothing was done, whatever the status it comes with."""
PERHAPS_DONE = frozenset({ASSET_NOT_AVAILABLE, ITEM_FULLY_FULFILLED})
"""What is also said of a device that was handed out before, for the same order."""
_REFUSING = frozenset({400, 404, 409, 422})
_MOST_CHARACTERS = 500


def told(reply: Reply) -> tuple[str, ...]:
    """What a refusal says, safe to show; its beginning where it is in no form that is known."""
    error = _error(reply)
    code, message = error.get("code"), error.get("message")
    if not isinstance(code, str):
        return reply.words() or (reply.shape(),)
    named = [_detail(part) for part in details({"error": error})]
    sentence = f"{code}: {message}" if isinstance(message, str) and message.strip() else code
    if advice := ADVICE.get(code) or OF_DEVICES.get(code):
        sentence = f"{sentence.rstrip('.')}: {advice}"
    return tuple(scrub(text, reply.hidden)[:_MOST_CHARACTERS] for text in (sentence, *named) if text)


def of_a_device(reply: Reply) -> str:
    """The code of a refusal to hand out a device; empty where the answer is none that is known."""
    return _code_among(reply, OF_DEVICES.keys())


def of_a_cancellation(reply: Reply) -> str:
    """The code of a refusal to cancel an order; empty where the answer is none that is known."""
    return _code_among(reply, {ALREADY_CANCELLED, ORDER_NOT_CANCELLABLE})


def _code_among(reply: Reply, known: Collection[str]) -> str:
    code = _error(reply).get("code") if reply.status in _REFUSING else None
    return code if isinstance(code, str) and code in known else ""


def named_fields(reply: Reply) -> tuple[str, ...]:
    """The fields that a quote can answer among those that the refusal names."""
    paths = [part.get("path") for part in details({"error": _error(reply)}) if isinstance(part, Mapping)]
    keys = [path.rpartition(".")[2] for path in paths if isinstance(path, str)]
    return tuple(dict.fromkeys(key for key in keys if key in DETAIL_KEYS))


def _error(reply: Reply) -> Mapping[str, Any]:
    try:
        content = reply.content()
    except ValueError:
        return {}
    error = content.get("error") if isinstance(content, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _detail(part: Any) -> str:
    if not isinstance(part, Mapping):
        return part.strip() if isinstance(part, str) else ""
    path, message = part.get("path"), part.get("message")
    return ": ".join(text for text in (path, message) if isinstance(text, str) and text)
