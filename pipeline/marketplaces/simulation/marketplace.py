"""A simulated marketplace: one call in, one reply out, whether in this process or behind HTTP."""

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar

import httpx

from pipeline.marketplaces.simulation.clock import SimulationClock
from pipeline.marketplaces.simulation.control import Desk, Wheel, steer
from pipeline.marketplaces.simulation.exchange import Call, Exchange, Reply, answer_in_process
from pipeline.marketplaces.simulation.faults import EDGE_PAGE, Fault, FaultKind, Faults, distort
from pipeline.marketplaces.simulation.knobs import CommonKnobs
from pipeline.marketplaces.simulation.routing import Problem, Route, Routes
from pipeline.marketplaces.simulation.tokens import Tokens
from pipeline.marketplaces.simulation.traffic import Traffic
from pipeline.marketplaces.simulation.world import SimulatedWorld

_CARRIED_OUT_ANYWAY = frozenset({FaultKind.DELAY, FaultKind.DRIP})


@dataclass(frozen=True, slots=True)
class _Plan:
    route: Route
    refusal: Reply | None
    fault: Fault | None


class SimulatedMarketplace(ABC):
    """What the marketplaces' simulators have in common; each brings its routes, its words and its world.

    `httpx.MockTransport(simulator)` uses one in this process, `SimulatorServer(simulator)` and
    `serve(simulator, host, port)` over HTTP. Any number of threads may call it; `simulator.locked()` keeps them out
    while a test changes several things at once. Equal seeds and equal calls give equal ids and faults.

    `faults` are what goes wrong, `traffic` what was counted.
    """

    routes: ClassVar[Routes]
    wheels: ClassVar[Mapping[str, Wheel]] = {}

    def __init__(self, world: SimulatedWorld, knobs: CommonKnobs, tokens: Tokens, seed: int = 0) -> None:
        self.clock: SimulationClock = world.clock
        self.faults = Faults(random.Random(seed + 1))  # noqa: S311 - repeatable on purpose
        self.tokens = tokens
        self.traffic = Traffic()
        self._common = knobs
        self._base = world
        self._chance = random.Random(seed + 2)  # noqa: S311 - repeatable on purpose
        self._desk = Desk(world, knobs, self.faults, tokens, self.traffic)

    @abstractmethod
    def admit(self, call: Call, route: Route) -> Problem | None:
        """What stands before every route: the credentials, the right headers."""

    @abstractmethod
    def in_words(self, problem: Problem, call: Call) -> Reply:
        """The problem in the marketplace's envelope."""

    def too_many(self, call: Call) -> Reply:
        return self.in_words(Problem(429, "Too many requests"), call)

    def imagined(self, call: Call, route: Route) -> Reply:
        """An answer to distort although nothing is carried out."""
        return self.handle(call, route) if call.method == "GET" else Reply.json(200, {})

    def without_id(self, reply: Reply) -> Any:
        """The content of an answer that reads well, but lacks the id of what was made."""
        return {key: value for key, value in reply.content().items() if key != "id"}

    def something_else(self, reply: Reply) -> Any:  # noqa: ARG002
        """The content of an answer that reads well, but isn't about what was asked for."""
        return {"unexpected": True}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return answer_in_process(self, request)

    @property
    def bought(self) -> Sequence[Any]:
        """What was bought over the API, oldest first."""
        return self._base.bought

    def locked(self) -> AbstractContextManager[Any]:
        return self._base.lock

    def arrive(self, call: Call) -> Exchange:
        with self._base.lock:
            route = self.routes.of(call)
            self.traffic.enter(route.label)
            refusal = self._refusal(call, route)
            fault = None if refusal else self.faults.pick(route.label, call)
            return Exchange(call, self._wait(route.label, fault), _Plan(route, refusal, fault))

    def carry_out(self, exchange: Exchange) -> Reply:
        plan: _Plan = exchange.plan
        with self._base.lock:
            self._base.settle()
            reply = plan.refusal or self._answer(exchange.call, plan.route, plan.fault)
            self.traffic.statuses[reply.status] += 1
            if reply.status < 300 and not self.is_free(plan.route):
                self.traffic.succeeded(self._base.now)
            return reply

    def leave(self, exchange: Exchange) -> None:
        plan: _Plan = exchange.plan
        with self._base.lock:
            self.traffic.leave(plan.route.label)

    def control(self, call: Call) -> Reply:
        with self._base.lock:
            self._base.settle()
            return steer(self._desk, self.wheels, call)

    def is_free(self, route: Route) -> bool:  # noqa: ARG002
        """Whether the limit of calls does not count it."""
        return False

    def handle(self, call: Call, route: Route) -> Reply:
        if route.handler is None:
            return self.in_words(Problem(404, "Not found"), call)
        try:
            return Reply.json(*route.handler(self._base, call, *route.ids))
        except Problem as problem:
            return self.in_words(problem, call)

    def _wait(self, label: str, fault: Fault | None) -> float:
        knobs = self._common
        wait = knobs.latency_by_route.get(label, knobs.latency)
        if knobs.latency_jitter:
            wait += self._chance.uniform(0, knobs.latency_jitter)
        delayed = fault is not None and fault.kind is FaultKind.DELAY and fault.when == "before"
        return wait + (fault.seconds if delayed and fault else 0.0)

    def _refusal(self, call: Call, route: Route) -> Reply | None:
        """Credentials, a known path, the limit of calls."""
        if problem := self.admit(call, route):
            return self.in_words(problem, call)
        if route.handler is None:
            known = route.path_exists
            return self.in_words(Problem(405, "Method not allowed") if known else Problem(404, "Not found"), call)
        limit, now = self._common.calls_per_minute, self._base.now
        if limit is None or self.is_free(route) or self.traffic.in_the_last_minute(now) < limit:
            return None
        wait = ceil(self.traffic.until_one_expires(now).total_seconds())
        return self._put_off(call, wait if self._common.tells_retry_after else None)

    def _put_off(self, call: Call, retry_after: float | str | None) -> Reply:
        reply = self.too_many(call)
        if retry_after is None:
            return reply
        return Reply(429, reply.body, reply.content_type, headers=(("retry-after", str(retry_after)),))

    def _answer(self, call: Call, route: Route, fault: Fault | None) -> Reply:
        if fault is None:
            return self.handle(call, route)
        if fault.kind is FaultKind.LATE:
            self._base.later(fault.seconds, lambda: self._commit_late(call, route))
            reply = Reply(200)
        elif fault.when == "after" or fault.kind in _CARRIED_OUT_ANYWAY:
            reply = self.handle(call, route)
        else:
            reply = self.imagined(call, route) if fault.alters_the_answer else Reply(200)
        return distort(fault, self._in_our_words(fault, call, reply))

    def _commit_late(self, call: Call, route: Route) -> None:
        self.handle(call, route)

    def _in_our_words(self, fault: Fault, call: Call, reply: Reply) -> Reply:
        kind = fault.then if fault.kind is FaultKind.LATE else fault.kind
        match kind:
            case FaultKind.STATUS if fault.status == 429:
                return self._put_off(call, fault.retry_after)
            case FaultKind.STATUS if fault.html:
                return Reply(fault.status, EDGE_PAGE % (fault.status, fault.status), "text/html")
            case FaultKind.STATUS:
                return self.in_words(Problem(fault.status, "Something went wrong"), call)
            case FaultKind.NO_ID:
                return reply.with_json(self.without_id(reply))
            case FaultKind.WRONG:
                return reply.with_json(fault.body if fault.body is not None else self.something_else(reply))
            case _:
                return reply
