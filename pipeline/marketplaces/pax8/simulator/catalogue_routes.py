"""Products and what hangs off them. Prices, dependencies and provision details come whole, without paging."""

from typing import Any

from pipeline.marketplaces.pax8.simulator import rendering
from pipeline.marketplaces.pax8.simulator.problems import missing
from pipeline.marketplaces.pax8.simulator.products import Product
from pipeline.marketplaces.pax8.simulator.requests import ordered, paged
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call


def index(world: World, call: Call) -> tuple[int, Any]:
    search, vendor = call.query.get("search", "").casefold(), call.query.get("vendorName")
    found = [
        product
        for product in world.products.values()
        if (vendor is None or product.vendor == vendor)
        and search in f"{product.name} {product.sku} {product.vendor_sku}".casefold()
    ]
    keys = {"name": lambda one: one.name.casefold(), "vendor": lambda one: one.vendor.casefold()}
    return 200, paged(call, ordered(call, found, keys), rendering.product)


def show(world: World, _call: Call, product_id: str) -> tuple[int, Any]:
    return 200, rendering.product(_find(world, product_id), detailed=True)


def pricing(world: World, call: Call, product_id: str) -> tuple[int, Any]:
    product, company_id = _find(world, product_id), call.query.get("companyId")
    if company_id is not None and company_id not in world.companies:
        raise missing("Company", company_id)
    return 200, {"content": [rendering.price_row(product, row) for row in world.price_rows(product, company_id)]}


def dependencies(world: World, _call: Call, product_id: str) -> tuple[int, Any]:
    product = _find(world, product_id)
    return 200, {
        "commitmentDependencies": [rendering.commitment(one) for one in product.commitments],
        "productDependencies": [
            {
                "name": constraint.name,
                "products": [rendering.product(_find(world, other)) for other in constraint.product_ids],
            }
            for constraint in product.constraints
        ],
    }


def provision_details(world: World, _call: Call, product_id: str) -> tuple[int, Any]:
    return 200, {"content": [rendering.provision_field(one, world.knobs) for one in _find(world, product_id).fields]}


def _find(world: World, product_id: str) -> Product:
    product = world.products.get(product_id)
    if product is None:
        raise missing("Product", product_id)
    return product
