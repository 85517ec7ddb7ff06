"""Every way in which the simulated Pax8 can be made to differ from its best behaviour, apart from faults."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pipeline.marketplaces.simulation.knobs import CommonKnobs

DEMO_CLIENT_ID = "quoteway-demo"
DEMO_CLIENT_SECRET = "only-for-the-simulator"  # noqa: S105 - opens nothing but the simulator
AUDIENCE = "https://api.pax8.com"


@dataclass(slots=True)
class Knobs(CommonKnobs):
    """Beside those that every simulator has. At most 1000 calls a minute, as Pax8 permits."""

    client_id: str = DEMO_CLIENT_ID
    client_secret: str = DEMO_CLIENT_SECRET
    token_lifetime: timedelta = timedelta(seconds=86400)
    may_order: bool = True
    """False: a key without permission to write orders, answered 403."""

    calls_per_minute: int | None = 1000
    tells_retry_after: bool = False

    order_list_lag: timedelta = timedelta()
    order_read_lag: timedelta = timedelta()
    subscription_read_lag: timedelta = timedelta()
    subscription_id_delay: timedelta = timedelta()
    subscription_id_gap: Literal["absent", "null"] = "absent"
    """How a line says that it has no subscription yet."""

    order_status: str | None = None
    """A status on orders, which the contract has none of."""
    ordered_by_reads_as: dict[str, str] = field(default_factory=lambda: {"Pax8 Partner": "Pax8Partner"})
    one_time_reads_as: str = "One-Time"
    """`1-Time` for the older word."""
    self_service_reads_as: Literal["value", "null", "absent"] = "value"
    phone_in_company_list: bool = False
    currency: str = "USD"
    zone: timedelta = timedelta(hours=-6)
    """Of the dates and times in answers; nobody says which it is."""
    cancelling_takes: float = 2.0
    details_complete_after: float = 2.0
    """Seconds until a subscription that waited for details is Active, once they are there."""
    stranger_probability: float = 0.0
    """Chance that somebody else makes an equal order at the moment of a real one."""
