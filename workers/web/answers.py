"""How every answer of ours looks: errors are JSON of one shape, and nobody sees a traceback."""

from __future__ import annotations

import asyncio
import re
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FIELD = re.compile(r"[a-z][a-z0-9_]{0,40}|\[key\]|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_log = structlog.get_logger("quoteway.web")
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_DRAIN_SECONDS, _DRAIN_BYTES = 2.0, 16 * 1024 * 1024


def problem(
    status: int, msg: str, *, loc: Sequence[str | int] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """`{"detail": [{"loc": [...], "msg": "..."}]}`, the shape of all our errors."""
    return JSONResponse({"detail": [{"loc": list(loc), "msg": msg}]}, status, headers)


class HangUp(JSONResponse):
    """
    An answer given before the body was read. The rest is let run for a moment, unkept, so that a sender who is still
    writing gets to read the answer instead of a broken connection; then the connection closes.
    """

    def __init__(self, content: Any, status_code: int) -> None:
        super().__init__(content, status_code, {"connection": "close"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                await _drain(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    left = _DRAIN_BYTES
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return


class Guard:
    """Adds the headers that every answer has, and turns a fault of ours into an answer without a trace of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *_missing(message.get("headers", ()))]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as fault:  # noqa: BLE001  the last place where it can become an answer
            log_fault("web.fault", fault, method=scope["method"], route=_route(scope))
            if not started:
                await problem(500, "This is a fault of Quoteway; its log has more.")(scope, receive, guarded)


def log_fault(event: str, fault: Exception, **fields: Any) -> None:
    """A bug of ours. Its own words may quote a customer's, so that only its kind and place are told."""
    frames = traceback.extract_tb(fault.__traceback__)
    places = [f"{frame.filename}:{frame.lineno}" for frame in frames[-5:]]
    _log.error(event, error=type(fault).__name__, places=places, **fields)


def answer_uniformly(app: FastAPI) -> None:
    """Gives the application's own errors the shape of `problem`."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        del request
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> Response:
        del request
        detail = [
            {"loc": [_place(step) for step in each["loc"]], "msg": each["msg"].removeprefix("Value error, ")}
            for each in error.errors()
        ]
        return JSONResponse({"detail": detail}, 422)


def _place(step: str | int) -> str | int:
    """The names of our fields, and what looks like one. Anything else that stood in a name's place is not repeated."""
    return step if isinstance(step, int) or _FIELD.fullmatch(step) else "…"


def _missing(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    there = {name.lower(): value for name, value in headers}
    wanted = dict(_HEADERS)
    if b"text/html" not in there.get(b"content-type", b""):
        wanted["content-security-policy"] = "default-src 'none'; frame-ancestors 'none'"
    return [(name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in there]


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", ""))
