"""Facts of Pax8's published contract, restated: what answers must look like, route by route.

Response schemas leave unknown fields alone, as a client has to. Known differences of production are written in where
they replace what the contract says: `commitment` beside a subscription, `Pax8Partner` read back.
"""

from typing import Any

Schema = dict[str, Any]

UUID: Schema = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
INSTANT: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{2}:?\d{2}|Z)$"}
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
YES_OR_NO: Schema = {"type": "boolean"}

BILLING_TERM: Schema = {"enum": ["Monthly", "Annual", "2-Year", "3-Year", "One-Time", "Trial", "Activation"]}
COMPANY_STATUS: Schema = {"enum": ["Active", "Inactive", "Deleted"]}
CONTACT_TYPE: Schema = {"enum": ["Admin", "Billing", "Technical"]}
PRICE_TYPE: Schema = {"enum": ["Flat", "Volume", "Tiered", "Mark-Up"]}
CHARGE_TYPE: Schema = {"enum": ["Per Unit", "Flat Rate"]}
VALUE_TYPE: Schema = {"enum": ["Input", "Single-Value", "Multi-Value"]}
ORDERED_BY: Schema = {"enum": ["Pax8 Partner", "Pax8Partner", "Customer", "Pax8"]}
SUBSCRIPTION_STATUS: Schema = {
    "enum": [
        "Active",
        "Cancelled",
        "PendingManual",
        "PendingAutomated",
        "PendingCancel",
        "WaitingForDetails",
        "Trial",
        "Converted",
        "PendingActivation",
        "Activated",
    ]
}


def thing(required: str, forbidden: str = "", **properties: Schema) -> Schema:
    """An object; names in `required` and `forbidden` are separated by spaces."""
    schema: Schema = {"type": "object", "required": required.split(), "properties": dict(properties)}
    if forbidden:
        schema["not"] = {"anyOf": [{"required": [name]} for name in forbidden.split()]}
    return schema


def some(item: Schema) -> Schema:
    return {"type": "array", "items": item}


COUNTERS = thing(
    "size totalElements totalPages number",
    size={"type": "integer", "minimum": 1, "maximum": 200},
    totalElements={"type": "integer"},
    totalPages={"type": "integer"},
    number={"type": "integer", "minimum": 0},
)


def page_of(item: Schema) -> Schema:
    return thing("content page", "totalPages totalElements size number", content=some(item), page=COUNTERS)


def whole_list_of(item: Schema) -> Schema:
    return thing("content", "page", content=some(item))


