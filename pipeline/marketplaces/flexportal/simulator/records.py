"""What the simulated FlexPortal remembers: mutable, only changed under the simulator's lock."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

Json = dict[str, Any]

ORDER_STATUSES = ("pending", "confirmed", "partial", "fulfilled", "cancelled")
ORDER_TYPES = ("standard", "extension", "upgrade")
RENTAL_STATUSES = (
    "active",
    "cancelled",
    "ended_completed",
    "ended_buyout",
    "ended_upgrade",
    "ended_early_return",
)
ASSET_STATUSES = ("available", "rented_out", "returned", "sold", "unavailable")
CUSTOMER_TYPES = ("individual", "business")


class Origin(StrEnum):
    """Who made an order or a subscription: a client over the API, somebody else, the warehouse, or the seed."""

    API = "api"
    STRANGER = "stranger"
    WAREHOUSE = "warehouse"
    SEED = "seed"


@dataclass(slots=True)
class Customer:
    """Known by the e-mail address; whoever orders with it is this customer."""

    id: str
    email: str
    first_name: str
    last_name: str
    created: datetime
    company: str | None = None
    phone: str | None = None
    customer_type: str = "individual"
    status: str = "active"
    billing: Json = field(default_factory=dict)
    shipping: Json = field(default_factory=dict)


@dataclass(slots=True)
class Item:
    """One line of an order. `rental_ids` grows by one with each device."""

    sku: str
    product_name: str
    quantity: int
    contract_length: int
    unit_price: Decimal
    rental_ids: list[str] = field(default_factory=list)

    @property
    def open(self) -> int:
        return self.quantity - len(self.rental_ids)

    @property
    def rental_status(self) -> str:
        if not self.rental_ids:
            return "pending"
        return "partial" if self.open else "completed"


@dataclass(slots=True)
class Order:
    """`details` are those of an extension or of an upgrade."""

    id: str
    customer: Customer
    items: list[Item]
    created: datetime
    origin: Origin
    order_type: str = "standard"
    status: str = "pending"
    billing: Json = field(default_factory=dict)
    shipping: Json = field(default_factory=dict)
    custom_fields: Json | None = None
    details: Json | None = None
    notes: str | None = None
    payment_status: str = "pending"
    payment_method: str = "manual"
    cancel_reason: str | None = None
    updated: datetime | None = None

    @property
    def contents(self) -> Counter[tuple[str, int, int]]:
        """What was bought, as a bag of (sku, quantity, contract length in months)."""
        return Counter((item.sku, item.quantity, item.contract_length) for item in self.items)

    @property
    def devices(self) -> int:
        return sum(item.quantity for item in self.items)

    @property
    def rental_ids(self) -> list[str]:
        return [rental_id for item in self.items for rental_id in item.rental_ids]

    @property
    def open(self) -> list[Item]:
        return [item for item in self.items if item.open > 0]

    @property
    def subtotal(self) -> Decimal:
        return sum((item.unit_price * item.quantity for item in self.items), Decimal())


@dataclass(slots=True)
class Rental:
    """A subscription: one device, by its serial number."""

    id: str
    order_id: str
    customer: Customer
    serial_number: str
    sku: str
    product_name: str
    monthly_amount: Decimal
    contract_length: int
    start: datetime
    created: datetime
    origin: Origin
    original_length: int = 0
    status: str = "active"
    notes: str | None = None
    billing_group_id: str | None = None
    updated: datetime | None = None
    extensions: list[Json] = field(default_factory=list)
    replacements: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.original_length = self.original_length or self.contract_length


@dataclass(slots=True)
class Asset:
    """A device. `steps` are (from when, status), oldest first."""

    serial_number: str
    sku: str
    created: datetime
    steps: list[tuple[datetime, str]]
    rental_id: str | None = None
    customer_id: str | None = None

    @property
    def status(self) -> str:
        return self.steps[-1][1]

    def status_at(self, moment: datetime) -> str:
        """As of then; what it first was where it is younger."""
        return next((word for since, word in reversed(self.steps) if since <= moment), self.steps[0][1])

    def become(self, now: datetime, status: str, rental_id: str | None = None, customer_id: str | None = None) -> None:
        self.steps.append((now, status))
        self.rental_id, self.customer_id = rental_id, customer_id
