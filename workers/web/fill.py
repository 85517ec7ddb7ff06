"""
The door for a customer's contact: a link with a token, a form, no login.

The token is all that lets anybody in, so it is in no log, no error and no metric, and whoever has none learns nothing,
not even whether there was such a link.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from pipeline.domain.errors import OperatorError
from pipeline.operations import links
from pipeline.operations.desk import Desk
from pipeline.operations.links import Gone, Unfit
from workers.web.fill_page import Pages
from workers.web.intake import read_body

PATH = "/fill"
PER_MINUTE = 30
_LARGEST, _MOST_INPUTS = 256 * 1024, 1000
_FORM = "application/x-www-form-urlencoded"
_log = structlog.get_logger("quoteway.web")
Given = Mapping[str, Sequence[str]]


class FillDoor:
    """For the life of a process. `per_minute` requests from one address are answered."""

    def __init__(self, desk: Desk, per_minute: int = PER_MINUTE) -> None:
        self._desk = desk
        self._pages = Pages()
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def show(self, request: Request, token: str) -> Response:
        """The form. A program that follows links, as mail scanners do, spends nothing by it."""
        if busy := self._over_limit(request):
            return busy
        return await run_in_threadpool(self._told, lambda: self._form(token))

    async def take(self, request: Request, token: str) -> Response:
        """What was filled in: kept, or shown again with what is wrong."""
        if busy := self._over_limit(request):
            return busy
        if not same_origin(request):
            return self._pages.refused(403)
        given = await _given(request)
        if isinstance(given, int):
            return self._pages.refused(given)
        return await run_in_threadpool(self._told, lambda: self._fill(token, given))

    def sent(self) -> Response:
        return self._pages.sent()

    def _form(self, token: str) -> Response:
        return self._pages.form(links.form(self._desk, token), {}, {})

    def _fill(self, token: str, given: Given) -> Response:
        """Thanks have an address of their own: who reloads that page sends nothing twice."""
        try:
            links.fill(self._desk, token, given)
        except Unfit as unfit:
            return self._pages.form(unfit.form, given, unfit.wrong, 422)
        return Response(status_code=303, headers={"location": "sent", "referrer-policy": "no-referrer"})

    def _told(self, answer: Callable[[], Response]) -> Response:
        try:
            return answer()
        except (Gone, OperatorError):
            return self._pages.gone()
        except SQLAlchemyError as error:
            _log.warning("fill.database_away", error=type(error).__name__)
            return self._pages.away()

    def _over_limit(self, request: Request) -> Response | None:
        who = _network(request.client.host if request.client else "")
        if self._limiter.hit(self._limit, who):
            return None
        resets = self._limiter.get_window_stats(self._limit, who).reset_time
        return self._pages.busy(max(1, round(resets - time.time())))


def fill_router(desk: Desk, per_minute: int = PER_MINUTE) -> APIRouter:
    door = FillDoor(desk, per_minute)
    router = APIRouter(prefix=PATH, include_in_schema=False)

    @router.api_route("/sent", methods=["GET", "HEAD"])
    async def sent() -> Response:
        return door.sent()

    @router.api_route("/{token}", methods=["GET", "HEAD"])
    async def show(token: str, request: Request) -> Response:
        return await door.show(request, token)

    @router.post("/{token}")
    async def take(token: str, request: Request) -> Response:
        return await door.take(request, token)

    return router


def same_origin(request: Request) -> bool:
    """
    Whether the form was sent by our own page, or by no page at all. A browser tells it by `Sec-Fetch-Site`; where it
    does not, as without TLS, by `Origin`, which is `null` of a page that may send no referrer, as ours may not.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin", "null")
    try:
        return origin == "null" or urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:
        return False


async def _given(request: Request) -> Given | int:
    """What was filled in, by the inputs' names; or the status that says why it cannot be read."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return 415
    try:
        body = await read_body(request, _LARGEST)
    except ClientDisconnect:
        return 499
    if body is None:
        return 413
    try:
        return parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_INPUTS)
    except ValueError:
        return 400


def _network(host: str) -> str:
    """Whoever has an IPv6 address has 2**64 of them."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host
