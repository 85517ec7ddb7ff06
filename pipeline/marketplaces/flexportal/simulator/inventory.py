"""What is read before an order: customers, products, their variants, and the devices in stock."""

from typing import Any

from pipeline.marketplaces.flexportal.simulator import assumed, rendering
from pipeline.marketplaces.flexportal.simulator.problems import missing, refused
from pipeline.marketplaces.flexportal.simulator.records import ASSET_STATUSES, CUSTOMER_TYPES
from pipeline.marketplaces.flexportal.simulator.requests import listed, matches, word
from pipeline.marketplaces.flexportal.simulator.world import World
from pipeline.marketplaces.simulation.exchange import Call

MOST_VARIANTS = 5000


def customers(world: World, call: Call) -> tuple[int, Any]:
    """By `email`, the whole address. One whom an order made is in the list no sooner than its lag lets it."""
    word(call, "status", ("active", "inactive"))
    word(call, "customerType", CUSTOMER_TYPES)
    email, newest = call.query.get("email"), world.now - world.knobs.customer_list_lag
    found = [
        one
        for one in world.customers.values()
        if one.created <= newest
        and (email is None or assumed.same_email(one.email, email, world.knobs))
        and matches(call, one, status="status", customerType="customer_type")
    ]
    keys = {"createdAt": lambda one: one.created, "email": lambda one: one.email, "lastName": lambda one: one.last_name}
    return 200, listed(
        call, world.knobs, "customers", found, lambda one: one.id, lambda one: rendering.customer(one, world), keys
    )


def customer(world: World, _call: Call, customer_id: str) -> tuple[int, Any]:
    found = world.customers.get(customer_id)
    if found is None:
        raise missing("Customer", customer_id)
    return 200, rendering.customer(found, world)


def products(world: World, call: Call) -> tuple[int, Any]:
    word(call, "status", ("active", "discontinued"))
    found = [
        one
        for one in world.products.values()
        if matches(call, one, status="status", category="category", brand="brand")
    ]
    keys = {"name": lambda one: one.name}
    return 200, listed(
        call, world.knobs, "products", found, lambda one: one.id, lambda one: rendering.product(one, world), keys
    )


def product(world: World, _call: Call, product_id: str) -> tuple[int, Any]:
    found = world.products.get(product_id)
    if found is None:
        raise missing("Product", product_id)
    return 200, rendering.product(found, world)


def variants(world: World, call: Call) -> tuple[int, Any]:
    """Of all products. There is no filter for one SKU."""
    word(call, "status", ("active", "inactive"))
    sku = call.query.get("productSku")
    found = [
        (owner, one)
        for owner, one in world.variants()
        if sku in (None, owner.sku) and matches(call, one, status="status", grade="grade")
    ]
    return 200, listed(
        call,
        world.knobs,
        "variants",
        found,
        lambda pair: pair[1].sku,
        lambda pair: rendering.variant(*pair, world.knobs),
        {"variantName": lambda pair: pair[1].name},
        largest=MOST_VARIANTS,
    )


def assets(world: World, call: Call) -> tuple[int, Any]:
    """Filtered by the status that is shown, which may be late."""
    status = word(call, "status", ASSET_STATUSES)
    sku, at = call.query.get("sku"), world.now - world.knobs.asset_list_lag
    found = [
        one
        for one in (world.assets.values() if sku is None else world.assets_by_sku.get(sku, []))
        if status in (None, one.status_at(at)) and matches(call, one, customerId="customer_id", rentalId="rental_id")
    ]
    keys = {"createdAt": lambda one: one.created, "serialNumber": lambda one: one.serial_number}
    return 200, listed(
        call,
        world.knobs,
        "assets",
        found,
        lambda one: one.serial_number,
        lambda one: rendering.asset(one, world, at),
        keys,
    )


def asset(world: World, _call: Call, serial_number: str) -> tuple[int, Any]:
    found = world.assets.get(serial_number)
    if found is None:
        raise refused("NOT_FOUND", f"Asset {serial_number} not found")
    return 200, rendering.asset(found, world, world.now)
