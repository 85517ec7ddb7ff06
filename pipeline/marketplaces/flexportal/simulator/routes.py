"""Which function answers which call, by the contract's own names of the routes."""

from pipeline.marketplaces.flexportal.simulator import inventory, orders, subscription_changes, subscriptions
from pipeline.marketplaces.simulation.routing import Handler

SUBMIT = "POST /v1/orders"
ALLOCATE = "POST /v1/subscriptions"

HANDLERS: dict[str, Handler] = {
    "GET /v1/orders": orders.index,
    SUBMIT: orders.create,
    "GET /v1/orders/{orderId}": orders.show,
    "PATCH /v1/orders/{orderId}/notes": orders.note,
    "POST /v1/orders/{orderId}/cancel": orders.cancel,
    "GET /v1/subscriptions": subscriptions.index,
    ALLOCATE: subscriptions.create,
    "GET /v1/subscriptions/{subscriptionId}": subscriptions.show,
    "POST /v1/subscriptions/{subscriptionId}/cancel": subscription_changes.cancel,
    "POST /v1/subscriptions/{subscriptionId}/extend": subscription_changes.extend,
    "POST /v1/subscriptions/{subscriptionId}/upgrade": subscription_changes.upgrade,
    "POST /v1/subscriptions/{subscriptionId}/replace": subscription_changes.replace,
    "POST /v1/subscriptions/{subscriptionId}/buyout": subscription_changes.buyout,
    "GET /v1/products": inventory.products,
    "GET /v1/products/variants": inventory.variants,
    "GET /v1/products/{productId}": inventory.product,
    "GET /v1/customers": inventory.customers,
    "GET /v1/customers/{customerId}": inventory.customer,
    "GET /v1/assets": inventory.assets,
    "GET /v1/assets/{serialNumber}": inventory.asset,
}
