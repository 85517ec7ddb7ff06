"""
The simulated Pax8 with old orders, strangers and a bad line before it; and a ledger of who bought what there.

The ledger is kept where the requests arrive: it knows of each purchase for which quote it was sent, whatever the one
who sent it came to believe.
"""

from __future__ import annotations

import heapq
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import httpx

from pipeline.marketplaces.pax8.simulator import Pax8Simulator
from pipeline.marketplaces.pax8.simulator.records import Company, Order, Origin
from workers.drills.keyless.plan import LATEST_COMMIT, LONGEST_LAG, Plan, Wanted, old_moments, some_lines
from workers.drills.virtual import VirtualClock

# How long a client waits for an answer that does not come, where nothing tells it that the connection is gone.
_PATIENCE = 30.0
# Of the old orders' subscriptions: gone with time, so that nothing dates their orders any more.
_UNDATED = 0.3


class Market:
    """`sender` is the quote for which requests come now. `bought` are orders' ids and `sent` instants, by quote."""

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self.clock = clock
        self.simulator = Pax8Simulator(clock, plan.seed)
        self.world = self.simulator.world
        self.world.knobs.calls_per_minute = None
        # So long nothing dates an order.
        self.world.knobs.subscription_id_delay = timedelta(seconds=60)
        self.counts: Counter[str] = Counter()
        self.bought: dict[str, list[str]] = defaultdict(list)
        self.sent: dict[str, list[datetime]] = defaultdict(list)
        self.sender = ""
        self._plan = plan
        self._rng = random.Random(f"{plan.seed} market")  # noqa: S311 - repeatable on purpose
        self._began = clock.now()
        self._to_come: list[tuple[datetime, int, Callable[[], object]]] = []
        self._ticket = count()
        self.companies = [self._move_in(number) for number in range(plan.sizes.companies)]
        self._age()
        for one in plan.strangers:
            self.at(self._began + timedelta(seconds=one.at), partial(self._strange, one.twin_of))

    def at(self, when: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self._to_come, (when, next(self._ticket), act))

    def turn_to(self, when: datetime) -> None:
        """Turns the clock; what happens at the marketplace until then happens at its time."""
        while self._to_come and self._to_come[0][0] <= when:
            at, _, act = heapq.heappop(self._to_come)
            self._turn(at)
            act()
        self._turn(when)

    def pause(self, seconds: float) -> None:
        self.turn_to(self.clock.now() + timedelta(seconds=seconds))

    def moment(self, seconds: float) -> datetime:
        return self._began + timedelta(seconds=seconds)

    def order(self, order_id: str) -> Order | None:
        return self.world.order(order_id)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/orders"):
            # Each answer comes from one of several copies of the list, which trail differently.
            lag = LONGEST_LAG if self._rng.random() < 0.5 else self._rng.uniform(0, LONGEST_LAG)
            self.world.knobs.order_list_lag = timedelta(seconds=lag)
        purchase = request.method == "POST" and request.url.path.endswith("/orders")
        if not purchase or "isMock=true" in str(request.url):
            return self.simulator(request)
        return self._purchase(request)

    def _purchase(self, request: httpx.Request) -> httpx.Response:
        sender, trouble = self.sender, self._plan.sizes.trouble
        self.sent[sender].append(self.clock.now())
        # The same attempt at the same quote meets the same trouble, whoever makes it.
        dice = random.Random(f"{self._plan.seed} {sender} {len(self.sent[sender])}")  # noqa: S311 - repeatable
        chance = dice.random()
        if chance < trouble.lost_before:
            raise self._gone("requests lost before", dice)
        if chance < trouble.lost_before + trouble.late:
            gone = self._gone("carried out late", dice)
            late = timedelta(seconds=dice.uniform(1, LATEST_COMMIT))
            self.at(self.clock.now() + late, lambda: self._carry_out(request, sender))
            raise gone
        response = self._carry_out(request, sender)
        if chance < trouble.lost_before + trouble.late + trouble.lost_after:
            raise self._gone("answers lost after the commit", dice)
        self.counts["answered"] += 1
        return response

    def _gone(self, kind: str, dice: random.Random) -> httpx.TransportError:
        """The answer does not come: the client sees that at once, or when its patience is over."""
        self.counts[kind] += 1
        if dice.random() < 0.5:
            self.pause(dice.uniform(0, 2))
            return httpx.ReadError("[Errno 104] Connection reset by peer")
        self.pause(_PATIENCE)
        return httpx.ReadTimeout("The read operation timed out")

    def _carry_out(self, request: httpx.Request, sender: str) -> httpx.Response:
        response = self.simulator(request)
        if response.status_code == httpx.codes.OK:
            self.bought[sender].append(json.loads(response.content)["id"])
        return response

    def _strange(self, wanted: Wanted) -> None:
        self.counts["strangers"] += 1
        self.world.stranger_order(self.companies[wanted.company], wanted.lines)

    def _turn(self, when: datetime) -> None:
        if when > self.clock.now():
            self.clock.advance(when - self.clock.now())

    def _move_in(self, number: int) -> Company:
        return self.world.company(f"Customer {number:04d}", external_id=f"KEYLESS-{number:04d}")

    def _age(self) -> None:
        """Old orders over all companies, oldest first; a few companies have most of them."""
        rng = random.Random(f"{self._plan.seed} old")  # noqa: S311 - repeatable on purpose
        for ago in old_moments(rng, self._plan.sizes.old):
            company = self.companies[int(rng.random() ** 2 * len(self.companies))]
            made = self.world.buy(company.id, some_lines(rng), Origin.SEED, self._began - ago)
            if rng.random() < _UNDATED:
                for line in made.lines:
                    line.subscription_id = None


def same(order: Order, wanted: Wanted) -> bool:
    """Whether the order at the marketplace has the quote's lines."""
    theirs = Counter((line.product_id, line.quantity, line.billing_term) for line in order.lines)
    return theirs == Counter((line.product_id, line.quantity, line.billing_term) for line in wanted.lines)


def told(order: Order | None) -> dict[str, Any]:
    """An order at the marketplace, for evidence."""
    if order is None:
        return {}
    return {"id": order.id, "origin": order.origin.value, "created": order.created.isoformat()}
