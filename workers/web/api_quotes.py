"""Quotes over the operator API: one acceptance with all orders that it has made."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query

from pipeline.operations.desk import Desk
from pipeline.store import quote_views
from workers.setting_values import Role
from workers.web.api_errors import ApiRoute
from workers.web.auth import Caller, Gate
from workers.web.quote_shapes import QuoteList


def quotes_router(desk: Desk, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/quotes", tags=["quotes"], route_class=ApiRoute)
    viewer = gate.needs(Role.VIEWER)

    @router.get("", response_model=QuoteList)
    def quotes_called(quote: str = Query(min_length=1, max_length=200), caller: Caller = viewer) -> dict[str, Any]:
        """The quotes of this id or number, each as one whatever the number of its orders."""
        del caller
        with desk.database.transaction() as connection:
            return {"items": quote_views.quotes_called(connection, desk.database, quote)}

    return router
