"""Whether this process lives, and whether it can do its work: a word each, without a token."""

from __future__ import annotations

import asyncio
from typing import cast

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
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
async def ready(request: Request) -> PlainTextResponse:
    """
    Ready: the database answers, in good time, and has our tables. Redis is no part of that: events come in without it.
    """
    database = cast("Database", request.app.state.database)
    look = asyncio.ensure_future(run_in_threadpool(_has_tables, database))
    try:
        there = await asyncio.wait_for(asyncio.shield(look), request.app.state.intake.bounds.patience)
    except TimeoutError:  # a frozen server: the look ends when it goes on, and nobody waits for that
        there = False
    return PlainTextResponse("ready") if there else PlainTextResponse("waiting", 503)


def _has_tables(database: Database) -> bool:
    try:
        with database.transaction() as connection:
            connection.execute(select(EVENTS.c.id).limit(0))
    except SQLAlchemyError:
        return False
    return True
