"""The operator API: its calls, put together. What each one means is in the OpenAPI page at `/api/docs`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPBearer

from events.connections import SourceConnection
from events.reading import Reader
from events.sources.document import Revocation
from events.sources.generic import read_document
from pipeline.operations.desk import Desk
from pipeline.operations.planning import plan
from pipeline.store import counts, known
from workers import metrics
from workers.setting_values import ApiToken, Role
from workers.web.api_cancelling import cancelling_router
from workers.web.api_errors import ApiRoute
from workers.web.api_events import events_router
from workers.web.api_health import Health, Ping, health
from workers.web.api_links import links_router
from workers.web.api_orders import acting_router, approving_router, reading_router
from workers.web.api_product_map import product_map_router
from workers.web.api_quotes import quotes_router
from workers.web.api_shapes import Refused, Unfit
from workers.web.auth import Caller, Gate

_LARGEST = 1024 * 1024
# Described, so that the page of the API takes a token; who is let in is the gate's to say.
_BEARER = HTTPBearer(auto_error=False, description="A token of QUOTEWAY_API_TOKENS.")
_QUOTE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The event quote.accepted, whole, or its `data` alone; see /in/schema/quote.accepted.json.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refused, "description": "No good token"},
    403: {"model": Refused, "description": "The token's role does not suffice"},
    413: {"model": Refused, "description": "The body is too large"},
    422: {"model": Unfit, "description": "Cannot be meant"},
    503: {"model": Refused, "description": "The database or a marketplace is away: try again after a moment"},
}


@dataclass(frozen=True, slots=True)
class Services:
    """
    What the API works with. `local` is the connection that a plan's body is read as; `sources` are the configured
    connections; without `tokens` only this machine is answered. `public_url` is where customers reach us; where none is
    known, it is where the caller does.
    """

    desk: Desk
    reader: Reader
    local: SourceConnection
    sources: Mapping[str, SourceConnection]
    ping_redis: Ping
    tokens: tuple[ApiToken, ...] = ()
    public_url: str = ""

    def zone_of(self, ref: str) -> ZoneInfo:
        """Where the order's quote came from: a plain day is meant there. Raises UnknownOrder."""
        return self.sources.get(self.desk.source_of(ref), self.local).zone


def api_router(services: Services) -> APIRouter:
    """All calls under `/api`, and `/metrics`."""
    gate = Gate(services.tokens)
    router = APIRouter(dependencies=[Security(_BEARER)] if services.tokens else [], responses=_REFUSALS)
    router.include_router(reading_router(services.desk, gate))
    router.include_router(acting_router(services.desk, gate, services.zone_of))
    router.include_router(cancelling_router(services.desk, gate))
    router.include_router(approving_router(services.desk, gate))
    router.include_router(quotes_router(services.desk, gate))
    router.include_router(links_router(services.desk, gate, services.public_url))
    router.include_router(events_router(services.desk.database, services.reader, gate))
    router.include_router(product_map_router(services.desk, gate))
    router.include_router(_planning(services, gate))
    router.include_router(_watching(services, gate))
    return router


def _planning(services: Services, gate: Gate) -> APIRouter:
    router = APIRouter(tags=["plan"], route_class=ApiRoute)
    viewer = gate.needs(Role.VIEWER)

    @router.post("/api/plan", openapi_extra=_QUOTE)
    async def what_it_would_do(request: Request, caller: Caller = viewer) -> dict[str, Any]:
        """What the quote would do, read from the marketplaces now. Buys nothing and keeps nothing."""
        del caller
        body = await _body(request)
        return await run_in_threadpool(planned, services, body)

    return router


def planned(services: Services, body: bytes) -> dict[str, Any]:
    """The plan of a quote as sent. Raises Unreadable."""
    document = read_document(body, services.local, bare=True)
    if isinstance(document, Revocation):
        raise HTTPException(422, "A revocation orders nothing: only quote.accepted has a plan.")
    desk = services.desk

    def remembered(account: str, identity: str) -> str | None:
        with desk.database.transaction() as connection:
            return known.remembered_company(connection, account, desk.database.digest(identity))

    with desk.database.transaction() as connection:
        now = counts.now(connection)
    return plan(document, desk.accounts, desk.policies, now, remembered).json()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise HTTPException(413, "The body is larger than 1 MiB.")
    return bytes(body)


def _watching(services: Services, gate: Gate) -> APIRouter:
    router = APIRouter(tags=["health"], route_class=ApiRoute)
    viewer, scraper = gate.needs(Role.VIEWER), gate.needs_role_or_loopback(Role.VIEWER)
    desk = services.desk

    @router.get("/api/health", response_model=Health)
    def show_health(caller: Caller = viewer) -> dict[str, Any]:
        """Each part's state. Answers 200 also where `status` is failed: the answer itself was no failure."""
        del caller
        return health(desk.database, services.ping_redis, desk.accounts, services.sources)

    @router.get("/metrics", include_in_schema=False)
    def scrape(caller: Caller = scraper) -> Response:
        del caller
        return Response(metrics.exposition(desk.database), media_type=metrics.CONTENT_TYPE)

    return router
