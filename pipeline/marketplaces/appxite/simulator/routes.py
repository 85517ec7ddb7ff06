"""Which function answers which call. Names that are not of the contract come from `assumed`."""

from pipeline.marketplaces.appxite.simulator import (
    assumed,
    catalogue_routes,
    microsoft,
    ordering,
    orders,
    organisations,
    subscriptions,
)
from pipeline.marketplaces.simulation.routing import Handler

CART = "POST /orders/"
OPERATION = "POST /orders/operation"
READ = "GET /orders/{orderId}"
CANCEL = "POST /orders/cancel"
APPROVE_CUSTOMER = "PUT /customers/{customerId}/approve"

HANDLERS: dict[str, Handler] = {
    CART: ordering.create,
    OPERATION: ordering.operate,
    READ: orders.show,
    CANCEL: orders.cancel,
    assumed.LIST_ORDERS: orders.index,
    assumed.APPROVE_ORDER: orders.approve,
    assumed.REJECT_ORDER: orders.reject,
    assumed.LIST_CUSTOMERS: organisations.index,
    assumed.SHOW_CUSTOMER: organisations.show,
    APPROVE_CUSTOMER: organisations.approve,
    assumed.LIST_CATALOGUES: catalogue_routes.index,
    assumed.SHOW_OFFER: catalogue_routes.show,
    assumed.PRICING_PLAN: catalogue_routes.pricing_plan,
    assumed.CALCULATE_PRICE: catalogue_routes.calculate_price,
    assumed.ORDER_PAYLOAD: catalogue_routes.order_payload,
    assumed.LIST_ADD_ONS: catalogue_routes.add_ons,
    assumed.LIST_SUBSCRIPTIONS: subscriptions.index,
    assumed.SHOW_SUBSCRIPTION: subscriptions.show,
    assumed.SUBSCRIPTION_ADD_ONS: subscriptions.add_ons,
    assumed.UPDATE_SUBSCRIPTION: subscriptions.update,
    assumed.VALIDATE_DOMAIN: microsoft.validate_domain,
    assumed.CREATE_TENANT: microsoft.create_tenant,
    assumed.SHOW_AGREEMENT: microsoft.show_agreement,
    assumed.ACCEPT_AGREEMENT: microsoft.accept_agreement,
}
