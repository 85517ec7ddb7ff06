"""The simulated Pax8: one call in, one reply out, whether in this process or behind HTTP."""

import json
from typing import Any

import httpx

from pipeline.marketplaces.pax8.simulator import control
from pipeline.marketplaces.pax8.simulator.demo import demo_world
from pipeline.marketplaces.pax8.simulator.distortions import something_else
from pipeline.marketplaces.pax8.simulator.problems import TOO_MANY, envelope
from pipeline.marketplaces.pax8.simulator.routes import HANDLERS, REHEARSAL, SUBMIT, TOKEN
from pipeline.marketplaces.pax8.simulator.tokens import Pax8Tokens
from pipeline.marketplaces.pax8.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock
from pipeline.marketplaces.simulation.exchange import Call, Reply
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from pipeline.marketplaces.simulation.routing import Problem, Route, Routes


class Pax8Simulator(SimulatedMarketplace):
    """Answers as Pax8's partner API does (base path `/v1`), with a clock to turn and faults to switch on.

    `world` is what exists there, `knobs` how it behaves.
    """

    routes = Routes({**HANDLERS, TOKEN: lambda *_: (404, None)})
    wheels = control.WHEELS

    def __init__(self, clock: SimulationClock | None = None, seed: int = 0, world: World | None = None) -> None:
        """Begins with `demo_world(clock, seed)`, or with the world given, whose clock it then keeps."""
        self.world = world or demo_world(clock or SimulatedClock(), seed)
        self.knobs = self.world.knobs
        self._token_desk = Pax8Tokens(self.world, self.knobs)
        super().__init__(self.world, self.knobs, self._token_desk, seed)

    def client(self, base_url: str = "http://pax8.simulator/v1") -> httpx.Client:
        """A client in this process that carries a good token already."""
        headers = {"authorization": f"Bearer {self.tokens.issue()}"}
        return httpx.Client(transport=httpx.MockTransport(self), base_url=base_url, headers=headers)

    def admit(self, call: Call, route: Route) -> Problem | None:
        if route.label == TOKEN or self.tokens.admit(call.authorization):
            return None
        return Problem(401, "Unauthorized")

    def is_free(self, route: Route) -> bool:
        return route.label == TOKEN

    def handle(self, call: Call, route: Route) -> Reply:
        if route.label == TOKEN:
            return Reply.json(*self._token_desk.answer(call.body))
        return super().handle(call, route)

    def in_words(self, problem: Problem, call: Call) -> Reply:
        return Reply.json(problem.status, envelope(problem.status, str(problem), call.path, problem.details))

    def too_many(self, call: Call) -> Reply:  # noqa: ARG002
        return Reply.json(429, TOO_MANY)

    def imagined(self, call: Call, route: Route) -> Reply:
        if route.label == SUBMIT:
            rehearsal = Call(call.method, call.path, {"isMock": "true"}, call.headers, call.body)
            return self.handle(rehearsal, self.routes.of(rehearsal))
        if route.label == REHEARSAL:
            return self.handle(call, route)
        return super().imagined(call, route)

    def something_else(self, reply: Reply) -> Any:
        return something_else(json.loads(reply.body) if reply.body else {})
