"""Which function answers which call, by the public pages' own names of the routes."""

from pipeline.marketplaces.limio.simulator import (
    catalogue_routes,
    checkout,
    objects,
    orders,
    partner_routes,
    previews,
)
from pipeline.marketplaces.limio.simulator.assumed import BASKET, CHECKOUT, INVOICES
from pipeline.marketplaces.simulation.routing import Handler

TOKEN = "POST /oauth2/token"  # noqa: S105 - the name of a route
SUBMIT = "POST /api/partner/order"
PREVIEW = "POST /api/partner/order/preview"
BEGIN_CHANGE = "POST /api/partner/checkout/subscription"

HANDLERS: dict[str, Handler] = {
    SUBMIT: orders.submit,
    PREVIEW: previews.preview,
    f"POST {CHECKOUT}": checkout.create,
    f"GET {BASKET}": checkout.show,
    BEGIN_CHANGE: checkout.begin_change,
    "GET /api/partner/checkout/subscription": checkout.show_change,
    "GET /api/partner/customer": partner_routes.customers,
    f"GET {INVOICES}": partner_routes.invoices,
    "GET /api/offers/v2": catalogue_routes.offers,
    "GET /api/published_catalog_items": catalogue_routes.published,
    "GET /api/objects/{service}/{path_type}": objects.index,
    "GET /api/objects/{service}/{path_type}/{id}": objects.show,
    "POST /api/order": orders.submit_directly,
    "POST /api/admin/order": orders.submit_as_admin,
    "POST /api/order/preview": previews.preview,
}
