"""A plain client of an ASGI application, without a socket between."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

HERE = ("127.0.0.1", 50000)
ADDRESS = "http://127.0.0.1:8000"


class AsgiClient:
    """Each request in a loop of its own, so that threads may make them at once. `client` is who it comes from."""

    def __init__(self, app: FastAPI, *, client: tuple[str, int] = HERE, address: str = ADDRESS) -> None:
        self._transport = httpx.ASGITransport(app, client=client)
        self._address = address

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.request("GET", path, **how)

    def post(self, path: str, **how: Any) -> httpx.Response:
        return self.request("POST", path, **how)

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        async def made() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=self._address) as client:
                return await client.request(method, path, **how)

        return asyncio.run(made())
