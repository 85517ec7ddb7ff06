"""The web process's application, put together from its doors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from events.connections import SourceConnection
from events.sources.tool import Tool
from pipeline.store.database import Database
from workers.web import health_doors, intake, marketplace_door
from workers.web.answers import Guard, answer_uniformly
from workers.web.docs_page import DESCRIPTION, add_docs_page
from workers.web.intake import Bounds, Intake


def create_app(
    database: Database,
    connections: Mapping[str, SourceConnection],
    *,
    marketplace_secrets: Mapping[str, str] | None = None,
    routers: Iterable[APIRouter] = (),
    bounds: Bounds | None = None,
    tools: Mapping[str, Tool] | None = None,
) -> FastAPI:
    """
    The application. Nothing is connected before the first request; `app.state.database` is for all doors.

    `routers` are the doors beside the intake: the operator API, pages, metrics. `marketplace_secrets` are those that
    marketplaces announce changes with, by name.
    """
    app = FastAPI(
        title="Quoteway",
        docs_url=None,
        openapi_url=DESCRIPTION,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.database = database
    app.state.intake = Intake(database, connections, bounds or Bounds(), tools)
    app.state.marketplace_secrets = dict(marketplace_secrets or {})
    app.add_middleware(Guard)
    answer_uniformly(app)
    add_docs_page(app)
    for router in (health_doors.router, marketplace_door.router, intake.router, *routers):
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.intake.close()
