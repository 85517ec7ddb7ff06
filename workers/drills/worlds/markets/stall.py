"""What the marketplaces of a world have in common, so that one door leads to all of them and the same rules hold."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import httpx

from pipeline.marketplaces.pax8.simulator.customers import Customer
from pipeline.marketplaces.simulated import Simulated
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from pipeline.marketplaces.simulation.world import SimulatedWorld
from workers.drills.worlds.quotes import Bag
from workers.drills.worlds.wares import Wanted

PURCHASE = "place_order"
Route = tuple[str, str]
Fault = Mapping[str, Any]

# How the attempt is found that a request carries out: by what is in the request.
BY_CONTENT = "c.payload_hash = %s"
BY_REFERENCE = "o.ref || '-' || right(replace(o.id::text, '-', ''), 12) = %s"
BY_BASKET = (
    "EXISTS (SELECT 1 FROM claims b WHERE b.order_id = c.order_id AND b.kind = 'fill_basket' AND b.marketplace_id = %s)"
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """
    An order that came in over the API. `ref` is what we call it, `attempt` the id of the claim that was open when its
    request arrived, `basket` what it was bought from.
    """

    marketplace: Simulated
    ref: str
    attempt: str
    bag: Bag
    basket: str = ""


class Watched(SimulatedWorld):
    """A simulated world in which `attempt` names who is calling; what is carried out later is still that caller's."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.attempt = ""
        self.purchases: list[Purchase] = []
        super().__init__(*given, **named)

    def later(self, after: float, act: Callable[[], None]) -> None:
        mine = self.attempt
        super().later(after, lambda: self._as(mine, act))

    def _as(self, attempt: str, act: Callable[[], None]) -> None:
        before, self.attempt = self.attempt, attempt
        act()
        self.attempt = before


class Stall(ABC):
    """
    One marketplace of a world. `keeps_reference`: an order of ours is known there by our own name for it. `submit` is
    the route of the purchase; `containing` marks it where the route is other calls' too.
    """

    name: ClassVar[Simulated]
    keeps_reference: ClassVar[bool] = True
    submit: ClassVar[Route]
    containing: ClassVar[str] = ""
    others: ClassVar[tuple[Fault, ...]] = ()
    """What goes wrong with the other writes."""
    moments: ClassVar[tuple[str, ...]] = ("order",)
    """Parts of paths by which a call takes time: at least the dry run and the purchase."""

    simulator: SimulatedMarketplace
    world: Watched

    @abstractmethod
    def kind(self, request: httpx.Request) -> str:
        """Of which kind a claim must be open for this call; empty: it changes nothing there."""

    def attempt(self, request: httpx.Request) -> tuple[str, str]:
        """How the attempt of a purchase is found, and by what."""
        return BY_CONTENT, hashlib.sha256(request.content).hexdigest()

    @abstractmethod
    def lag(self, by: timedelta) -> None:
        """Orders trail behind from now on."""

    @abstractmethod
    def reprice(self, pick: int) -> str:
        """What most buy costs more, or less."""

    @abstractmethod
    def stranger(self, customer: Customer, lines: Sequence[Wanted], pick: int) -> str:
        """Somebody else buys these lines for the customer. Empty where the customer is nobody there."""

    def happens(self, pick: int) -> str:
        """Somebody there does what is theirs to do, or not to do."""
        del pick
        return "nothing"

    def finish(self) -> None:  # noqa: B027 - at some nobody has anything to do
        """All that waits for somebody there is done."""

    def passes_for_ours(self, ref: str, since: datetime) -> bool:
        """Whether nobody could tell this stranger's order, made since then, from one of ours: not by a reference."""
        del ref, since
        return False

    @abstractmethod
    def is_over(self, ref: str) -> bool:
        """Whether nothing of this order is live, nor will be."""

    def wrong(self) -> Iterator[str]:
        """What must not be there."""
        baskets = [purchase.basket for purchase in self.world.purchases if purchase.basket]
        if len(set(baskets)) < len(baskets):
            yield f"{self.name}: one basket was bought from twice"


class Markets:
    """All marketplaces of one world, by the hosts under which they are called."""

    def __init__(self, stalls: Mapping[str, Stall]) -> None:
        self._by_host = stalls
        self.stalls = tuple(stalls.values())

    @property
    def purchases(self) -> list[Purchase]:
        """Those that were made over the APIs, each marketplace's oldest first."""
        return [purchase for stall in self.stalls for purchase in stall.world.purchases]

    def at(self, host: str) -> Stall:
        return self._by_host[host]

    def of(self, name: str) -> Stall:
        return next(stall for stall in self.stalls if stall.name == name)

    def chosen(self, number: int) -> Stall:
        return self.stalls[number % len(self.stalls)]

    def settle(self) -> None:
        """What was to happen later and is due by now."""
        for stall in self.stalls:
            stall.world.settle()

    def calm(self) -> None:
        for stall in self.stalls:
            stall.simulator.faults.clear()

    def finish(self) -> None:
        for stall in self.stalls:
            stall.finish()
