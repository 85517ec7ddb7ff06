"""The product map over the operator API: read, changed a row at a time, imported from CSV."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict

from events.sources.document import Unreadable, error
from pipeline.domain.map_row import MapRow
from pipeline.operations import map_csv, mapping
from pipeline.operations.desk import Desk
from pipeline.store import product_map, views
from pipeline.store.database import Database
from workers.setting_values import Role
from workers.web.api_errors import ApiRoute
from workers.web.api_shapes import Refused
from workers.web.auth import Caller, Gate

_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"The first line names the columns: {', '.join(map_csv.COLUMNS)}.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class RowTold(_Told):
    """`provisioning` null: it may be personal, and is for operators."""

    id: UUID
    source: str
    key: str
    valid_from: date
    marketplace: str
    product_id: str
    billing_term: str
    commitment: str
    provisioning: dict[str, list[str]] | None
    changed_by: str
    changed_at: datetime


class RowPage(_Told):
    items: list[RowTold]
    next_cursor: str | None


class PutTold(RowTold):
    """`outcome`: added, changed or unchanged."""

    outcome: product_map.Outcome


class LineTold(_Told):
    """`why` is said of a refused line, which has no `row`; `before` is what a changed row was."""

    line: int
    outcome: mapping.LineOutcome
    row: MapRow | None
    before: MapRow | None
    why: str


class ImportTold(_Told):
    """Counts of lines, and all lines but the unchanged ones. `done` false: nothing was written."""

    done: bool
    added: int
    changed: int
    unchanged: int
    refused: int
    lines: list[LineTold]


def product_map_router(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter()
    router.include_router(_reading(desk.database, gate))
    router.include_router(_changing(desk, gate))
    router.include_router(_importing(desk, gate))
    return router


def _reading(database: Database, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/product-map", tags=["product map"], route_class=ApiRoute)
    viewer = gate.needs(Role.VIEWER)

    @router.get("", response_model=RowPage)
    def list_rows(
        source: str = "",
        key: str = "",
        marketplace: str = "",
        limit: int = Query(views.MOST, ge=1, le=views.MOST),
        cursor: str = "",
        caller: Caller = viewer,
    ) -> dict[str, Any]:
        """Rows by source, key, day and marketplace. `next_cursor` null: there is no more."""
        only = product_map.Narrowed(source, key, marketplace.lower())
        with database.transaction() as connection:
            page = product_map.listed(connection, database, only, limit, cursor)
        whole = caller.role.includes(Role.OPERATOR)
        return {
            "items": [mapping.kept_json(kept, whole=whole) for kept in page.items],
            "next_cursor": page.next_cursor,
        }

    return router


def _changing(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/product-map", tags=["product map"], route_class=ApiRoute)
    admin, database = gate.needs(Role.ADMIN), desk.database

    @router.put("", response_model=PutTold)
    def put_row(body: MapRow, caller: Caller = admin) -> dict[str, Any]:
        """Adds a row, or changes the one of the same source, key, day and marketplace. A repeat changes nothing."""
        done = mapping.put(database, body, actor=caller.name, marketplaces=desk.accounts.keys())
        return {**mapping.kept_json(done.kept), "outcome": done.outcome}

    @router.delete("/{row_id}", response_model=RowTold, responses={404: {"model": Refused}})
    def remove_row(row_id: UUID, caller: Caller = admin) -> dict[str, Any]:
        """Removes a row and tells what it was. What was ordered by it stays as it is."""
        del caller
        with database.transaction() as connection:
            gone = product_map.remove(connection, database, row_id)
        if gone is None:
            raise HTTPException(404, "There is no such row.")
        return mapping.kept_json(gone)

    return router


def _importing(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/product-map", tags=["product map"], route_class=ApiRoute)
    admin = gate.needs(Role.ADMIN)

    @router.post("/import", response_model=ImportTold, openapi_extra=_CSV)
    async def import_rows(request: Request, *, dry_run: bool = False, caller: Caller = admin) -> dict[str, Any]:
        """
        Puts every row of a CSV file, or none: 422 names each line that cannot be meant. With `?dry_run=true` it only
        tells what each line would do, those that would be refused too.
        """
        body = await _body(request)
        return await run_in_threadpool(_imported, desk, body, caller, dry_run=dry_run)

    return router


def _imported(desk: Desk, body: bytes, caller: Caller, *, dry_run: bool) -> dict[str, Any]:
    try:
        made = mapping.import_csv(
            desk.database, body, actor=caller.name, marketplaces=desk.accounts.keys(), dry_run=dry_run
        )
    except map_csv.BadFile as wrong:
        raise Unreadable([error(["body"], str(wrong))]) from wrong
    if made.refused and not dry_run:
        raise Unreadable([error(["line", line.line], line.why) for line in made.refused])
    return made.json()


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > map_csv.MOST_BYTES:
            raise HTTPException(413, "The file is over 5 MiB: import it in parts.")
    return bytes(body)
