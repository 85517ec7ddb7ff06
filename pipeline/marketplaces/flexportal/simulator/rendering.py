"""Records as the contract writes them."""

from datetime import datetime
from decimal import Decimal

from pipeline.marketplaces.flexportal.simulator import assumed
from pipeline.marketplaces.flexportal.simulator.knobs import Knobs
from pipeline.marketplaces.flexportal.simulator.products import Price, Product, Variant
from pipeline.marketplaces.flexportal.simulator.records import Asset, Customer, Item, Json, Order, Rental
from pipeline.marketplaces.flexportal.simulator.state import State
from pipeline.marketplaces.flexportal.simulator.webhooks import instant

CENT = Decimal("0.01")


def _known(content: Json) -> Json:
    return {key: value for key, value in content.items() if value is not None}


def _with_unknown(content: Json, knobs: Knobs, name: str, value: object) -> Json:
    return content | {name: value} if knobs.unknown_fields else content


def end_of(rental: Rental) -> datetime:
    """The contract's last day, months counted on; the 31st becomes the 28th."""
    months = rental.start.month - 1 + rental.contract_length
    return rental.start.replace(
        year=rental.start.year + months // 12, month=months % 12 + 1, day=min(rental.start.day, 28)
    )


def _person(record: Customer) -> Json:
    return _known(
        {
            "customerId": record.id,
            "email": record.email,
            "firstName": record.first_name,
            "lastName": record.last_name,
            "company": record.company,
            "phone": record.phone,
            "customerType": record.customer_type,
        }
    )


def customer(record: Customer, state: State) -> Json:
    orders = state.orders_by_customer.get(record.id, [])
    rented = [state.rentals_by_id[key] for order in orders for key in order.rental_ids]
    active = [rental for rental in rented if rental.status == "active"]
    return _person(record) | _known(
        {
            "tenantId": state.knobs.tenant_id,
            "status": record.status,
            "totalOrders": len(orders),
            "totalDevicesRented": len(active),
            "totalMonthlyRevenue": float(sum((rental.monthly_amount for rental in active), Decimal())),
            "orderIds": [order.id for order in orders],
            "rentalIds": [rental.id for rental in rented],
            "lastBillingAddress": record.billing or None,
            "lastShippingAddress": record.shipping or None,
            "createdAt": instant(record.created),
        }
    )


def order(record: Order, knobs: Knobs) -> Json:
    subtotal = record.subtotal
    tax = (subtotal * Decimal(str(knobs.tax_rate))).quantize(CENT)
    rented = record.rental_ids
    content = _known(
        {
            "orderId": record.id,
            "tenantId": knobs.tenant_id,
            "status": record.status,
            "orderType": record.order_type,
            "customer": _person(record.customer),
            "billingAddress": record.billing,
            "shippingAddress": record.shipping or record.billing,
            "items": [_item(item) for item in record.items],
            "totals": {
                "subtotal": float(subtotal),
                "taxAmount": float(tax),
                "total": float(subtotal + tax),
                "currency": knobs.currency,
                "totalDevices": record.devices,
            },
            "payment": {"status": record.payment_status, "method": record.payment_method},
            "rentalProgress": {"totalDevices": record.devices, "rentedDevices": len(rented)},
            "rentalIds": rented,
            "notes": record.notes,
            f"{record.order_type}Details": record.details,
            "createdAt": instant(record.created),
            "updatedAt": instant(record.updated or record.created),
        }
    )
    content["customFields"] = record.custom_fields
    return _with_unknown(content, knobs, "createdBy", "api")


def _item(record: Item) -> Json:
    return {
        "sku": record.sku,
        "productName": record.product_name,
        "quantity": record.quantity,
        "unitPrice": float(record.unit_price),
        "contractLength": record.contract_length,
        "rentalIds": list(record.rental_ids),
        "rentalStatus": record.rental_status,
    }


def rental(record: Rental, knobs: Knobs) -> Json:
    who = record.customer
    content = _known(
        {
            "rentalId": record.id,
            "tenantId": knobs.tenant_id,
            "assetSerialNumber": record.serial_number,
            "customerId": who.id,
            "sku": record.sku,
            "productName": record.product_name,
            "monthlyAmount": float(record.monthly_amount),
            "currency": knobs.currency,
            "status": record.status,
            "originalContractLength": record.original_length,
            "contractLength": record.contract_length,
            "startDate": instant(record.start),
            "endDate": instant(end_of(record)),
            "orderId": record.order_id,
            "customerEmail": who.email,
            "customerName": f"{who.first_name} {who.last_name}",
            "billingGroupId": record.billing_group_id,
            "notes": record.notes,
            "createdAt": instant(record.created),
            "updatedAt": instant(record.updated or record.created),
            "extensionHistory": record.extensions or None,
            "replacementHistory": record.replacements or None,
        }
    )
    return _with_unknown(content, knobs, "listPriceSource", "variant")


def asset(record: Asset, state: State, at: datetime) -> Json:
    """As it was then, which for a list may be late."""
    offer = state.offer(record.sku)
    content = _known(
        {
            "serialNumber": record.serial_number,
            "tenantId": state.knobs.tenant_id,
            "sku": record.sku,
            "productName": offer[0].name if offer else record.sku,
            "status": record.status_at(at),
            "customerId": record.customer_id,
            "rentalId": record.rental_id,
            "createdAt": instant(record.created),
            "updatedAt": instant(record.steps[-1][0]),
        }
    )
    return _with_unknown(content, state.knobs, "location", "Berlin")


def product(record: Product, state: State) -> Json:
    return {
        "productId": record.id,
        "tenantId": state.knobs.tenant_id,
        "productSku": record.sku,
        "name": record.name,
        "specification": record.specification,
        "category": record.category,
        "brand": record.brand,
        "status": record.status,
        "variants": [variant(record, one, state.knobs) for one in record.variants],
    }


def variant(owner: Product, record: Variant, knobs: Knobs) -> Json:
    listed: object = [_price(price) for price in record.prices]
    mapped: object = {str(price.contract_length): float(assumed.monthly(price)) for price in record.prices}
    content = _known(
        {
            "variantId": f"var_{record.sku.lower()}",
            "tenantId": knobs.tenant_id,
            "productId": owner.id,
            "productSku": owner.sku,
            knobs.variant_sku_name: record.sku,
            "variantName": record.name,
            "grade": record.grade,
            "colorName": record.color,
            "pricing": listed if knobs.pricing == "list" else mapped,
            "status": record.status,
        }
    )
    return _with_unknown(content, knobs, "condition", "new" if record.grade == "A" else "used")


def _price(record: Price) -> Json:
    content: Json = {
        "contractLength": record.contract_length,
        "monthlyPrice": float(record.monthly),
        "setupFee": float(record.setup_fee),
    }
    if record.discount:
        content["discount"] = {"type": record.discount.kind, "value": float(record.discount.value)}
    return content
