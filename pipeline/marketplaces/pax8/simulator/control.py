"""The steering wheel over HTTP, under `/_sim/`, for demos and drills. No part of the marketplace's contract.

GET  /_sim/state             orders (without the seeded ones, unless `?seeded=true`), companies, calls, writes
POST /_sim/faults            the arguments of `Faults.add`; DELETE clears them all
POST /_sim/clock             {"advance": seconds}
POST /_sim/price             {"productId", "companyId"?, "cost" or "factor"}
POST /_sim/knobs             {knob: value}; durations in seconds
POST /_sim/walks             {"productId", "walk": [[seconds, status], ...]}, or {"next": [walk, ...]}
POST /_sim/strangers         {"companyId", "lines": [{"product_id", "quantity", "billing_term", ...}]}
POST /_sim/subscriptions     {"id", "status"}
POST /_sim/seed              {"companyId", "productId", "orders": n}
POST /_sim/tokens            revokes all tokens
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pipeline.marketplaces.pax8.simulator.products import Walk
from pipeline.marketplaces.pax8.simulator.records import Line, Order, Origin
from pipeline.marketplaces.pax8.simulator.tokens import Tokens
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call, Reply
from pipeline.marketplaces.simulation.faults import Faults
from pipeline.marketplaces.simulation.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything there is to steer and to read."""

    world: World
    faults: Faults
    tokens: Tokens
    traffic: Traffic


def answer(desk: Desk, call: Call) -> Reply:
    """400 says what is wrong with the wish, 404 that there is no such wheel."""
    act = _ACTS.get(f"{call.method} {call.path.removeprefix('/_sim/')}")
    if act is None:
        return Reply.json(404, {"error": "No such control. GET /_sim/state and the POSTs are in the manual."})
    try:
        wish = json.loads(call.body) if call.body else dict(call.query)
        return Reply.json(200, act(desk, wish))
    except (ValueError, KeyError, TypeError, ArithmeticError) as wrong:
        return Reply.json(400, {"error": f"{type(wrong).__name__}: {wrong}"})


def _state(desk: Desk, wish: dict[str, Any]) -> Any:
    world, traffic = desk.world, desk.traffic
    shown = [one for one in world.orders if one.origin is not Origin.SEED or wish.get("seeded") == "true"]
    return {
        "now": world.now.isoformat(),
        "orders": [_order(world, order) for order in shown],
        "companies": [_company(company) for company in world.companies.values()],
        "writes": world.writes,
        "calls": dict(traffic.calls),
        "statuses": {str(status): number for status, number in traffic.statuses.items()},
        "maxConcurrent": traffic.max_concurrent,
        "maxConcurrentByRoute": dict(traffic.max_concurrent_by_route),
        "tokens": {"issued": desk.tokens.issued, "refused": desk.tokens.refused},
        "faults": [{"kind": fault.kind, "match": list(fault.match), "hits": fault.hits} for fault in desk.faults],
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


def _add_fault(desk: Desk, wish: dict[str, Any]) -> Any:
    fault = desk.faults.add(**wish)
    return {"kind": fault.kind, "match": list(fault.match)}


def _clear_faults(desk: Desk, _wish: dict[str, Any]) -> Any:
    desk.faults.clear()
    return {}


def _turn_clock(desk: Desk, wish: dict[str, Any]) -> Any:
    now = desk.world.clock.advance(float(wish["advance"]))
    desk.world.settle()
    return {"now": now.isoformat()}


def _set_price(desk: Desk, wish: dict[str, Any]) -> Any:
    product = desk.world.products[wish["productId"]]
    cost = Decimal(str(wish["cost"])) if "cost" in wish else None
    factor = Decimal(str(wish.get("factor", 1)))
    desk.world.reprice(product.id, cost=cost, factor=factor, company_id=wish.get("companyId"))
    return {"product": product.name}


def _set_knobs(desk: Desk, wish: dict[str, Any]) -> Any:
    knobs = desk.world.knobs
    known = {field.name for field in fields(knobs)}
    if unknown := wish.keys() - known:
        raise ValueError(f"no such knob: {', '.join(sorted(unknown))}")
    for name, value in wish.items():
        is_duration = isinstance(getattr(knobs, name), timedelta)
        setattr(knobs, name, timedelta(seconds=float(value)) if is_duration else value)
    return sorted(wish)


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


def _revoke(desk: Desk, _wish: dict[str, Any]) -> Any:
    desk.tokens.revoke()
    return {}


_ACTS: dict[str, Callable[[Desk, dict[str, Any]], Any]] = {
    "GET state": _state,
    "POST faults": _add_fault,
    "DELETE faults": _clear_faults,
    "POST clock": _turn_clock,
    "POST price": _set_price,
    "POST knobs": _set_knobs,
    "POST walks": _set_walks,
    "POST strangers": _stranger,
    "POST subscriptions": _set_status,
    "POST seed": _seed,
    "POST tokens": _revoke,
}
