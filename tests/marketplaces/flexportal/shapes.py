"""Facts of FlexPortal's published contract, restated: what answers must look like, route by route."""

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
INSTANT: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"}


def thing(required: str, **properties: Schema) -> Schema:
    """An object; names in `required` are separated by spaces."""
    return {"type": "object", "required": required.split(), "properties": properties}


def some(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def page(resource: str, of: Schema) -> Schema:
    paging = {
        "count": WHOLE,
        "limit": WHOLE,
        "hasMore": {"type": "boolean"},
        "nextCursor": {"type": ["string", "null"]},
    }
    schema = thing(f"{resource} count limit hasMore nextCursor", **paging)
    schema["properties"][resource] = some(of)
    return schema


PERSON = thing("customerId email firstName lastName customerType", customerType={"enum": ["individual", "business"]})
ITEM = thing(
    "sku productName quantity unitPrice contractLength rentalIds rentalStatus",
    quantity=WHOLE,
    unitPrice=NUMBER,
    contractLength=NUMBER,
    rentalIds=some(TEXT),
    rentalStatus={"enum": ["pending", "partial", "completed"]},
)
ORDER = thing(
    "orderId tenantId status orderType customer billingAddress shippingAddress items totals payment customFields "
    "rentalProgress rentalIds createdAt",
    status={"enum": ["pending", "confirmed", "partial", "fulfilled", "cancelled"]},
    orderType={"enum": ["standard", "extension", "upgrade"]},
    customer=PERSON,
    items=some(ITEM),
    totals=thing("subtotal taxAmount total currency totalDevices", total=NUMBER, totalDevices=WHOLE),
    payment=thing(
        "status method", status={"enum": ["pending", "paid", "failed"]}, method={"enum": ["stripe", "manual"]}
    ),
    rentalProgress=thing("totalDevices rentedDevices"),
    rentalIds=some(TEXT),
    createdAt=INSTANT,
)
RENTAL = thing(
    "rentalId tenantId assetSerialNumber customerId sku productName monthlyAmount currency status contractLength "
    "originalContractLength startDate endDate orderId customerEmail customerName createdAt",
    status={"enum": ["active", "cancelled", "ended_completed", "ended_buyout", "ended_upgrade", "ended_early_return"]},
    monthlyAmount=NUMBER,
    startDate=INSTANT,
)
VARIANT = thing(
    "variantSku variantName productId productSku grade pricing status",
    pricing=some(thing("contractLength monthlyPrice setupFee", contractLength=WHOLE, monthlyPrice=NUMBER)),
    status={"enum": ["active", "inactive"]},
)
PRODUCT = thing("productId productSku name brand category status variants", variants=some(VARIANT))
CUSTOMER = thing("customerId email firstName lastName customerType status totalOrders orderIds rentalIds createdAt")
ASSET = thing(
    "serialNumber sku productName status createdAt",
    status={"enum": ["available", "rented_out", "returned", "sold", "unavailable"]},
)
DONE = thing("success message", success={"const": True})
ERROR = thing("error", error=thing("code message", code=TEXT, message=TEXT, details=some(thing("path message code"))))

ANSWERS: dict[str, Schema] = {
    "GET /v1/orders": page("orders", ORDER),
    "POST /v1/orders": thing("success message orderId order", success={"const": True}, order=ORDER),
    "GET /v1/orders/{orderId}": ORDER,
    "PATCH /v1/orders/{orderId}/notes": DONE,
    "POST /v1/orders/{orderId}/cancel": thing("success message orderId"),
    "GET /v1/subscriptions": page("rentals", RENTAL),
    "POST /v1/subscriptions": thing("success message rentalId rental", success={"const": True}, rental=RENTAL),
    "GET /v1/subscriptions/{subscriptionId}": RENTAL,
    "POST /v1/subscriptions/{subscriptionId}/cancel": thing("success rentalId previousStatus cancelledAt message"),
    "POST /v1/subscriptions/{subscriptionId}/extend": thing("success oldEndDate newEndDate newContractLength message"),
    "POST /v1/subscriptions/{subscriptionId}/upgrade": thing(
        "success oldRentalId newRentalId newMonthlyAmount message"
    ),
    "POST /v1/subscriptions/{subscriptionId}/replace": thing("success rentalId oldSerialNumber newSerialNumber reason"),
    "POST /v1/subscriptions/{subscriptionId}/buyout": thing("success rentalId buyoutPrice currency effectiveDate"),
    "GET /v1/products": page("products", PRODUCT),
    "GET /v1/products/variants": page("variants", VARIANT),
    "GET /v1/products/{productId}": PRODUCT,
    "GET /v1/customers": page("customers", CUSTOMER),
    "GET /v1/customers/{customerId}": CUSTOMER,
    "GET /v1/assets": page("assets", ASSET),
    "GET /v1/assets/{serialNumber}": ASSET,
}
