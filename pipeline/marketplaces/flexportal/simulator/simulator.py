"""The simulated FlexPortal: one call in, one reply out, whether in this process or behind HTTP."""

import re
from typing import Any

import httpx

from pipeline.marketplaces.flexportal.simulator import assumed, control, orders, subscriptions
from pipeline.marketplaces.flexportal.simulator.demo import demo_world
from pipeline.marketplaces.flexportal.simulator.distortions import something_else, without_id
from pipeline.marketplaces.flexportal.simulator.keys import ApiKeys
from pipeline.marketplaces.flexportal.simulator.problems import envelope, refused
from pipeline.marketplaces.flexportal.simulator.routes import ALLOCATE, HANDLERS, SUBMIT
from pipeline.marketplaces.flexportal.simulator.world import World
from pipeline.marketplaces.simulation.clock import SimulatedClock, SimulationClock
from pipeline.marketplaces.simulation.exchange import Call, Reply
from pipeline.marketplaces.simulation.marketplace import SimulatedMarketplace
from pipeline.marketplaces.simulation.routing import Problem, Route, Routes

_REHEARSALS = {SUBMIT: orders.rehearse, ALLOCATE: subscriptions.rehearse}
_REGION = re.compile(r"api-(\w+)\.")


class FlexPortalSimulator(SimulatedMarketplace):
    """Answers as FlexPortal's API does, under `/v1`, with a clock to turn and faults to switch on.

    `world` is what exists there, `knobs` how it behaves. A host `api-<region>.` of another region has no such tenant.
    """

    routes = Routes(HANDLERS)
    wheels = control.WHEELS

    def __init__(self, clock: SimulationClock | None = None, seed: int = 0, world: World | None = None) -> None:
        """Begins with `demo_world(clock, seed)`, or with the world given, whose clock it then keeps."""
        self.world = world or demo_world(clock or SimulatedClock(), seed)
        self.knobs = self.world.knobs
        super().__init__(self.world, self.knobs, ApiKeys(self.world, self.knobs), seed)

    def client(self, base_url: str = "http://api-eu.flexportal.simulator/v1") -> httpx.Client:
        """A client in this process that carries a good key and its tenant already."""
        headers = {"authorization": f"Bearer {self.knobs.api_key}", "tenant-id": self.knobs.tenant_id}
        return httpx.Client(transport=httpx.MockTransport(self), base_url=base_url, headers=headers)

    def admit(self, call: Call, route: Route) -> Problem | None:
        if not call.authorization:
            return refused("AUTH_REQUIRED", "Authentication is required")
        if not self.tokens.admit(call.authorization):
            return refused("INVALID_TOKEN", "Invalid API key")
        if problem := self._tenant(call):
            return problem
        return self._permission(route)

    def _permission(self, route: Route) -> Problem | None:
        held = self.knobs.permissions
        if route.handler is None or held is None or (needed := assumed.permission(route.label)) in held:
            return None
        return refused("INSUFFICIENT_PERMISSIONS", f"The API key lacks {needed}")

    def _tenant(self, call: Call) -> Problem | None:
        region = _REGION.match(call.headers.get("host", ""))
        if region is not None and region[1] != self.knobs.region:
            return refused(self.knobs.wrong_region, "Tenant not found")
        given = call.headers.get("tenant-id", "")
        if given == self.knobs.tenant_id:
            return None
        return refused("NO_TENANT_ACCESS" if given else assumed.NO_TENANT_NAMED, "No access to this tenant")

    def in_words(self, problem: Problem, call: Call) -> Reply:  # noqa: ARG002
        return Reply.json(problem.status, envelope(problem))

    def imagined(self, call: Call, route: Route) -> Reply:
        rehearse = _REHEARSALS.get(route.label)
        if rehearse is None:
            return super().imagined(call, route)
        return super().handle(call, Route(route.label, rehearse))

    def without_id(self, reply: Reply) -> Any:
        return without_id(reply.content())

    def something_else(self, reply: Reply) -> Any:
        return something_else(reply.content())
