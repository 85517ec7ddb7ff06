"""
The lines of a sales order.

A supplier's number means something with the supplier only: one of a supplier who is one of our marketplaces stands
plain, one of any other as `supplier/number`. What `recurringType` and `recurringDuration` mean is not documented: they
are passed on as numbers, unless options such as `recurring_type_2` (`Annual`) and `recurring_unit` (`months`) say so.
Prices name no currency: they are read where the option `currency` does.
"""

from __future__ import annotations

from collections.abc import Mapping

from events.connections import SourceConnection
from events.sources.answered import Row, amount, currency, identifier, money, text, unique
from events.sources.document import Unreadable, error
from events.sources.kaseya_quote_manager.api import KaseyaApi
from pipeline.domain.offered import OfferedLine


def line_of(line: Row, api: KaseyaApi, connection: SourceConnection) -> OfferedLine:
    """Raises ToolFault, Unreadable."""
    line_id = text(line.get("id"))
    if not line_id:
        raise Unreadable([error(["salesorderline", "id"], "must be there")])
    options, product_id = connection.access.options, _product_id(line)
    marketplace, keys = _keys(product_id, api, connection) if product_id else ("", ())
    coin = currency(options.get("currency", ""))
    return OfferedLine(
        id=line_id,
        quantity=text(line.get("quantity")),
        keys=keys,
        marketplace=marketplace,
        description=text(line.get("title"))[:500],
        billing_term=_term(line, options),
        commitment=_commitment(line, options),
        unit_price=money(line.get("price"), coin),
        unit_cost=money(line.get("cost"), coin),
        held="" if product_id else "it names no product of Quote Manager's catalogue",
    )


def _product_id(line: Row) -> str:
    found = identifier(line.get("productID"))
    return "" if found == "0" else found


def _keys(product_id: str, api: KaseyaApi, connection: SourceConnection) -> tuple[str, tuple[str, ...]]:
    """The marketplace, where the product's only supplier is one, and what the product is known by."""
    product, plain, qualified, named = api.product(product_id), [], [], set[str]()
    for offer in api.suppliers_of(product_id):
        number, supplier_id = text(offer.get("productNumber")), identifier(offer.get("supplierID"))
        name = (text(api.supplier(supplier_id).get("name")) if supplier_id else "") or supplier_id
        named.add(name.casefold())
        if name.casefold() in connection.marketplaces:
            plain.append(number)
        elif number:
            qualified.append(f"{name}/{number}")
    only = next(iter(named)) if len(named) == 1 else ""
    own = (text(product.get("manufacturerPartNumber")), text(product.get("productNumber")))
    return only if only in connection.marketplaces else "", unique((*plain, *qualified, *own))


def _term(line: Row, options: Mapping[str, str]) -> str:
    if line.get("isRecurring") is not True:
        return ""
    kind = text(line.get("recurringType"))
    return options.get(f"recurring_type_{kind}") or (f"recurringType {kind}" if kind else "")


def _commitment(line: Row, options: Mapping[str, str]) -> str:
    duration = amount(line.get("recurringDuration"))
    if line.get("isRecurring") is not True or duration is None or duration <= 0:
        return ""
    return f"{text(line.get('recurringDuration'))} {options.get('recurring_unit', '').strip()}".strip()
