"""The web process put together from the settings: doors for events, operator API, health."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from workers.bootstrap import LOCAL, Application
from workers.configured import source_connections
from workers.settings import Settings
from workers.web.api import Services, api_router
from workers.web.api_health import redis_ping
from workers.web.app import create_app
from workers.web.fill import fill_router


@contextmanager
def application_of(settings: Settings) -> Iterator[FastAPI]:
    """The application, with what it works with open for the length of the block. Raises SettingsError."""
    with Application.open(settings) as opened:
        yield doors_of(opened)


def doors_of(opened: Application) -> FastAPI:
    """The web process's application over parts that are open already."""
    settings = opened.settings
    configured = source_connections(settings)
    services = Services(
        desk=opened.desk,
        reader=opened.reader,
        local=opened.sources[LOCAL],
        sources=configured,
        ping_redis=redis_ping(opened.redis_url),
        tokens=settings.api_tokens,
        public_url=settings.public_url or "",
    )
    return create_app(
        opened.database,
        configured,
        marketplace_secrets=_announcing(settings),
        tools=opened.tools,
        routers=[api_router(services), fill_router(opened.desk)],
    )


def _announcing(settings: Settings) -> dict[str, str]:
    """The secrets that marketplaces announce changes with, by name."""
    return {
        name: account.webhook_secret.get_secret_value()
        for name, account in settings.marketplaces.items()
        if account.webhook_secret is not None
    }
