"""The devices that the simulated FlexPortal rents out, each there for one thing that an order can trip over.

Ids and SKUs are stable, so that a demo's quotes and tests can name them: `catalogue.LAPTOP_14`.
"""

from decimal import Decimal

from pipeline.marketplaces.flexportal.simulator.products import (
    BY_HAND,
    Discount,
    Price,
    Product,
    Variant,
    confirmed,
    shipped,
)

LAPTOP_14 = "LAPTOP-14"
LAPTOP_14_USED = "LAPTOP-14-B"
PHONE = "PHONE-6"
MONITOR = "MONITOR-27"
TABLET_SCARCE = "TABLET-11"
SCANNER_INACTIVE = "SCANNER-2"


def _prices(**monthly: str) -> list[Price]:
    return [Price(int(length[1:]), Decimal(price)) for length, price in monthly.items()]


def products() -> list[Product]:
    """Made anew for each world, since prices and stock change."""
    return [_laptop(), _phone(), _monitor(), _tablet(), _scanner()]


def _laptop() -> Product:
    variants = [
        Variant(LAPTOP_14, "Laptop 14, new", _prices(m12="54.90", m24="39.90", m36="32.90")),
        Variant(LAPTOP_14_USED, "Laptop 14, used", _prices(m12="34.90", m24="24.90"), grade="B"),
    ]
    what = "Reviewed by itself, and shipped by the warehouse"
    return Product("prod_laptop", "LAPTOP", "Laptop 14", "Northbay", "Laptops", variants, what, walk=shipped())


def _phone() -> Product:
    prices = [
        Price(12, Decimal("29.00"), Decimal("10.00")),
        Price(24, Decimal("21.00"), discount=Discount("percentage", Decimal(10))),
    ]
    variants = [Variant(PHONE, "Phone 6, 256 GB", prices)]
    what = "Reviewed by itself, and allocated by us"
    return Product("prod_phone", "PHONE", "Phone 6", "Parley", "Phones", variants, what, walk=confirmed())


def _monitor() -> Product:
    variants = [Variant(MONITOR, "Monitor 27", _prices(m6="14.00", m12="11.00", m24="8.50", m36="6.90"))]
    what = "Confirmed by a person in the dashboard"
    return Product("prod_monitor", "MONITOR", "Monitor 27", "Lookout", "Monitors", variants, what, walk=BY_HAND)


def _tablet() -> Product:
    variants = [Variant(TABLET_SCARCE, "Tablet 11", _prices(m24="18.00"))]
    return Product("prod_tablet", "TABLET", "Tablet 11", "Northbay", "Tablets", variants, "Two in stock", stock=2)


def _scanner() -> Product:
    variants = [Variant(SCANNER_INACTIVE, "Scanner 2", _prices(m12="9.00"), status="inactive")]
    what, gone = "No longer offered", "discontinued"
    return Product("prod_scanner", "SCANNER", "Scanner 2", "Lookout", "Scanners", variants, what, gone, stock=0)
