"""Whether this process lives, and whether it can do its work: a word each, without a token."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from pipeline.store.database import Database
from pipeline.store.tables import EVENTS

router = APIRouter(include_in_schema=False)


@router.get("/health/live")
async def live() -> PlainTextResponse:
    return PlainTextResponse("live")


@router.get("/health/ready")
def ready(request: Request) -> PlainTextResponse:
    """Ready: the database answers and has our tables. Redis is no part of that: events come in without it."""
    database = cast("Database", request.app.state.database)
    try:
        with database.transaction() as connection:
            connection.execute(select(EVENTS.c.id).limit(0))
    except SQLAlchemyError:
        return PlainTextResponse("waiting", 503)
    return PlainTextResponse("ready")
