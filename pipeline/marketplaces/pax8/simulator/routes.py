"""Which function answers which call, by the contract's own names of the routes."""

from pipeline.marketplaces.pax8.simulator import catalogue_routes, companies, contacts, orders, subscriptions
from pipeline.marketplaces.simulation.routing import Handler

TOKEN = "POST /v1/token"  # noqa: S105 - the name of a route
SUBMIT = "POST /v1/orders"
REHEARSAL = "POST /v1/orders?isMock=true"

HANDLERS: dict[str, Handler] = {
    "GET /v1/companies": companies.index,
    "POST /v1/companies": companies.create,
    "GET /v1/companies/{companyId}": companies.show,
    "PATCH /v1/companies/{companyId}": companies.update,
    "GET /v1/companies/{companyId}/contacts": contacts.index,
    "POST /v1/companies/{companyId}/contacts": contacts.create,
    "GET /v1/companies/{companyId}/contacts/{contactId}": contacts.show,
    "PUT /v1/companies/{companyId}/contacts/{contactId}": contacts.replace,
    "DELETE /v1/companies/{companyId}/contacts/{contactId}": contacts.delete,
    "GET /v1/products": catalogue_routes.index,
    "GET /v1/products/{productId}": catalogue_routes.show,
    "GET /v1/products/{productId}/pricing": catalogue_routes.pricing,
    "GET /v1/products/{productId}/dependencies": catalogue_routes.dependencies,
    "GET /v1/products/{productId}/provision-details": catalogue_routes.provision_details,
    "GET /v1/orders": orders.index,
    SUBMIT: orders.create,
    REHEARSAL: orders.create,
    "GET /v1/orders/{orderId}": orders.show,
    "GET /v1/subscriptions": subscriptions.index,
    "GET /v1/subscriptions/{subscriptionId}": subscriptions.show,
    "PUT /v1/subscriptions/{subscriptionId}": subscriptions.update,
    "DELETE /v1/subscriptions/{subscriptionId}": subscriptions.cancel,
    "GET /v1/subscriptions/{subscriptionId}/history": subscriptions.history,
}
