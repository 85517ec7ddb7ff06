"""Where a marketplace says that something has changed. What it says is not believed: the next poll is due, no more."""

from __future__ import annotations

import hmac
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from pipeline.store.database import Database
from pipeline.store.due import hasten_polls
from workers.web.answers import problem

router = APIRouter(include_in_schema=False)


@router.post("/in/marketplaces/{name}")
async def announced(name: str, request: Request) -> Response:
    """The body is not read. A marketplace without a secret has no door."""
    secret: str | None = request.app.state.marketplace_secrets.get(name)
    if secret is None:
        return problem(404, "There is no such door.")
    if not hmac.compare_digest(request.headers.get("authorization", "").encode(), secret.encode()):
        return problem(401, "The Authorization header is wrong.")
    try:
        await run_in_threadpool(_hasten, cast("Database", request.app.state.database), name)
    except SQLAlchemyError:
        return problem(429, "This could not be noted just now; send it again.", headers={"retry-after": "5"})
    return JSONResponse({"status": "accepted"}, 202)


def _hasten(database: Database, name: str) -> None:
    with database.transaction() as connection:
        hasten_polls(connection, name)
