"""How the operator API tells what went wrong: one table from our errors to status codes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.types import Message

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
_LARGEST = 1024 * 1024
_UNREAD = {
    "loc": ["body"],
    "msg": "must be JSON in UTF-8, neither nested too deep nor with numbers of thousands of digits",
}
_CODES = {401: "api.unauthenticated", 403: "api.forbidden", 404: "api.not_found", 409: "api.conflict"}


class ApiRoute(APIRoute):
    """A route whose errors are told in sentences, and whose body, if it takes JSON, is 1 MiB at most."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await handle(request if self.body_field is None else _bounded(request))
            except _TOLD as error:
                return answer(error)

        return told


def _bounded(request: Request) -> Request:
    """The same, cut off where it is too large: its body is read before anybody knows who sends it."""
    left = _LARGEST

    async def receive() -> Message:
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, "The body is larger than 1 MiB.")
        return message

    return Request(request.scope, receive)


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
        case HTTPException(status_code=400):  # the framework's, for a body that no reader of JSON takes
            return JSONResponse({"detail": [_UNREAD]}, 422)
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
