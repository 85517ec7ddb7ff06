"""How the operator API tells what went wrong: one table from our errors to status codes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from events.sources.document import Unreadable
from pipeline.domain import errors
from pipeline.store.views import BadCursor


class Conflict(Exception):
    """An act that its order's state forbids; `order` is the present one, as `GET /api/orders/{ref}` shows it."""

    def __init__(self, cause: errors.OperatorError, order: dict[str, Any]) -> None:
        super().__init__(cause.sentence)
        self.cause = cause
        self.order = order


_TOLD = (Conflict, errors.QuotewayError, HTTPException, BadCursor, Unreadable, OperationalError, PoolTimeout)
_CODES = {401: "api.unauthenticated", 403: "api.forbidden", 404: "api.not_found", 409: "api.conflict"}


class ApiRoute(APIRoute):
    """A route whose errors are told in sentences."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except _TOLD as error:
                return answer(error)

        return told


def answer(error: Exception) -> JSONResponse:
    match error:
        case Conflict(cause=cause, order=order):
            return JSONResponse({"detail": cause.sentence, "code": cause.code, "order": order}, 409)
        case errors.UnknownOrder():
            return _told(404, error)
        case errors.BadAnswer():
            return _told(422, error)
        case errors.OperatorError():
            return _told(409, error)
        case errors.PortError():
            return _told(503, error, {"Retry-After": _seconds(error)})
        case errors.QuotewayError():
            return _told(500, error)
        case HTTPException(status_code=status, detail=sentence, headers=headers):
            return JSONResponse({"detail": sentence, "code": _CODES.get(status, "api.error")}, status, headers)
        case BadCursor():
            return JSONResponse({"detail": str(error), "code": "operator.bad_cursor"}, 422)
        case Unreadable(errors=wrong):
            return JSONResponse({"detail": list(wrong)}, 422)
        case _:
            sentence = "The database is busy or away. Try again in a moment."
            return JSONResponse({"detail": sentence, "code": "database.away"}, 503, {"Retry-After": "5"})


def _told(status: int, error: errors.QuotewayError, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"detail": error.sentence, "code": error.code}, status, headers)


def _seconds(error: errors.PortError) -> str:
    return str(max(1, round(error.after.total_seconds()))) if error.after else "5"
