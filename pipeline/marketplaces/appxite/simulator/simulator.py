"""The simulated AppXite: one call in, one reply out, whether in this process or behind HTTP."""

import json
from datetime import datetime, timedelta
from typing import Any

import httpx

from pipeline.marketplaces.appxite.simulator import assumed, control, ordering
from pipeline.marketplaces.appxite.simulator.customers import CONTOSO
from pipeline.marketplaces.appxite.simulator.demo import demo_world
from pipeline.marketplaces.appxite.simulator.headers import VERSION, missing_headers
from pipeline.marketplaces.appxite.simulator.offers import Kind
from pipeline.marketplaces.appxite.simulator.problems import by_gateway
from pipeline.marketplaces.appxite.simulator.routes import CART, HANDLERS, OPERATION
from pipeline.marketplaces.appxite.simulator.tokens import AppXiteTokens
from pipeline.marketplaces.appxite.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock
from pipeline.marketplaces.simulation.exchange import Call, Reply
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from pipeline.marketplaces.simulation.routing import Problem, Route, Routes

_IMAGINED = {CART: ordering.imagined_cart, OPERATION: ordering.imagined_operation}


class AppXiteSimulator(SimulatedMarketplace):
    """Answers as AppXite's Order API 3.1 does (no base path), with a clock to turn and faults to switch on.

    `world` is what exists there, `knobs` how it behaves.
    """

    routes = Routes({**HANDLERS, assumed.TOKEN: lambda *_: (404, None)})
    wheels = control.WHEELS

    def __init__(self, clock: SimulationClock | None = None, seed: int = 0, world: World | None = None) -> None:
        """Begins with `demo_world(clock, seed)`, or with the world given, whose clock it then keeps."""
        self.world = world or demo_world(clock or SimulatedClock(), seed)
        self.knobs = self.world.knobs
        self._token_desk = AppXiteTokens(self.world, self.knobs)
        self._cache: dict[tuple[str, str, str], tuple[datetime, Reply]] = {}
        super().__init__(self.world, self.knobs, self._token_desk, seed)

    def headers(self, organisation_id: str = CONTOSO.id) -> dict[str, str]:
        """All that a call needs, with a good token, on behalf of that organisation."""
        return {
            self.knobs.portal_header: self.knobs.portal,
            "ocp-apim-subscription-key": self.knobs.subscription_key,
            "api-version": VERSION,
            "x-on-behalf-of": organisation_id,
            "authorization": f"Bearer {self.tokens.issue()}",
        }

    def client(self, organisation_id: str = CONTOSO.id, base_url: str = "http://appxite.simulator") -> httpx.Client:
        """A client in this process that carries these headers already: for tests; ours has none that are shared."""
        transport = httpx.MockTransport(self)
        return httpx.Client(transport=transport, base_url=base_url, headers=self.headers(organisation_id))

    def admit(self, call: Call, route: Route) -> Problem | None:
        if route.label == assumed.TOKEN:
            return None
        return missing_headers(call.headers, route, self.knobs, self.tokens)

    def is_free(self, route: Route) -> bool:
        return route.label == assumed.TOKEN

    def handle(self, call: Call, route: Route) -> Reply:
        if route.label == assumed.TOKEN:
            return Reply.json(*self._token_desk.answer(call.body))
        if call.method == "GET" and call.headers.get("x-use-cache", "").lower() == "true":
            return self._cached(call, route)
        return super().handle(call, route)

    def _cached(self, call: Call, route: Route) -> Reply:
        """What anybody of the company read a while ago, as long as its duration (milliseconds) lasts."""
        key = (call.path, json.dumps(dict(call.query)), call.headers.get("x-on-behalf-of", ""))
        until, reply = self._cache.get(key, (self.world.now, None))
        if reply is None or until <= self.world.now:
            duration = call.headers.get("x-cache-duration", "")
            lasts = timedelta(milliseconds=int(duration) if duration.isdecimal() else 0)
            reply = super().handle(call, route)
            self._cache[key] = (self.world.now + lasts, reply)
        return reply

    def in_words(self, problem: Problem, call: Call) -> Reply:  # noqa: ARG002
        shape = "gateway" if by_gateway(problem) else self.knobs.envelope
        content = assumed.error(problem.status, str(problem), problem.details, shape)
        if isinstance(content, str):
            return Reply(problem.status, content.encode(), "text/plain")
        return Reply.json(problem.status, content)

    def too_many(self, call: Call) -> Reply:
        return self.in_words(Problem(429, "Rate limit is exceeded."), call)

    def imagined(self, call: Call, route: Route) -> Reply:
        imagine = _IMAGINED.get(route.label)
        if imagine is None:
            return super().imagined(call, route)
        try:
            return Reply.json(*imagine(self.world, call))
        except Problem as problem:
            return self.in_words(problem, call)

    def without_id(self, reply: Reply) -> Any:
        return assumed.without_order_id(reply.content())

    def something_else(self, reply: Reply) -> Any:
        content = json.loads(reply.body) if reply.body else {}
        keys = frozenset(offer.key(Kind.QUANTITY) for offer in self.world.offers.values())
        return assumed.something_else(content, self.world.new_id(), keys)
