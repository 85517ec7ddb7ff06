"""What FlexPortal checks in a new order: first its fields, all faults at once; then one variant after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed
from pipeline.marketplaces.flexportal.simulator.knobs import Knobs
from pipeline.marketplaces.flexportal.simulator.problems import invalid, refused
from pipeline.marketplaces.flexportal.simulator.records import CUSTOMER_TYPES, ORDER_TYPES, Item, Json
from pipeline.marketplaces.flexportal.simulator.requests import text, whole
from pipeline.marketplaces.flexportal.simulator.state import State

PERSON_NEEDS = ("email", "firstName", "lastName")
ADDRESS_NEEDS = ("contactName", "streetAddress", "city", "country")
DETAILS = {"extension": assumed.EXTENSION_NEEDS, "upgrade": assumed.UPGRADE_NEEDS}
Fault = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order that may be made."""

    customer: Json
    billing: Json
    shipping: Json
    items: list[Item]
    order_type: str
    details: Json | None
    custom_fields: Json | None
    notes: str | None


def check(state: State, body: Json) -> Wanted:
    """Raises the first of VALIDATION_ERROR, VARIANT_NOT_FOUND, VARIANT_INACTIVE and INVALID_CONTRACT_LENGTH."""
    if wrong := [*_fields(body, state.knobs), *_items(body)]:
        raise invalid(wrong)
    kind = body.get("orderType") or "standard"
    return Wanted(
        body["customer"],
        body["billingAddress"],
        body.get("shippingAddress") or body["billingAddress"],
        [_item(state, item) for item in body["items"]],
        kind,
        body.get(f"{kind}Details"),
        body.get("customFields"),
        body.get("notes"),
    )


def _fields(body: Json, knobs: Knobs) -> Iterator[Fault]:
    kind = body.get("orderType") or "standard"
    if kind not in ORDER_TYPES:
        yield f"orderType must be one of {', '.join(ORDER_TYPES)}", "orderType"
    elif kind in DETAILS:
        yield from _lacking(body, f"{kind}Details", DETAILS[kind])
        yield from _months(body)
    yield from _person(body)
    yield from _address(body, "billingAddress", knobs)
    if body.get("shippingAddress") is not None:
        yield from _address(body, "shippingAddress", knobs)
    for name, type_ in (("customFields", dict), ("notes", str)):
        if not isinstance(body.get(name), type_ | None):
            yield f"{name} has the wrong type", name


def _lacking(body: Json, name: str, needed: tuple[str, ...]) -> Iterator[Fault]:
    given = body.get(name)
    if not isinstance(given, dict):
        yield f"{name} is required", name
        return
    for field in needed:
        if given.get(field) in (None, ""):
            yield f"{field} is required", f"{name}.{field}"


def _months(body: Json) -> Iterator[Fault]:
    given = body.get("extensionDetails")
    months = given.get("extensionMonths") if isinstance(given, dict) else None
    if months is not None and (whole(months) or 0) < 1:
        yield "extensionMonths must be a whole number above 0", "extensionDetails.extensionMonths"


def _person(body: Json) -> Iterator[Fault]:
    yield from _lacking(body, "customer", PERSON_NEEDS)
    given = body.get("customer")
    if not isinstance(given, dict):
        return
    if given.get("email") and "@" not in str(given["email"]):
        yield "email must be an e-mail address", "customer.email"
    if given.get("customerType") not in (None, *CUSTOMER_TYPES):
        yield f"customerType must be one of {', '.join(CUSTOMER_TYPES)}", "customer.customerType"


def _address(body: Json, name: str, knobs: Knobs) -> Iterator[Fault]:
    yield from _lacking(body, name, ADDRESS_NEEDS)
    given = body.get(name)
    country = text(given.get("country")) if isinstance(given, dict) else None
    if country and knobs.country_codes == "refused" and assumed.looks_like_a_code(country):
        yield "country must be the name of a country", f"{name}.country"


def _items(body: Json) -> Iterator[Fault]:
    given = body.get("items")
    if not isinstance(given, list) or not given:
        yield "items must hold at least one item", "items"
        return
    for nth, item in enumerate(given):
        yield from _one_item(item if isinstance(item, dict) else {}, f"items.{nth}")


def _one_item(item: Json, where: str) -> Iterator[Fault]:
    if text(item.get("sku")) is None:
        yield "sku is required", f"{where}.sku"
    if (whole(item.get("quantity")) or 0) < 1:
        yield "quantity must be a whole number above 0", f"{where}.quantity"
    length: Any = item.get("contractLength")
    if length is not None and (isinstance(length, bool) or not isinstance(length, int | float)):
        yield "contractLength must be a number", f"{where}.contractLength"


def _item(state: State, given: Json) -> Item:
    sku, offer = given["sku"], state.offer(given["sku"])
    if offer is None:
        raise refused("VARIANT_NOT_FOUND", f"Variant with SKU {sku} not found")
    product, variant = offer
    if variant.status != "active":
        raise refused("VARIANT_INACTIVE", f"Variant with SKU {sku} is not active")
    asked = given.get("contractLength")
    length = assumed.contract_length_left_out(variant) if asked is None else asked
    price = variant.price(length)
    if price is None:
        lengths = ", ".join(str(one.contract_length) for one in variant.prices)
        raise refused("INVALID_CONTRACT_LENGTH", f"Contract length {length} is not available for {sku}: {lengths}")
    return Item(sku, product.name, int(given["quantity"]), price.contract_length, assumed.monthly(price))
