"""A worker's own way to a simulated marketplace, by which is known what that worker has there at any moment."""

from __future__ import annotations

import json
from collections import Counter

from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation.exchange import Call, Exchange, Reply, Simulator

PURCHASES = {
    Simulated.PAX8: "/v1/orders",
    Simulated.APPXITE: "/orders/operation",
    Simulated.FLEXPORTAL: "/v1/orders",
    Simulated.LIMIO: "/api/partner/order",
}
"""Where each is bought at, by POST."""
_COMPANIES = "/v1/companies"


def is_purchase(name: Simulated, call: Call) -> bool:
    if call.method != "POST" or call.path != PURCHASES[name]:
        return False
    if name is Simulated.APPXITE:
        return b'"place_order"' in call.body
    return call.query.get("isMock", "").lower() != "true"


class Door:
    """Hands every call on to the one simulator of this name."""

    def __init__(self, name: Simulated, simulator: Simulator) -> None:
        self._name = name
        self._simulator = simulator
        self._inside: dict[int, Call] = {}
        self._used = False

    @property
    def buying(self) -> int:
        """How many purchases of this worker are at the marketplace now."""
        return sum(is_purchase(self._name, call) for call in list(self._inside.values()))

    @property
    def used(self) -> bool:
        """Whether its worker has come by since the last cut."""
        return self._used

    def cut(self) -> tuple[int, int]:
        """Its purchases and its calls of any kind that are there now, which from here on are nobody's."""
        inside, self._inside = self._inside, {}
        self._used = False
        return sum(is_purchase(self._name, call) for call in inside.values()), len(inside)

    def arrive(self, call: Call) -> Exchange:
        exchange = self._simulator.arrive(call)
        self._inside[id(exchange)] = call
        self._used = True
        return exchange

    def carry_out(self, exchange: Exchange) -> Reply:
        return self._simulator.carry_out(exchange)

    def leave(self, exchange: Exchange) -> None:
        self._inside.pop(id(exchange), None)
        self._simulator.leave(exchange)

    def control(self, call: Call) -> Reply:
        return self._simulator.control(call)


class Pax8Door(Door):
    """
    `doubles` counts the companies that were to be made although one of the name was there: the marketplace refuses
    that, so that it shows nowhere else.
    """

    def __init__(self, simulator: Pax8Simulator) -> None:
        super().__init__(Simulated.PAX8, simulator)
        self._pax8 = simulator
        self.doubles: Counter[str] = Counter()

    def carry_out(self, exchange: Exchange) -> Reply:
        call = exchange.call
        if call.method == "POST" and call.path == _COMPANIES:
            name = str(json.loads(call.body)["name"])
            with self._pax8.locked():
                self.doubles[name] += self._pax8.world.same_name(name) is not None
        return super().carry_out(exchange)
