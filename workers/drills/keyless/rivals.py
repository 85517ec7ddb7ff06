"""Two usual ways to buy at a marketplace without a key, for comparison; both speak the same simulated API."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Generator, Mapping
from datetime import timedelta
from typing import Any

import httpx

from workers.drills.keyless.market import Market
from workers.drills.keyless.plan import Plan, Wanted
from workers.drills.keyless.verdict import Believed

_AGAIN = (2.0, 5.0, 10.0, 20.0, 40.0)
_LOOKS = (5.0, 10.0, 20.0, 40.0, 60.0)
Json = dict[str, Any]
# Waits between what it does, in seconds; at the end the order that it takes for its own.
Steps = Generator[float, None, str | None]


class Rival:
    """Buys one quote after the other; what it owns already it does not take again."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.owned: set[str] = set()
        token = market.simulator.tokens.issue()
        self.client = httpx.Client(
            transport=httpx.MockTransport(market),
            base_url="http://pax8.simulator/v1",
            headers={"authorization": f"Bearer {token}"},
        )

    def send(self, wanted: Wanted) -> str:
        """Raises httpx.TransportError."""
        body = {"companyId": self.market.companies[wanted.company].id, "lineItems": _lines(wanted)}
        return str(self.client.post("/orders", json=body).raise_for_status().json()["id"])

    def retry_on_time_out(self, wanted: Wanted) -> Steps:
        for wait in _AGAIN:
            try:
                return self.send(wanted)
            except httpx.TransportError:
                yield wait
        return None

    def adopt_the_first_equal_order(self, wanted: Wanted) -> Steps:
        """The first of this day that has the same lines and is none of its own. It looks for two minutes."""
        try:
            return self.send(wanted)
        except httpx.TransportError:
            days = {str((self.market.clock.now() + timedelta(days=day)).date()) for day in (-1, 0)}
        for wait in _LOOKS:
            yield wait
            for order in self._listed(self.market.companies[wanted.company].id):
                if order["createdDate"] in days and order["id"] not in self.owned and _bag(order) == _wanted(wanted):
                    return str(order["id"])
        return None

    def _listed(self, company_id: str) -> list[Json]:
        found: list[Json] = []
        for number in range(1000):
            path = f"/orders?companyId={company_id}&size=200&page={number}"
            content = json.loads(self.client.get(path).content)
            found += content["content"]
            if number + 1 >= content["page"]["totalPages"]:
                break
        return found


Way = Callable[[Rival, Wanted], Steps]
RIVALS: Mapping[str, Way] = {
    "retry on time-out": Rival.retry_on_time_out,
    "never retry, adopt the first equal order": Rival.adopt_the_first_equal_order,
}


def compete(plan: Plan, market: Market, way: Way) -> Mapping[str, Believed]:
    """Buys all quotes of the plan this way, several at a time."""
    rival, believed = Rival(market), {}
    turns = [(market.moment(one.at), at, one, way(rival, one)) for at, one in enumerate(plan.quotes)]
    heapq.heapify(turns)
    while turns:
        when, at, wanted, steps = heapq.heappop(turns)
        market.turn_to(when)
        market.sender = wanted.id
        try:
            wait = next(steps)
        except StopIteration as end:
            if end.value is not None:
                rival.owned.add(end.value)
            believed[wanted.id] = Believed(end.value)
        else:
            heapq.heappush(turns, (market.clock.now() + timedelta(seconds=wait), at, wanted, steps))
    market.pause(600)
    return believed


def _lines(wanted: Wanted) -> list[Json]:
    return [
        {
            "lineItemNumber": line.number,
            "productId": line.product_id,
            "quantity": line.quantity,
            "billingTerm": line.billing_term,
        }
        for line in wanted.lines
    ]


def _wanted(wanted: Wanted) -> list[tuple[str, int, str]]:
    return sorted((line.product_id, line.quantity, line.billing_term) for line in wanted.lines)


def _bag(order: Json) -> list[tuple[str, int, str]]:
    return sorted((line["productId"], line["quantity"], line["billingTerm"]) for line in order["lineItems"])
