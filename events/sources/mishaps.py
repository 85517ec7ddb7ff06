"""How a tool's simulator goes wrong when it is told to: the answers that every tool gives sooner or later."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

import httpx


class Mishap(StrEnum):
    UNAUTHORIZED = "unauthorized"
    THROTTLED = "throttled"
    BROKEN = "broken"
    HTML = "html"
    HALF_A_PAGE = "half a page"
    HANG_UP = "hang up"


class Mishaps:
    """The mishaps to come, one for each request, before any other answer."""

    def __init__(self) -> None:
        self._coming: deque[Mishap] = deque()

    def add(self, *mishaps: Mishap) -> None:
        self._coming.extend(mishaps)

    def next(self, request: httpx.Request) -> httpx.Response | None:
        """Raises httpx.ReadError for a connection that is hung up."""
        if not self._coming:
            return None
        match self._coming.popleft():
            case Mishap.UNAUTHORIZED:
                return httpx.Response(401, json={"message": "Unauthorized"})
            case Mishap.THROTTLED:
                return httpx.Response(429, json={"message": "Too Many Requests"}, headers={"retry-after": "7"})
            case Mishap.BROKEN:
                return httpx.Response(500, text="Internal Server Error")
            case Mishap.HTML:
                return httpx.Response(200, html="<html><body>Down for maintenance</body></html>")
            case Mishap.HALF_A_PAGE:
                return httpx.Response(200, content=b'{"data": [{"id": "quot_1", "sta')
            case Mishap.HANG_UP:
                raise httpx.ReadError("hung up", request=request)
