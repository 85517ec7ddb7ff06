"""Where a marketplace says that something has changed. What it says is not believed: the next poll is due, no more."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from pipeline.store import announcements
from pipeline.store.database import Database
from pipeline.store.due import hasten_polls
from workers.web.answers import HangUp, problem
from workers.web.intake import read_body

router = APIRouter(include_in_schema=False)

_ACCEPTED = {"status": "accepted"}
_LOOKED_THROUGH = 64 * 1024
_MOST_IDS = 200
# What ids look like at all four: letters, digits, dashes, and a digit among them. What else does is none of an order.
_ID = re.compile(r"(?<![a-z0-9_-])(?=[a-z_-]*[0-9])[a-z0-9_-]{8,80}(?![a-z0-9_-])")


@router.post("/in/marketplaces/{name}")
async def announced(name: str, request: Request) -> Response:
    """
    The body's beginning is looked through for ids, so that those orders are polled first; nothing of it is kept. A
    marketplace without a secret has no door. One that can send no header has the secret in the address.
    """
    secret: str | None = request.app.state.marketplace_secrets.get(name)
    if secret is None:
        return problem(404, "There is no such door.")
    given = request.headers.get("authorization") or request.query_params.get("secret", "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        return problem(401, "The Authorization header is wrong.")
    try:
        body = await read_body(request)
    except ClientDisconnect:
        return Response(status_code=499)
    try:
        await run_in_threadpool(_hasten, cast("Database", request.app.state.database), name, ids_in(body or b""))
    except SQLAlchemyError:
        return problem(429, "This could not be noted just now; send it again.", headers={"retry-after": "5"})
    return HangUp(_ACCEPTED, 202) if body is None else JSONResponse(_ACCEPTED, 202)


def ids_in(body: bytes) -> Collection[str]:
    """What of the first 64 KiB could be an order's id, in small letters: no more than 200, the first ones."""
    found: dict[str, None] = {}
    for match in _ID.finditer(body[:_LOOKED_THROUGH].decode(errors="replace").lower()):
        found[match[0]] = None
        if len(found) == _MOST_IDS:
            break
    return tuple(found)


def _hasten(database: Database, name: str, named: Collection[str]) -> None:
    with database.transaction() as connection:
        announcements.note(connection, name)
        hasten_polls(connection, name, named)
