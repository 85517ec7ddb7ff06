"""The simulated Limio: one call in, one reply out, whether in this process or behind HTTP."""

import json
from dataclasses import replace
from typing import Any

import httpx

from pipeline.marketplaces.limio.simulator import assumed, control, orders
from pipeline.marketplaces.limio.simulator.demo import demo_world
from pipeline.marketplaces.limio.simulator.knobs import PARTNER_SCOPE
from pipeline.marketplaces.limio.simulator.problems import MESSAGES, envelope
from pipeline.marketplaces.limio.simulator.routes import BEGIN_CHANGE, HANDLERS, PREVIEW, SUBMIT, TOKEN
from pipeline.marketplaces.limio.simulator.tokens import LimioTokens
from pipeline.marketplaces.limio.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock
from pipeline.marketplaces.simulation.exchange import Call, Reply
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from pipeline.marketplaces.simulation.routing import Problem, Route, Routes

SUBMITS = frozenset({SUBMIT, "POST /api/order", "POST /api/admin/order"})


class LimioSimulator(SimulatedMarketplace):
    """Answers as a tenant of Limio does (base path `/api`, tokens at `/oauth2/token`), with a clock and faults.

    `world` is what exists there, `knobs` how it behaves.
    """

    routes = Routes({**HANDLERS, TOKEN: lambda *_: (404, None)})
    wheels = control.WHEELS

    def __init__(self, clock: SimulationClock | None = None, seed: int = 0, world: World | None = None) -> None:
        """Begins with `demo_world(clock, seed)`, or with the world given, whose clock it then keeps."""
        self.world = world or demo_world(clock or SimulatedClock(), seed)
        self.knobs = self.world.knobs
        self._token_desk = LimioTokens(self.world, self.knobs)
        super().__init__(self.world, self.knobs, self._token_desk, seed)

    def client(self, base_url: str = "http://limio.simulator/api") -> httpx.Client:
        """A client in this process that carries a good token already."""
        headers = {"authorization": f"Bearer {self.tokens.issue()}"}
        return httpx.Client(transport=httpx.MockTransport(self), base_url=base_url, headers=headers)

    def admit(self, call: Call, route: Route) -> Problem | None:
        if route.label == TOKEN:
            return None
        if not self.tokens.admit(call.authorization):
            return Problem(401, MESSAGES[401])
        if "/partner/" in route.label and not self._token_desk.allows(call.authorization, PARTNER_SCOPE):
            return Problem(assumed.MISSING_SCOPE, f"The token lacks the scope {PARTNER_SCOPE}")
        return None

    def is_free(self, route: Route) -> bool:
        return route.label == TOKEN

    def handle(self, call: Call, route: Route) -> Reply:
        if route.label == TOKEN:
            return Reply.json(*self._token_desk.answer(call))
        reply = super().handle(call, route)
        if route.label == BEGIN_CHANGE and reply.status == 200:
            cookie = f"{assumed.LANDING_COOKIE}={reply.content()['id']}; Path=/; HttpOnly"
            return replace(reply, headers=(("set-cookie", cookie),))
        if route.label in SUBMITS and b'"process_immediately"' in call.body and _is_immediate(call):
            return replace(reply, wait=self.knobs.synchronous_takes)
        return reply

    def in_words(self, problem: Problem, call: Call) -> Reply:  # noqa: ARG002
        bad_gateway = problem.status == 502 and problem.message == "Something went wrong"
        return Reply.json(problem.status, envelope(problem.status, "" if bad_gateway else problem.message))

    def imagined(self, call: Call, route: Route) -> Reply:
        if route.label in SUBMITS:
            return self.handle(call, replace(route, handler=orders.imagine))
        if route.label == PREVIEW:
            return self.handle(call, route)
        return super().imagined(call, route)

    def something_else(self, reply: Reply) -> Any:
        """Of an order, the answer about somebody else's."""
        content = reply.content()
        if "order_reference" not in content and "subscriptionReference" not in content:
            return super().something_else(reply)
        other = {"id": self.world.prefixed_id("order"), "order_reference": self.world.reference()}
        return content | other | {"external_id": "EXT-OF-SOMEBODY-ELSE", "owner": self.world.prefixed_id("id")}


def _is_immediate(call: Call) -> bool:
    try:
        return json.loads(call.body).get("process_immediately") is True
    except (ValueError, AttributeError):
        return False
