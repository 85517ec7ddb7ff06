"""What can be steered at the simulated Pax8, beside what every simulator has, under `/_sim/`.

GET  /_sim/state             orders (without the seeded ones, unless `?seeded=true`), companies, and the counters
POST /_sim/price             {"productId", "companyId"?, "cost" or "factor"}
POST /_sim/walks             {"productId", "walk": [[seconds, status], ...]}, or {"next": [walk, ...]}
POST /_sim/strangers         {"companyId", "lines": [{"product_id", "quantity", "billing_term", ...}]}
POST /_sim/subscriptions     {"id", "status"}
POST /_sim/seed              {"companyId", "productId", "orders": n}
"""

from decimal import Decimal
from typing import Any

from pipeline.marketplaces.pax8.simulator.products import Walk
from pipeline.marketplaces.pax8.simulator.records import Line, Order, Origin
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.control import Desk, Wheel, counters


def _state(desk: Desk, wish: dict[str, Any]) -> Any:
    world: World = desk.world
    shown = [one for one in world.orders if one.origin is not Origin.SEED or wish.get("seeded") == "true"]
    return counters(desk) | {
        "orders": [_order(world, order) for order in shown],
        "companies": [_company(company) for company in world.companies.values()],
    }


def _order(world: World, order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "companyId": order.company_id,
        "createdAt": order.created.isoformat(),
        "origin": order.origin,
        "orderedByUserEmail": order.ordered_by_email,
        "lines": [
            {
                "productId": line.product_id,
                "product": world.products[line.product_id].name,
                "quantity": line.quantity,
                "billingTerm": line.billing_term,
                "commitmentTermId": line.asked.commitment_term_id,
                "subscriptionId": line.subscription_id,
                "status": _status(world, line.subscription_id),
            }
            for line in order.lines
        ],
    }


def _status(world: World, subscription_id: str | None) -> str | None:
    found = world.subscriptions.get(subscription_id or "")
    return found.status(world.now) if found else None


def _company(company: Any) -> dict[str, Any]:
    return {
        "id": company.id,
        "name": company.name,
        "externalId": company.external_id,
        "status": company.status,
        "contacts": [{"id": one.id, "email": one.email, "types": one.types} for one in company.contacts.values()],
    }


def _set_price(desk: Desk, wish: dict[str, Any]) -> Any:
    product = desk.world.products[wish["productId"]]
    cost = Decimal(str(wish["cost"])) if "cost" in wish else None
    factor = Decimal(str(wish.get("factor", 1)))
    desk.world.reprice(product.id, cost=cost, factor=factor, company_id=wish.get("companyId"))
    return {"product": product.name}


def _walk(given: list[list[Any]]) -> Walk:
    return tuple((float(after), str(word)) for after, word in given)


def _set_walks(desk: Desk, wish: dict[str, Any]) -> Any:
    desk.world.walk_next(*(_walk(one) for one in wish.get("next", [])))
    if "productId" in wish:
        desk.world.walks[desk.world.products[wish["productId"]].id] = _walk(wish["walk"])
    return {}


def _stranger(desk: Desk, wish: dict[str, Any]) -> Any:
    company = desk.world.companies[wish["companyId"]]
    return _order(desk.world, desk.world.stranger_order(company, wish["lines"]))


def _set_status(desk: Desk, wish: dict[str, Any]) -> Any:
    desk.world.set_status(wish["id"], wish["status"])
    return {}


def _seed(desk: Desk, wish: dict[str, Any]) -> Any:
    product = desk.world.products[wish["productId"]]
    line = Line(product.id, 1, product.prices[0].billing_term)
    desk.world.seed_orders(desk.world.companies[wish["companyId"]], int(wish["orders"]), line)
    return {}


WHEELS: dict[str, Wheel] = {
    "GET state": _state,
    "POST price": _set_price,
    "POST walks": _set_walks,
    "POST strangers": _stranger,
    "POST subscriptions": _set_status,
    "POST seed": _seed,
}
