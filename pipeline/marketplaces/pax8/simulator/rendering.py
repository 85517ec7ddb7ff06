"""Records as the contract writes them, with what production does differently."""

from datetime import datetime, timedelta, timezone
from typing import Any

from pipeline.marketplaces.pax8.simulator.knobs import Knobs
from pipeline.marketplaces.pax8.simulator.products import Commitment, PriceRow, Product, ProvisionField, Rate, months
from pipeline.marketplaces.pax8.simulator.records import Company, Contact, Order, OrderLine, Subscription
from pipeline.marketplaces.pax8.simulator.world import World

Json = dict[str, Any]


def instant(moment: datetime, knobs: Knobs) -> str:
    """`2023-08-11T11:33:12.314-0600`: milliseconds, and an offset without a colon."""
    local = moment.astimezone(timezone(knobs.zone))
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def day(moment: datetime, knobs: Knobs) -> str:
    return moment.astimezone(timezone(knobs.zone)).date().isoformat()


def _known(content: Json) -> Json:
    return {key: value for key, value in content.items() if value is not None}


def company(record: Company, knobs: Knobs, *, listed: bool = False) -> Json:
    content = _known(
        {
            "id": record.id,
            "name": record.name,
            "address": record.address,
            "phone": None if listed and not knobs.phone_in_company_list else record.phone,
            "website": record.website,
            "status": record.status,
            "externalId": record.external_id,
            "selfServiceAllowed": record.self_service if knobs.self_service_reads_as == "value" else None,
            "billOnBehalfOfEnabled": record.bill_on_behalf_of,
            "orderApprovalRequired": record.approval_required,
            "updatedDate": instant(record.updated, knobs),
        }
    )
    if knobs.self_service_reads_as == "null":
        content["selfServiceAllowed"] = None
    return _with_unknown(content, knobs, "partnerTags", [])


def contact(record: Contact, knobs: Knobs) -> Json:
    content: Json = {
        "id": record.id,
        "firstName": record.first_name,
        "lastName": record.last_name,
        "email": record.email,
        "phone": record.phone,
        "createdDate": day(record.created, knobs),
        "types": [{"type": kind, "primary": primary} for kind, primary in record.types.items()],
    }
    if knobs.unknown_fields:
        content |= {"phoneNumber": record.phone, "phoneCountryCode": "US", "phoneCountryCallingCode": "1"}
    return content


def product(record: Product, *, detailed: bool = False) -> Json:
    content = {
        "id": record.id,
        "name": record.name,
        "vendorName": record.vendor,
        "shortDescription": record.summary,
        "sku": record.sku,
        "vendorSku": record.vendor_sku,
        "requiresCommitment": record.requires_commitment,
    }
    return content | {"description": f"{record.summary} Sold by {record.vendor}."} if detailed else content


def price_row(record: Product, row: PriceRow) -> Json:
    return _known(
        {
            "productId": record.id,
            "productName": record.name,
            "billingTerm": row.billing_term,
            "commitmentTerm": row.commitment,
            "commitmentTermInMonths": months(row.commitment) if row.commitment else None,
            "type": row.kind,
            "unitOfMeasurement": row.unit,
            "rates": [_rate(rate) for rate in row.rates],
        }
    )


def _rate(rate: Rate) -> Json:
    content: Json = {
        "partnerBuyRate": float(rate.cost),
        "suggestedRetailPrice": float(rate.retail),
        "startQuantityRange": rate.start,
        "endQuantityRange": rate.end,
        "chargeType": rate.charge,
    }
    return content if rate.bounds == "null" else _known(content)


def commitment(record: Commitment) -> Json:
    return {
        "id": record.id,
        "term": record.term,
        "autoRenew": True,
        "renewalWindowDaysBeforeTermEnd": 30,
        "renewalWindowDaysAfterTermEnd": 7,
        "allowForQuantityIncrease": True,
        "allowForQuantityDecrease": record.allows_decrease,
        "allowForEarlyCancellation": False,
        "cancellationFeeApplied": True,
        "isTransferable": False,
    }


def provision_field(record: ProvisionField, knobs: Knobs) -> Json:
    content = _known(
        {
            "label": record.label,
            "key": record.key,
            "description": record.description,
            "valueType": record.value_type,
        }
    )
    content["possibleValues"] = None if record.possible_values is None else list(record.possible_values)
    return _with_unknown(content, knobs, "partnerShellTemplateId", None)


def order(record: Order, knobs: Knobs, now: datetime) -> Json:
    by = record.ordered_by
    content = _known(
        {
            "id": record.id,
            "companyId": record.company_id,
            "createdDate": day(record.created, knobs),
            "orderedBy": knobs.ordered_by_reads_as.get(by, by) if by else None,
            "orderedByUserId": record.ordered_by_user,
            "orderedByUserEmail": record.ordered_by_email,
            "isScheduled": False,
            "status": knobs.order_status,
        }
    )
    waits = now - record.created < knobs.subscription_id_delay
    content["lineItems"] = [_order_line(line, record, knobs, waits) for line in record.lines]
    return _with_unknown(content, knobs, "salesChannel", "API")


def _order_line(line: OrderLine, record: Order, knobs: Knobs, waits: bool) -> Json:
    shown = None if waits else line.subscription_id
    content = _known(
        {
            "id": line.id,
            "productId": line.product_id,
            "subscriptionId": shown,
            "commitmentTermId": line.asked.commitment_term_id,
            "provisionStartDate": line.asked.start or instant(record.created, knobs),
            "billingTerm": billing_term(line.billing_term, knobs),
            "quantity": line.quantity,
        }
    )
    if shown is None and knobs.subscription_id_gap == "null":
        content["subscriptionId"] = None
    return content


def billing_term(term: str, knobs: Knobs) -> str:
    return knobs.one_time_reads_as if term == "One-Time" else term


def subscription(record: Subscription, world: World, *, lag: timedelta = timedelta()) -> Json:
    """
    The commitment is in `commitment`, where the contract says `commitmentTerm`. What was changed is shown with `lag`.
    """
    knobs, now = world.knobs, world.now
    updated = max([record.created, record.updated or record.created, *(at for at, _ in record.steps if at <= now)])
    quantity, term = record.stood(now - lag)
    content = _known(
        {
            "id": record.id,
            "parentSubscriptionId": record.parent_id,
            "companyId": record.company_id,
            "productId": record.product.id,
            "vendorSubscriptionId": f"V-{record.id[:8]}" if record.status(now) == "Active" else None,
            "vendorSkuId": record.product.sku,
            "quantity": quantity,
            "startDate": record.start or instant(record.created, knobs),
            "endDate": record.end,
            "createdDate": instant(record.created, knobs),
            "updatedDate": instant(updated, knobs),
            "billingStart": day(record.created, knobs),
            "status": record.status(now),
            "price": float(record.price),
            "currencyCode": knobs.currency,
            "partnerCost": float(record.cost),
            "productName": record.product.name,
            "billingTerm": billing_term(term, knobs),
            "commitment": _subscription_commitment(record, knobs),
        }
    )
    return _with_unknown(content, knobs, "isTrial", record.status(now) == "Trial")


def _subscription_commitment(record: Subscription, knobs: Knobs) -> Json | None:
    chosen = record.product.commitment(record.commitment_term_id)
    if chosen is None:
        return None
    end = record.created + timedelta(days=months(chosen.term) * 365 // 12)
    return {"id": chosen.id, "term": chosen.term, "endDate": instant(end, knobs)}


def _with_unknown(content: Json, knobs: Knobs, name: str, value: Any) -> Json:
    return content | {name: value} if knobs.unknown_fields else content
