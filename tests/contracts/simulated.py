"""What the cases of simulated marketplaces share, whichever marketplace it is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from json import loads
from typing import Any, ClassVar

import httpx

from pipeline.abilities import BuysFromBaskets
from pipeline.domain.claim import AnswerClass, FillBasket, PlaceOrder, Purchase
from pipeline.marketplaces import AccountConfig, MemoryBreakerStore, SharedBreaker
from pipeline.marketplaces.account import HttpAccount
from pipeline.marketplaces.deadline import boottime
from pipeline.marketplaces.simulation import SimulatedMarketplace
from pipeline.ports import Account, Exchange, Marketplace, Purpose
from tests.contracts.case import Bought, Route
from tests.contracts.fakes import CountingBudget, MemoryTokens

SOON = 60.0


def in_time() -> float:
    """A `send_before` that has not come yet."""
    return boottime() + SOON


class SimulatedCase(ABC):
    """
    A case over `simulator`, in this process unless `base_url` is a server's.

    `transport` stands for the whole network, `changed` for fields of the account's configuration.
    """

    routes: ClassVar[Mapping[str, Route]]
    origin: ClassVar[str]
    """Where the simulator is taken to be, as `http://pax8.simulator`."""
    account_class: type[HttpAccount]

    def __init__(
        self,
        simulator: SimulatedMarketplace,
        transport: httpx.BaseTransport | None = None,
        base_url: str | None = None,
        clock: Callable[[], float] = boottime,
        **changed: Any,
    ) -> None:
        self._simulator = simulator
        self.budget, self.tokens = CountingBudget(), MemoryTokens()
        self.exchanges: list[Exchange] = []
        self.breaker = SharedBreaker(MemoryBreakerStore())
        self._acts: list[Callable[[], None]] = []
        self._numbers = count(1)
        self._echoes = False
        self._last: httpx.Response | None = None
        given = transport or (httpx.MockTransport(self._answer) if base_url is None else None)
        settings = self.config(base_url or self.origin, changed)
        self.account: Account = self.account_class(settings, self.tokens, self.budget, self.breaker, given, clock)

    @abstractmethod
    def config(self, base_url: str, changed: dict[str, Any]) -> AccountConfig:
        """Of an account that the simulator knows at this address; `changed` goes before."""

    @abstractmethod
    def wanted(self, reference: str, buyer: int = 0, quantity: int = 5) -> Purchase:
        """See `Case`."""

    @abstractmethod
    def orders(self) -> Sequence[Bought]:
        """See `Case`."""

    def open(self, purpose: Purpose = Purpose.WORK) -> Marketplace:
        return self.account.open(purpose, self.exchanges.append)

    def purchase(self, reference: str | None = None, buyer: int = 0, quantity: int = 5) -> PlaceOrder:
        marketplace = self.open()
        wanted = self.wanted(reference or f"QW-CASE{next(self._numbers)}", buyer, quantity)
        return ready(marketplace, wanted)

    def between(self, act: Callable[[], None]) -> None:
        self._acts.append(act)

    def echo(self) -> None:
        self._echoes = True

    def fault(self, kind: str, on: str, **how: Any) -> None:
        route = self.routes[on]
        self._simulator.faults.add(match=(route.method, route.path), kind=kind, containing=route.containing, **how)

    def calls(self, on: str) -> int:
        return self._simulator.traffic.calls[self.routes[on].label]

    def answered(self) -> Any:
        assert self._last is not None
        return loads(self._last.content)

    def bought(self) -> int:
        return len(self.orders())

    def pass_time(self, seconds: float) -> None:
        self._simulator.clock.advance(seconds)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self._echoes:
            self._echoes = False
            told = f"Not understood: {request.url.query.decode()} {request.content.decode()}"
            return httpx.Response(422, json={"message": told}, request=request)
        answer = self._simulator(request)
        self._last = answer
        while self._acts:
            self._acts.pop()()
        return answer


class TokenCase(SimulatedCase):
    """One that is let in by tokens."""

    @property
    def fetched(self) -> int:
        return self.tokens.fetched

    def revoke_tokens(self) -> None:
        self._simulator.tokens.revoke()


def unprepared(marketplace: Marketplace, wanted: Purchase) -> PlaceOrder:
    """The purchase as it is composed, without a basket. Calls nobody."""
    payload = marketplace.compose(wanted)
    return PlaceOrder(company_id=wanted.company_id, payload=payload, lines=wanted.lines, reference=wanted.reference)


def filling(marketplace: Marketplace, wanted: Purchase, number: int = 1) -> FillBasket:
    return FillBasket(
        company_id=wanted.company_id,
        payload=marketplace.compose(wanted),
        lines=wanted.lines,
        reference=wanted.reference,
        number=number,
    )


def ready(marketplace: Marketplace, wanted: Purchase, number: int = 1) -> PlaceOrder:
    """The purchase as the stages make it, with its basket filled where it is bought from one."""
    write = unprepared(marketplace, wanted)
    if not isinstance(marketplace, BuysFromBaskets):
        return write
    fill = filling(marketplace, wanted, number)
    answer = marketplace.send(fill, in_time())
    assert answer.kind is AnswerClass.ACCEPTED, answer
    return write.model_copy(update={"basket": answer.ref or "", "filled": fill})
