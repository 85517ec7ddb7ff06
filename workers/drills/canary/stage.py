"""All that the drill needs, started and ended together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx

from workers.bootstrap import Application
from workers.commands.whole import free_port
from workers.drills.canary.fleet import Fleet
from workers.drills.canary.plants import Mint, Secrets
from workers.drills.canary.sending import World, receiver
from workers.drills.house import House, Servers, a_house, servers
from workers.drills.report import Setting

FLOWER_USER = "canary"


@dataclass(frozen=True, slots=True)
class Stage:
    setting: Setting
    servers: Servers
    database_url: str
    house: House
    application: Application
    fleet: Fleet
    world: World
    mint: Mint
    secrets: Secrets


@contextmanager
def staged(setting: Setting) -> Iterator[Stage]:
    """Servers and a house whose every secret is a plant. No process of it runs yet."""
    rng = random.Random(setting.seed)  # noqa: S311 - repeatable on purpose
    secrets, mint = Secrets.made(Mint(rng)), Mint(rng)
    with ExitStack() as stack:
        both = stack.enter_context(servers(setting.folder))
        hook = stack.enter_context(receiver())
        url = both.database("canary")
        settings = _settings(secrets, hook)
        house = stack.enter_context(a_house(setting.folder, url, both.valkey.url, **settings))
        house.simulator.knobs.client_secret = secrets.client_secret
        application = stack.enter_context(house.application())
        fleet = Fleet(house)
        client = stack.enter_context(httpx.Client(timeout=20))
        world = World(lambda: fleet.web, secrets, client)
        yield Stage(setting, both, url, house, application, fleet, world, mint, secrets)


def _settings(secrets: Secrets, hook: str) -> Mapping[str, str]:
    tokens = {name: getattr(secrets, name) for name in ("viewer", "operator", "approver", "admin")}
    return {
        "QUOTEWAY_MARKETPLACES__PAX8__CLIENT_SECRET": secrets.client_secret,
        "QUOTEWAY_MARKETPLACES__PAX8__WEBHOOK_SECRET": secrets.webhook_secret,
        "QUOTEWAY_SOURCES__SHOP__SECRETS": f"bearer:{secrets.bearer}",
        "QUOTEWAY_SOURCES__CRM__SECRETS": secrets.signing,
        "QUOTEWAY_API_TOKENS": ",".join(f"{name}:{name}:{token}" for name, token in tokens.items()),
        "QUOTEWAY_FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{secrets.flower}",
        **_channel("HOOK", "webhook", f"http://{hook}/{secrets.hook_path}", secrets.hook_secret),
        **_channel("AWAY", "webhook", f"http://127.0.0.1:{free_port()}/{secrets.hook_path}", secrets.hook_secret),
        **_channel("CHAT", "apprise", f"json://canary:{secrets.chat_password}@{hook}/"),
    }


def _channel(name: str, kind: str, url: str, secret: str = "") -> Mapping[str, str]:
    fields = {"KIND": kind, "URL": url, "ALLOW_PRIVATE": "true"} | ({"SECRET": secret} if secret else {})
    return {f"QUOTEWAY_NOTICES__{name}__{field}": text for field, text in fields.items()}
