"""The simulated Pax8: one call in, one reply out, whether in this process or behind HTTP."""

import random
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import ceil
from typing import Any

import httpx

from pipeline.marketplaces.pax8.simulator import control
from pipeline.marketplaces.pax8.simulator.demo import demo_world
from pipeline.marketplaces.pax8.simulator.distortions import something_else, without_id
from pipeline.marketplaces.pax8.simulator.problems import TOO_MANY, Problem, envelope
from pipeline.marketplaces.pax8.simulator.routes import REHEARSAL, SUBMIT, TOKEN, Route, route_of
from pipeline.marketplaces.pax8.simulator.tokens import Tokens
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock
from pipeline.marketplaces.simulation.exchange import Call, Exchange, Reply, answer_in_process
from pipeline.marketplaces.simulation.faults import EDGE_PAGE, Fault, FaultKind, Faults, distort
from pipeline.marketplaces.simulation.traffic import Traffic

_CARRIED_OUT_ANYWAY = frozenset({FaultKind.DELAY, FaultKind.DRIP})


@dataclass(frozen=True, slots=True)
class _Plan:
    route: Route
    refusal: Reply | None
    fault: Fault | None


class Pax8Simulator:
    """Answers as Pax8's partner API does (base path `/v1`), with a clock to turn and faults to switch on.

    `httpx.MockTransport(simulator)` or `simulator.client()` use it in this process, `SimulatorServer(simulator)` and
    `serve(simulator, host, port)` over HTTP. Any number of threads may call it; `simulator.locked()` keeps them out
    while a test changes several things at once. Equal seeds and equal calls give equal ids and faults.

    `world` is what exists there, `knobs` how it behaves, `faults` what goes wrong, `traffic` what was counted.
    """

    def __init__(self, clock: SimulationClock | None = None, seed: int = 0, world: World | None = None) -> None:
        """Begins with `demo_world(clock, seed)`, or with the world given, whose clock it then keeps."""
        self.world = world or demo_world(clock or SimulatedClock(), seed)
        self.clock = self.world.clock
        self.knobs = self.world.knobs
        self.faults = Faults(random.Random(seed + 1))  # noqa: S311 - repeatable on purpose
        self.tokens = Tokens(self.world)
        self.traffic = Traffic()
        self._chance = random.Random(seed + 2)  # noqa: S311 - repeatable on purpose
        self._desk = control.Desk(self.world, self.faults, self.tokens, self.traffic)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return answer_in_process(self, request)

    def client(self, base_url: str = "http://pax8.simulator/v1") -> httpx.Client:
        """A client in this process that carries a good token already."""
        headers = {"authorization": f"Bearer {self.tokens.issue()}"}
        return httpx.Client(transport=httpx.MockTransport(self), base_url=base_url, headers=headers)

    def locked(self) -> AbstractContextManager[Any]:
        return self.world.lock

    def arrive(self, call: Call) -> Exchange:
        with self.world.lock:
            route = route_of(call)
            self.traffic.enter(route.label)
            refusal = self._refusal(call, route)
            fault = None if refusal else self.faults.pick(route.label, call)
            return Exchange(call, self._wait(route.label, fault), _Plan(route, refusal, fault))

    def carry_out(self, exchange: Exchange) -> Reply:
        plan: _Plan = exchange.plan
        with self.world.lock:
            self.world.settle()
            reply = plan.refusal or self._answer(exchange.call, plan.route, plan.fault)
            self.traffic.statuses[reply.status] += 1
            if reply.status < 300 and plan.route.label != TOKEN:
                self.traffic.succeeded(self.world.now)
            return reply

    def leave(self, exchange: Exchange) -> None:
        plan: _Plan = exchange.plan
        with self.world.lock:
            self.traffic.leave(plan.route.label)

    def control(self, call: Call) -> Reply:
        with self.world.lock:
            self.world.settle()
            return control.answer(self._desk, call)

    def _wait(self, label: str, fault: Fault | None) -> float:
        wait = self.knobs.latency_by_route.get(label, self.knobs.latency)
        if self.knobs.latency_jitter:
            wait += self._chance.uniform(0, self.knobs.latency_jitter)
        delayed = fault is not None and fault.kind is FaultKind.DELAY and fault.when == "before"
        return wait + (fault.seconds if delayed and fault else 0.0)

    def _refusal(self, call: Call, route: Route) -> Reply | None:
        """What stands before every route: a token, a known path, the limit of calls."""
        if route.label == TOKEN:
            return None
        if not self.tokens.admit(call.authorization):
            return _problem(Problem(401, "Unauthorized"), call)
        if route.handler is None:
            known = route.path_exists
            return _problem(Problem(405, "Method not allowed") if known else Problem(404, "Not found"), call)
        limit, now = self.knobs.calls_per_minute, self.world.now
        if limit is None or self.traffic.in_the_last_minute(now) < limit:
            return None
        wait = ceil(self.traffic.until_one_expires(now).total_seconds())
        return _too_many(wait if self.knobs.tells_retry_after else None)

    def _answer(self, call: Call, route: Route, fault: Fault | None) -> Reply:
        if fault is None:
            return self._handle(call, route)
        if fault.kind is FaultKind.LATE:
            self.world.later(fault.seconds, lambda: self._commit_late(call, route))
            reply = Reply(200)
        elif fault.when == "after" or fault.kind in _CARRIED_OUT_ANYWAY:
            reply = self._handle(call, route)
        else:
            reply = self._imagine(call, route) if fault.alters_the_answer else Reply(200)
        return distort(fault, self._in_our_words(fault, call, reply))

    def _commit_late(self, call: Call, route: Route) -> None:
        self._handle(call, route)

    def _handle(self, call: Call, route: Route) -> Reply:
        if route.label == TOKEN:
            return Reply.json(*self.tokens.answer(call.body))
        if route.handler is None:
            return _problem(Problem(404, "Not found"), call)
        try:
            return Reply.json(*route.handler(self.world, call, *route.ids))
        except Problem as problem:
            return _problem(problem, call)

    def _imagine(self, call: Call, route: Route) -> Reply:
        """An answer to distort although nothing is carried out."""
        if route.label == SUBMIT:
            rehearsal = Call(call.method, call.path, {"isMock": "true"}, call.authorization, call.body)
            return self._handle(rehearsal, route_of(rehearsal))
        return self._handle(call, route) if call.method == "GET" or route.label == REHEARSAL else Reply.json(200, {})

    def _in_our_words(self, fault: Fault, call: Call, reply: Reply) -> Reply:
        kind = fault.then if fault.kind is FaultKind.LATE else fault.kind
        match kind:
            case FaultKind.STATUS if fault.status == 429:
                return _too_many(fault.retry_after)
            case FaultKind.STATUS if fault.html:
                return Reply(fault.status, EDGE_PAGE % (fault.status, fault.status), "text/html")
            case FaultKind.STATUS:
                return _problem(Problem(fault.status, "Something went wrong"), call)
            case FaultKind.NO_ID:
                return reply.with_json(without_id(reply))
            case FaultKind.WRONG:
                return reply.with_json(fault.body if fault.body is not None else something_else(reply))
            case _:
                return reply


def _problem(problem: Problem, call: Call) -> Reply:
    return Reply.json(problem.status, envelope(problem.status, problem.message, call.path, problem.details))


def _too_many(retry_after: float | str | None) -> Reply:
    reply = Reply.json(429, TOO_MANY)
    if retry_after is None:
        return reply
    return Reply(429, reply.body, headers=(("retry-after", str(retry_after)),))
