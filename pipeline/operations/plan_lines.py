"""A plan's lines where the catalogue could not be learnt whole: with what can be told of each."""

from __future__ import annotations

from typing import Any

from pipeline.domain.errors import NotFound, Refused
from pipeline.domain.order import Order
from pipeline.domain.quote import QuoteLine
from pipeline.ports import Marketplace
from pipeline.stages import catalogue_lines
from pipeline.stages.catalogue_lines import LineRead
from pipeline.stages.shelf import Shelf
from pipeline.store import showing

Json = dict[str, Any]


def lines_read(order: Order, marketplace: Marketplace, company_id: str) -> tuple[Json, ...]:
    """As far as each line can be read; a line whose questions are its own does not hide the others' prices."""
    shelf = Shelf(marketplace, company_id)
    return tuple(_told(line, catalogue_lines.read(order, line, shelf)) for line in order.lines)


def lines_without_company(order: Order, marketplace: Marketplace) -> tuple[Json, ...]:
    """Products only: prices are a company's."""
    return tuple({**showing.line(line, None, None), **_named(line, marketplace)} for line in order.lines)


def _told(line: QuoteLine, read: LineRead) -> Json:
    told = showing.line(line, None, None)
    if read.product is not None:
        told |= {"product_id": read.product.id, "product_name": read.product.name, "label": read.product.name}
    if (chosen := read.chosen) is not None:
        told |= {
            "billing_term": chosen.term.value,
            "commitment": chosen.commitment.term if chosen.commitment else None,
            "unit_cost": showing.money(chosen.unit_cost),
            "total_cost": showing.money(chosen.total_cost),
        }
    return told


def _named(line: QuoteLine, marketplace: Marketplace) -> Json:
    try:
        found = [marketplace.product(line.product_id)] if line.product_id else marketplace.products_by_sku(line.sku)
    except (NotFound, Refused):
        return {}
    if len(found) != 1:
        return {}
    return {"product_id": found[0].id, "product_name": found[0].name, "label": found[0].name}
