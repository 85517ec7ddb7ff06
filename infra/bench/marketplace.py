"""
The simulated Pax8 as a process of its own: companies without number, no limit of calls, everything live at once.

`python marketplace.py COMPANIES` prints its address. `GET /_sim/count` tells what was called, and when last;
`POST /_sim/waiting` makes orders that wait.
"""

from __future__ import annotations

import json
import sys
import time
from uuid import UUID

from pipeline.marketplaces.pax8.simulator import Line, Pax8Simulator, catalogue
from pipeline.marketplaces.simulation import ScaledClock, serve
from pipeline.marketplaces.simulation.exchange import Call, Exchange, Reply

PRODUCT = catalogue.BACKUP.id


def company_id(number: int) -> str:
    return str(UUID(int=(0x4 << 76) | (0x8 << 60) | number + 1))


class Counting(Pax8Simulator):
    """The simulator, and how many calls of each kind there were; `last` is CLOCK_MONOTONIC in seconds."""

    last = 0.0

    def leave(self, exchange: Exchange) -> None:
        self.last = time.monotonic()
        super().leave(exchange)

    def control(self, call: Call) -> Reply:
        match call.path:
            case "/_sim/count":
                return Reply.json(200, {"calls": dict(self.traffic.calls), "last": self.last})
            case "/_sim/waiting":
                return Reply.json(200, {"placed": self._park(**json.loads(call.body))})
            case _:
                return super().control(call)

    def _park(self, count: int, companies: int) -> list[tuple[str, str, str]]:
        """So many orders of one line that wait for a person at Pax8: their ids, subscriptions and companies."""
        placed = []
        for number in range(count):
            order = self.world.stranger_order(company_id(number % companies), [Line(PRODUCT, 2, "Monthly")])
            subscription = str(order.lines[0].subscription_id)
            self.world.set_status(subscription, "PendingManual")
            placed.append((order.id, subscription, order.company_id))
        return placed


def main(companies: int) -> None:
    simulator = Counting(ScaledClock(1.0))
    simulator.knobs.calls_per_minute = None
    simulator.world.walks[PRODUCT] = ((0.0, "Active"),)
    for number in range(companies):
        simulator.world.company(f"Bench {number}", id=company_id(number))
    serve(simulator, ready=lambda address: print(address, flush=True))


if __name__ == "__main__":
    main(int(sys.argv[1]))
