"""One order of each kind, made the real way: accepted, taken through the stages by workers, and left where it waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from pipeline.marketplaces.pax8.simulator import catalogue, customers
from pipeline.marketplaces.simulation.faults import Fault, FaultKind
from pipeline.store.tables import ORDERS
from workers.bootstrap import Application
from workers.drills.house import House, until
from workers.drills.quotes import asking, done, line, quote
from workers.drills.silence.sizes import Kind

Json = dict[str, Any]
_DAYS_AHEAD = timedelta(days=30)
_TRIES = 2
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Specimen:
    """`company_id` is the marketplace's company that its facts name."""

    order_id: UUID
    company_id: str


class Specimens:
    """Begins them all, so that they come to wait side by side; `ready` gives them once each waits for its thing."""

    def __init__(self, house: House, application: Application) -> None:
        self._house = house
        self._application = application
        self._begun: dict[Kind, tuple[str, customers.Customer]] = {}
        self._fault: Fault | None = None

    def begin(self) -> None:
        later = (datetime.now(UTC) + _DAYS_AHEAD).date().isoformat()
        for_activation = [line(product=catalogue.HANDSET_ACTIVATION)]
        self._accept(Kind.DATED, requested_date=later)
        self._accept(Kind.POLLING, lines=for_activation)
        self._accept(Kind.RETRYING, lines=for_activation)
        self._accept(Kind.ASKING, lines=[line(product=catalogue.FIREWALL_MANUAL)])
        self._accept(Kind.ENDED)
        lost = self._house.customer()
        self._house.simulator.faults.add(
            kind=FaultKind.RESET, match=("POST", "/v1/orders"), containing=lost.id, when="before"
        )
        self._accept(Kind.LOST, lost)

    def ready(self) -> Mapping[Kind, Specimen]:
        self._fault_on_polls()
        self._wait(Kind.DATED, lambda order: order["state"] == "scheduled")
        self._wait(Kind.POLLING, lambda order: order["stage"] == "poll_status" and order["state"] == "waiting")
        self._wait(Kind.ENDED, done)
        self._wait(Kind.ASKING, asking)
        self._wait(Kind.LOST, lambda order: bool(order["unknown_submit"]))
        self._accept(Kind.BEHIND, self._begun[Kind.LOST][1])
        self._wait(Kind.BEHIND, lambda order: order["stage"] == "submit" and order["state"] == "waiting")
        self._wait(Kind.LOST, asking)
        tried = self._id(Kind.RETRYING)
        until(lambda: self._column(tried, "faults") >= _TRIES, _PATIENCE)
        return {kind: Specimen(self._id(kind), customer.id) for kind, (_, customer) in self._begun.items()}

    def mend(self) -> None:
        """Ends the fault that one of them meets. Until then it is one that is tried again."""
        if self._fault is not None:
            self._fault.times = 0

    def _fault_on_polls(self) -> None:
        """What the order that is tried again has bought cannot be read, from its first poll that waited on."""
        waits = self._wait(
            Kind.RETRYING,
            lambda order: order["state"] == "waiting" and order["lines"][0]["subscription_id"] is not None,
        )
        bought = waits["lines"][0]["subscription_id"]
        self._fault = self._house.simulator.faults.add(
            kind=503, match=("GET", f"/v1/subscriptions/{bought}"), times=None, when="before"
        )

    def _accept(self, kind: Kind, customer: customers.Customer | None = None, **more: Any) -> None:
        customer = customer or self._house.customer()
        self._begun[kind] = self._house.accept(self._application, quote(customer=customer, **more)), customer

    def _wait(self, kind: Kind, until: Callable[[Json], bool]) -> Json:
        return self._house.wait(self._application, self._begun[kind][0], until, _PATIENCE)

    def _id(self, kind: Kind) -> UUID:
        (order,) = self._house.orders_of(self._application, self._begun[kind][0])
        with self._application.database.transaction() as connection:
            found: UUID = connection.execute(select(ORDERS.c.id).where(ORDERS.c.ref == order["ref"])).scalar_one()
        return found

    def _column(self, order_id: UUID, name: str) -> Any:
        with self._application.database.transaction() as connection:
            return connection.execute(select(ORDERS.c[name]).where(ORDERS.c.id == order_id)).scalar_one()
