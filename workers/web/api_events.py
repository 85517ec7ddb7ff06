"""What came in, over the operator API: lists, one event, and replaying."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query

from events.reading import Reader, ReadOutcome
from events.sources.tool import ToolFault
from pipeline.store import events as store
from pipeline.store import views
from pipeline.store.database import Database
from pipeline.store.event_list import Listed, listed
from pipeline.store.events import Event, EventStatus
from workers.setting_values import Role
from workers.web.api_errors import ApiRoute
from workers.web.api_shapes import EventPage, EventTold, Refused, Replay, ReplayTold
from workers.web.auth import Caller, Gate

_ABSENT = "There is no such event."
_REFUSALS: dict[int | str, dict[str, Any]] = {404: {"model": Refused}, 409: {"model": Refused}}


def events_router(database: Database, reader: Reader, gate: Gate) -> APIRouter:
    router = APIRouter()
    router.include_router(_reading(database, gate))
    router.include_router(_settling(database, reader, gate))
    return router


def _reading(database: Database, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/events", tags=["events"], route_class=ApiRoute)
    viewer = gate.needs(Role.VIEWER)

    @router.get("", response_model=EventPage)
    def list_events(
        status: str = Query("", json_schema_extra={"enum": ["", *EventStatus]}),
        connection: str = "",
        limit: int = Query(views.MOST, ge=1, le=views.MOST),
        cursor: str = "",
        caller: Caller = viewer,
    ) -> dict[str, Any]:
        """Events, newest first, without their bodies."""
        del caller
        return _page(database, status, connection, limit, cursor)

    @router.get("/{event_id}", response_model=EventTold, responses={404: {"model": Refused}})
    def show_event(event_id: UUID, caller: Caller = viewer) -> dict[str, Any]:
        """One event. Its body, which holds personal data, from the role operator on."""
        with database.transaction() as open_connection:
            event = store.read(open_connection, database, event_id)
            system, quote_id = store.quote_named(open_connection, event_id) or (None, None)
        if event is None:
            raise HTTPException(404, _ABSENT)
        body = event.body.decode("utf-8", "replace") if caller.role.includes(Role.OPERATOR) else None
        return {**_told(event), "quote_system": system, "quote_id": quote_id, "body": body}

    return router


def _settling(database: Database, reader: Reader, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/events", tags=["events"], route_class=ApiRoute)
    admin = gate.needs(Role.ADMIN)

    @router.post("/{event_id}/replay", response_model=ReplayTold, responses=_REFUSALS)
    def replay(
        event_id: UUID, body: Replay | None = None, *, preview: bool = False, caller: Caller = admin
    ) -> dict[str, Any]:
        """
        Reads an event again that could not be read; of a tool, any: the tool is asked what it says by now. Without
        `confirm`, or with `?preview=true`, it only says how many orders that would change; with `confirm` as that
        number, or `true`, it does it.
        """
        del caller
        confirmed = None if body is None or preview else body.confirm
        return _replay(reader, event_id, confirmed)

    @router.post("/{event_id}/dismiss", response_model=EventTold, responses=_REFUSALS)
    def dismiss(event_id: UUID, caller: Caller = admin) -> dict[str, Any]:
        """Sets an event that could not be read aside for good: nothing follows from it, and health is silent of it."""
        with database.transaction() as open_connection:
            dismissed = store.dismiss(open_connection, event_id, caller.name)
            event = store.read(open_connection, database, event_id)
        if event is None:
            raise HTTPException(404, _ABSENT)
        if not dismissed:
            raise HTTPException(409, "Only an event that could not be read can be dismissed.")
        return {**_told(event), "quote_system": None, "quote_id": None}

    return router


def _page(database: Database, status: str, source: str, limit: int, cursor: str) -> dict[str, Any]:
    if status and status not in set(EventStatus):
        raise HTTPException(422, f"There is no such status: it is one of {', '.join(EventStatus)}.")
    with database.transaction() as connection:
        found = listed(
            connection,
            database,
            limit=limit + 1,
            before=views.read_cursor(cursor) if cursor else None,
            status=EventStatus(status) if status else None,
            source=source or None,
        )
    shown = found[:limit]
    more = views.write_cursor(shown[-1].received_at, shown[-1].id) if len(found) > limit else None
    items = [{**_told(event), "quote_system": event.system, "quote_id": event.quote_id} for event in shown]
    return {"items": items, "next_cursor": more}


def _told(event: Event | Listed) -> dict[str, Any]:
    return {
        "id": event.id,
        "connection": event.connection,
        "delivery_id": event.delivery_id,
        "type": event.type,
        "status": event.status,
        "result": event.result,
        "errors": list(event.trouble.errors) if event.trouble else [],
        "received_at": event.received_at,
        "read_at": event.read_at,
    }


def _replay(reader: Reader, event_id: UUID, confirmed: int | bool | None) -> dict[str, Any]:
    try:
        would_change = reader.preview(event_id)
    except ToolFault as fault:
        raise HTTPException(409, f"The event was not replayed: {fault.sentence}") from fault
    if would_change is None:
        raise HTTPException(404, _ABSENT)
    told = {"event_id": event_id, "would_change": would_change}
    if confirmed is None or confirmed is False:
        return {**told, "replayed": False}
    if confirmed is not True and confirmed != would_change:
        raise HTTPException(409, f"A replay would change {would_change} orders now, not {confirmed}. Confirm that.")
    done = reader.replay(event_id)
    if done is None:
        raise HTTPException(404, _ABSENT)
    if done.outcome in {ReadOutcome.UNREADABLE, ReadOutcome.PUT_OFF}:
        raise HTTPException(409, f"The event was not replayed: {done.sentence}")
    return {**told, "replayed": True, "changed": done.changed, "result": done.sentence}
