"""The partner's customers and invoices."""

from typing import Any

from pipeline.marketplaces.limio.simulator import assumed
from pipeline.marketplaces.limio.simulator.records import Customer
from pipeline.marketplaces.limio.simulator.requests import counter, listed, offset_in, token
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

PAGE, LARGEST_PAGE = 40, 100


def customers(world: World, call: Call) -> tuple[int, Any]:
    """`filter` is looked for anywhere in name, company and e-mail address: `ada@contoso.example` finds `lada@...`."""
    wanted = call.query.get("filter", "").casefold()
    found = [one for one in world.customers.values() if wanted in _text(one) and one.created <= world.now]
    limit = counter(call, "limit", PAGE, LARGEST_PAGE)
    page = listed(world, call, f"customers/{wanted}", found, assumed.customer_object, limit)
    return 200, page | {"hits": len(found)}


def _text(customer: Customer) -> str:
    return f"{customer.first_name} {customer.last_name} {customer.company} {customer.email}".casefold()


def invoices(world: World, call: Call) -> tuple[int, Any]:
    """One for each purchase that billing has taken."""
    billed = [one for one in world.accounts.values() if one.kind == "subscriptions" and one.created <= world.now]
    size = counter(call, "pageSize", PAGE, LARGEST_PAGE)
    offset = offset_in(world, "invoices", call.query.get("cursor"))
    shown = billed[offset : offset + size]
    rows = [assumed.invoice_object(one, world.orders_by_id[one.order_id]) for one in shown]
    more = offset + size < len(billed)
    return 200, {"items": rows} | ({"cursor": token(world, "invoices", offset + size)} if more else {})
