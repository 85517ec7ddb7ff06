"""What an order would cost, as the billing plug-in words it. Nothing here is agreed between plug-ins.

A preview looks neither at who orders nor at whether a version is current: it calculates.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipeline.marketplaces.limio.simulator.order_rules import item_faults, priced, value_faults
from pipeline.marketplaces.limio.simulator.problems import bad_gateway
from pipeline.marketplaces.limio.simulator.records import Item
from pipeline.marketplaces.limio.simulator.requests import body_of
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

CENT = Decimal("0.01")


def preview(world: World, call: Call) -> tuple[int, Any]:
    """A bad payload is a 502, always."""
    body = body_of(call)
    faults = list(item_faults(body)) or list(value_faults(world, body))
    items = priced(world, body) if not faults else ()
    currencies = {world.offers[item.offer_id].currency for item in items}
    if not faults and len(currencies) > 1:
        faults = ["orderItems are of more than one currency"]
    if faults:
        raise bad_gateway(faults, world.knobs)
    return 200, _WORDINGS[world.knobs.billing_plugin](world, items, currencies.pop())


def tax(world: World, amount: Decimal) -> Decimal:
    return (amount * Decimal(str(world.knobs.tax_rate))).quantize(CENT, ROUND_HALF_UP)


def _zuora(world: World, items: tuple[Item, ...], currency: str) -> dict[str, Any]:
    """Amounts in units of the currency; one invoice, its items without tax."""
    rows = [
        {
            "chargeName": world.offers[item.offer_id].name,
            "quantity": item.quantity,
            "unitPrice": float(item.price),
            "amountWithoutTax": float(item.amount),
            "taxAmount": float(tax(world, item.amount)),
            "serviceStartDate": world.now.date().isoformat(),
        }
        for item in items
    ]
    net = sum((item.amount for item in items), Decimal())
    taxes = sum((tax(world, item.amount) for item in items), Decimal())
    invoice = {
        "amount": float(net + taxes),
        "amountWithoutTax": float(net),
        "taxAmount": float(taxes),
        "targetDate": world.now.date().isoformat(),
        "invoiceItems": rows,
    }
    return {"success": True, "previewResult": {"currency": currency, "invoices": [invoice]}}


def _stripe(world: World, items: tuple[Item, ...], currency: str) -> dict[str, Any]:
    """Amounts in hundredths, the currency in small letters."""
    net = sum((item.amount for item in items), Decimal())
    taxes = sum((tax(world, item.amount) for item in items), Decimal())
    rows = [
        {
            "object": "line_item",
            "amount": _hundredths(item.amount),
            "currency": currency.lower(),
            "description": world.offers[item.offer_id].name,
            "quantity": item.quantity,
        }
        for item in items
    ]
    return {
        "object": "invoice",
        "currency": currency.lower(),
        "subtotal": _hundredths(net),
        "tax": _hundredths(taxes),
        "total": _hundredths(net + taxes),
        "amount_due": _hundredths(net + taxes),
        "lines": {"object": "list", "data": rows, "has_more": False},
    }


def _other(world: World, items: tuple[Item, ...], currency: str) -> dict[str, Any]:
    total = sum((item.amount for item in items), Decimal())
    names = ", ".join(world.offers[item.offer_id].name for item in items)
    return {"summary": [f"{names}: {currency} {total:.2f}, plus taxes as applicable"], "schedule": None}


def _hundredths(amount: Decimal) -> int:
    return int((amount * 100).to_integral_value(ROUND_HALF_UP))


_WORDINGS = {"zuora": _zuora, "stripe": _stripe, "other": _other}
