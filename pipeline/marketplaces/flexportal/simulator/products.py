"""What a simulated product is: its variants, their prices by contract length, and how an order of it goes on."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Walk = tuple[tuple[float, str], ...]
"""What is done about an order without a call, each with the seconds after the order: a status word, or `device` for
one device handed out by the warehouse; `fulfilled` hands out all that are open."""

BY_HAND: Walk = ()
DEVICE = "device"


def confirmed(seconds: float = 2.0) -> Walk:
    """Reviewed by itself; the devices are ours to allocate."""
    return ((seconds, "confirmed"),)


def shipped(seconds: float = 2.0) -> Walk:
    """Reviewed by itself, and handed out by the warehouse after as long again."""
    return ((seconds, "confirmed"), (2 * seconds, "fulfilled"))


@dataclass(frozen=True, slots=True)
class Discount:
    kind: Literal["percentage", "fixed"]
    value: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What a device costs a month, for a contract of so many months."""

    contract_length: int
    monthly: Decimal
    setup_fee: Decimal = Decimal()
    discount: Discount | None = None


@dataclass(slots=True)
class Variant:
    """What is ordered, by its `sku`. `status` is active or inactive."""

    sku: str
    name: str
    prices: list[Price]
    grade: str = "A"
    status: str = "active"
    color: str | None = None

    def price(self, contract_length: object) -> Price | None:
        return next((price for price in self.prices if price.contract_length == contract_length), None)


@dataclass(slots=True)
class Product:
    """`stock` devices of each variant lie in the warehouse at the beginning."""

    id: str
    sku: str
    name: str
    brand: str
    category: str
    variants: list[Variant]
    specification: str = ""
    status: str = "active"
    stock: int = 20
    walk: Walk = field(default_factory=confirmed)
