"""Three simulated marketplaces beside Pax8's, the accounts that reach them, and the quote that goes to all four."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.marketplaces.appxite.simulator import catalogue as appxite
from pipeline.marketplaces.appxite.simulator.templates import write_templates
from pipeline.marketplaces.flexportal.simulator import FlexPortalSimulator
from pipeline.marketplaces.flexportal.simulator import catalogue as flexportal
from pipeline.marketplaces.limio.simulator import catalogue as limio
from pipeline.marketplaces.pax8.simulator import catalogue as pax8
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation import ScaledClock, SimulatorServer
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from workers import simulated_accounts

QUOTE = "Q-4001"
OTHERS = (Simulated.APPXITE, Simulated.FLEXPORTAL, Simulated.LIMIO)
# Long enough to be seen asking, short enough to wait for.
_SETTLE_SECONDS = "3"


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the quote and where it is bought. `quote_id` names its row in the picture."""

    quote_id: str
    title: str
    product_id: str
    quantity: int
    unit_cost: str
    currency: str = "USD"
    commitment: str | None = None

    def line(self) -> dict[str, Any]:
        return {
            "id": self.quote_id,
            "marketplace": self.quote_id,
            "product_id": self.product_id,
            "description": self.title,
            "quantity": self.quantity,
            "billing_term": "Monthly",
            "commitment": self.commitment,
            "unit_cost": {"amount": self.unit_cost, "currency": self.currency},
        }


PARTS: Sequence[Part] = (
    Part("pax8", "backup of 5 workstations", pax8.BACKUP.id, 5, "4.50"),
    Part("appxite", "mail defence for 20", appxite.DEFENDER.id, 20, "2.40"),
    Part("flexportal", "2 monitors, confirmed by a person", flexportal.MONITOR, 2, "11.00", "EUR", "12 months"),
    Part("limio", "cloud backup for 3", limio.BACKUP.id, 3, "7.00"),
)
ASKING = "flexportal"
"""Its orders are confirmed in the marketplace's dashboard, so that this part asks while the others are live."""


def document(now: datetime) -> dict[str, Any]:
    """The one acceptance, as a quote tool sends it."""
    return {
        "type": "quote.accepted",
        "timestamp": now.isoformat(),
        "data": {
            "quote": {"system": "demo", "id": QUOTE, "number": QUOTE, "accepted_at": now.isoformat()},
            "customer": _CUSTOMER,
            "lines": [part.line() for part in PARTS],
        },
    }


_CUSTOMER: Mapping[str, Any] = {
    "external_id": "CUST-1001",
    "name": "Contoso",
    "phone": "+1 555 0100",
    "address": {"street": "1 Main St", "city": "Denver", "state": "CO", "postal_code": "80202", "country": "US"},
    "contacts": [
        {
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@contoso.example",
            "phone": "+1 555 0100",
            "roles": ["admin", "billing", "technical"],
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Stage:
    """`variables` are the settings of the three accounts, `served` their simulators."""

    served: Mapping[Simulated, SimulatedMarketplace]
    variables: Mapping[str, str] = field(repr=False)

    def confirm(self) -> None:
        """A person in FlexPortal's dashboard confirms what waits there, and the warehouse hands it out."""
        simulator = self.served[Simulated.FLEXPORTAL]
        if not isinstance(simulator, FlexPortalSimulator):
            raise TypeError("FlexPortal's simulator is FlexPortal's")
        with simulator.locked():
            for order in simulator.world.bought:
                simulator.world.confirm(order)
                simulator.world.ship(order)


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Serves the simulators on loopback until the end. AppXite's templates are written to the folder."""
    write_templates(folder)
    with ExitStack() as stack:
        made = {name: name.make(ScaledClock()) for name in OTHERS}
        at = {name: stack.enter_context(SimulatorServer(simulator)).url for name, simulator in made.items()}
        accounts = (
            simulated_accounts.variables(name, url, folder, settle_seconds=_SETTLE_SECONDS) for name, url in at.items()
        )
        yield Stage(made, dict(pair for each in accounts for pair in each))