ADDRESS = thing(
    "",
    street=TEXT,
    street2=TEXT,
    city=TEXT,
    stateOrProvince=TEXT,
    postalCode=TEXT,
    country={"type": "string", "pattern": "^[A-Z]{2}$"},
)
COMPANY = thing(
    "id name address website status billOnBehalfOfEnabled updatedDate",
    "contacts",
    id=UUID,
    name=TEXT,
    address=ADDRESS,
    phone=TEXT,
    website=TEXT,
    externalId=TEXT,
    billOnBehalfOfEnabled=YES_OR_NO,
    selfServiceAllowed=YES_OR_NO,
    orderApprovalRequired=YES_OR_NO,
    status=COMPANY_STATUS,
    updatedDate=INSTANT,
)
CONTACT = thing(
    "id firstName lastName email phone types createdDate",
    id=UUID,
    firstName=TEXT,
    lastName=TEXT,
    email=TEXT,
    phone=TEXT,
    createdDate=TEXT,
    types=some(thing("type primary", type=CONTACT_TYPE, primary=YES_OR_NO)),
)
PRODUCT = thing(
    "id name vendorName requiresCommitment",
    id=UUID,
    name=TEXT,
    vendorName=TEXT,
    shortDescription=TEXT,
    sku=TEXT,
    vendorSku=TEXT,
    requiresCommitment=YES_OR_NO,
)
PRODUCT_DETAIL = PRODUCT | {"required": [*PRODUCT["required"], "description"]}
BOUND: Schema = {"type": ["number", "null"]}
RATE = thing(
    "partnerBuyRate suggestedRetailPrice chargeType",
    partnerBuyRate=NUMBER,
    suggestedRetailPrice=NUMBER,
    startQuantityRange=BOUND,
    endQuantityRange=BOUND,
    chargeType=CHARGE_TYPE,
)
PRICING = thing(
    "productId productName billingTerm type rates",
    "currency currencyCode",
    productId=UUID,
    productName=TEXT,
    billingTerm=BILLING_TERM,
    commitmentTerm=TEXT,
    commitmentTermInMonths=NUMBER,
    type=PRICE_TYPE,
    unitOfMeasurement=TEXT,
    rates=some(RATE),
)
COMMITMENT = thing(
    "id term",
    id=UUID,
    term=TEXT,
    autoRenew=YES_OR_NO,
    renewalWindowDaysBeforeTermEnd=NUMBER,
    renewalWindowDaysAfterTermEnd=NUMBER,
    allowForQuantityIncrease=YES_OR_NO,
    allowForQuantityDecrease=YES_OR_NO,
    allowForEarlyCancellation=YES_OR_NO,
    cancellationFeeApplied=YES_OR_NO,
    isTransferable=YES_OR_NO,
)
DEPENDENCIES = thing(
    "commitmentDependencies productDependencies",
    "page content",
    commitmentDependencies=some(COMMITMENT),
    productDependencies=some(thing("name products", name=TEXT, products=some(PRODUCT))),
)
PROVISION_FIELD = thing(
    "label key valueType possibleValues",
    "required values",
    label=TEXT,
    key=TEXT,
    description=TEXT,
    valueType=VALUE_TYPE,
    possibleValues={"type": ["array", "null"], "items": TEXT},
)
ORDER_LINE = thing(
    "id productId billingTerm quantity",
    "lineItemNumber parentSubscriptionId parentLineItemNumber provisioningDetails",
    id=UUID,
    productId=UUID,
    subscriptionId={"anyOf": [UUID, {"type": "null"}]},
    commitmentTermId=UUID,
    provisionStartDate=INSTANT,
    billingTerm=BILLING_TERM,
    quantity={"type": "integer"},
)
ORDER = thing(
    "id companyId createdDate isScheduled lineItems",
    "status",
    id=UUID,
    companyId=UUID,
    createdDate=DAY,
    orderedBy=ORDERED_BY,
    orderedByUserId=UUID,
    orderedByUserEmail=TEXT,
    isScheduled=YES_OR_NO,
    lineItems=some(ORDER_LINE),
)
SUBSCRIPTION = thing(
    "id companyId productId quantity startDate createdDate billingStart status price currencyCode billingTerm",
    "commitmentTerm provisioningDetails",
    id=UUID,
    parentSubscriptionId=UUID,
    companyId=UUID,
    productId=UUID,
    quantity=NUMBER,
    startDate=INSTANT,
    createdDate=INSTANT,
    updatedDate=INSTANT,
    billingStart=DAY,
    status=SUBSCRIPTION_STATUS,
    price=NUMBER,
    partnerCost=NUMBER,
    currencyCode={"type": "string", "pattern": "^[A-Z]{3}$"},
    productName=TEXT,
    billingTerm=BILLING_TERM,
    commitment=thing("id term endDate", id=UUID, term=TEXT, endDate=INSTANT),
)
ERROR = thing(
    "type message instance status details",
    type=TEXT,
    message=TEXT,
    instance={"type": "string", "pattern": "^/v1/"},
    status={"type": "integer"},
    details=some(thing("message", message=TEXT)),
)
TOKEN = thing(
    "access_token expires_in token_type",
    access_token=TEXT,
    expires_in={"enum": [86400]},
    token_type={"enum": ["Bearer"]},
)
NO_TOKEN = thing("error error_description", "message status", error={"const": "access_denied"}, error_description=TEXT)

ANSWERS: dict[str, Schema] = {
    "GET /v1/companies": page_of(COMPANY),
    "POST /v1/companies": COMPANY,
    "GET /v1/companies/{companyId}": COMPANY,
    "PATCH /v1/companies/{companyId}": COMPANY,
    "GET /v1/companies/{companyId}/contacts": page_of(CONTACT),
    "POST /v1/companies/{companyId}/contacts": CONTACT,
    "GET /v1/companies/{companyId}/contacts/{contactId}": CONTACT,
    "PUT /v1/companies/{companyId}/contacts/{contactId}": CONTACT,
    "GET /v1/products": page_of(PRODUCT),
    "GET /v1/products/{productId}": PRODUCT_DETAIL,
    "GET /v1/products/{productId}/pricing": whole_list_of(PRICING),
    "GET /v1/products/{productId}/dependencies": DEPENDENCIES,
    "GET /v1/products/{productId}/provision-details": whole_list_of(PROVISION_FIELD),
    "GET /v1/orders": page_of(ORDER),
    "POST /v1/orders": ORDER,
    "POST /v1/orders?isMock=true": ORDER,
    "GET /v1/orders/{orderId}": ORDER,
    "GET /v1/subscriptions": page_of(SUBSCRIPTION),
    "GET /v1/subscriptions/{subscriptionId}": SUBSCRIPTION,
    "PUT /v1/subscriptions/{subscriptionId}": SUBSCRIPTION,
    "GET /v1/subscriptions/{subscriptionId}/history": whole_list_of(SUBSCRIPTION),
}
"""By label of the route: what a 200 holds."""

DELETES = {
    "DELETE /v1/companies/{companyId}/contacts/{contactId}",
    "DELETE /v1/subscriptions/{subscriptionId}",
}
"""Routes whose success is 204 without a body."""

COMPANY_NEEDS = {
    "name",
    "address",
    "phone",
    "website",
    "billOnBehalfOfEnabled",
    "selfServiceAllowed",
    "orderApprovalRequired",
}
CONTACT_NEEDS = {"firstName", "lastName", "email", "phone"}
LINE_NEEDS = {"productId", "lineItemNumber", "quantity", "billingTerm"}
"""The contract lists `companyId` on a line as well and declares no such property: nothing may insist on it."""
