"""Which function answers which call, by the contract's own names of the routes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.marketplaces.pax8.simulator import catalogue_routes, companies, contacts, orders, subscriptions
from pipeline.marketplaces.simulation.exchange import Call

Handler = Callable[..., tuple[int, Any]]
"""Takes the world, the call and the ids in its path; answers status and content, or raises `Problem`."""

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


@dataclass(frozen=True, slots=True)
class Route:
    """`handler` is None where there is nothing at that path (404), or not by that method (405)."""

    label: str
    handler: Handler | None = None
    ids: tuple[str, ...] = ()
    path_exists: bool = False


def _shape(path: str) -> tuple[str, ...]:
    """Ids stand at every second place after the version: `/v1/companies/{}/contacts/{}`."""
    parts = path.strip("/").split("/")
    return tuple("{}" if at >= 2 and at % 2 == 0 else part for at, part in enumerate(parts))


_BY_SHAPE: dict[tuple[str, tuple[str, ...]], str] = {
    (label.split(" ")[0], _shape(label.split(" ")[1])): label for label in (*HANDLERS, TOKEN)
}
_SHAPES = frozenset(shape for _, shape in _BY_SHAPE)


def route_of(call: Call) -> Route:
    shape = _shape(call.path)
    label = _BY_SHAPE.get((call.method, shape))
    if label is None:
        return Route(f"{call.method} (unknown)", path_exists=shape in _SHAPES)
    if label == SUBMIT and call.query.get("isMock", "").lower() == "true":
        label = REHEARSAL
    return Route(label, HANDLERS.get(label), tuple(call.path.strip("/").split("/")[2::2]), True)
