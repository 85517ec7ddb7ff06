"""The options of a connection, read once. Raises BadAccess for one that cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx

from events.connections import SourceConnection
from events.sources.access import BadAccess, ensure
from events.sources.connectwise.api import ROOT

NEEDED = ("base_url", "tenant", "client_id", "username", "password")
KEYS = ("integrationXRef", "vendorSku", "manufacturerPartNumber", "identifier")
OLDEST_DAYS = 30
# Commas end an option where they are given as one setting; there, lists have semicolons.
_LISTED = re.compile("[,;]")
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True, slots=True)
class Settings:
    """`origin` is where keys are read; `vendors` maps names in small letters to marketplaces, None: any vendor's."""

    base_url: str
    origin: httpx.URL
    browser: str
    tenant: str
    name: str
    system: str
    zone: ZoneInfo
    keys: tuple[str, ...] = KEYS
    vendors: Mapping[str, str] | None = None
    keeps_one_time: bool = False
    commitment_field: str = ""
    term_field: str = ""
    date_field: str = ""
    oldest: timedelta = timedelta(days=OLDEST_DAYS)
    member: str = ""
    board: int | None = None
    accepted: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    own_status: str = ""


def read_settings(connection: SourceConnection) -> Settings:
    """Raises BadAccess."""
    ensure(connection, NEEDED)
    access, options = connection.access, connection.access.options
    url = _address(connection)
    root = url.path.rstrip("/") or ROOT
    return Settings(
        base_url=str(url.copy_with(raw_path=root.encode())),
        origin=_origin(connection, url),
        browser=_authority(url).removeprefix("api-"),
        tenant=access.tenant,
        name=connection.name,
        system=connection.quote_system,
        zone=connection.zone,
        keys=_keys(connection),
        vendors=_vendors(options.get("vendors", "")),
        keeps_one_time=options.get("not_recurring", "") == "order",
        commitment_field=options.get("commitment_field", ""),
        term_field=options.get("term_field", ""),
        date_field=options.get("date_field", ""),
        oldest=timedelta(days=_whole(connection, "oldest_days") or OLDEST_DAYS),
        member=options.get("member", "").strip(),
        board=_whole(connection, "board"),
        accepted=_words(access.accepted),
        lost=_words(access.lost),
        own_status=access.ticket_status.strip().casefold(),
    )


def _address(connection: SourceConnection) -> httpx.URL:
    """Credentials go there, so it is https, or http on this very machine."""
    variable = connection.variable("BASE_URL")
    try:
        url = httpx.URL(connection.access.base_url.strip())
    except httpx.InvalidURL:
        raise BadAccess(f"{variable} must be an address such as https://na.myconnectwise.net.") from None
    if not url.host or url.userinfo or url.query or url.fragment:
        raise BadAccess(f"{variable} must be an address such as https://na.myconnectwise.net, and nothing more.")
    if url.scheme != "https" and not (url.scheme == "http" and url.host in _LOOPBACK):
        raise BadAccess(f"{variable} must begin with https://.")
    return url


def _origin(connection: SourceConnection, url: httpx.URL) -> httpx.URL:
    host = connection.access.options.get("key_host", "").strip()
    if host and not _HOST.fullmatch(host):
        raise BadAccess(
            f"{connection.variable('OPTIONS')}: key_host must be a host's name, such as na.myconnectwise.net."
        )
    return httpx.URL(f"https://{host}" if host else f"{url.scheme}://{_authority(url)}")


def _authority(url: httpx.URL) -> str:
    return f"{url.host}:{url.port}" if url.port else url.host


def _keys(connection: SourceConnection) -> tuple[str, ...]:
    wanted = tuple(key.strip() for key in _LISTED.split(connection.access.options.get("keys", "")) if key.strip())
    if strange := [key for key in wanted if key not in KEYS]:
        raise BadAccess(f"{connection.variable('OPTIONS')}: keys must be of {', '.join(KEYS)}; {strange[0]!r} is none.")
    return wanted or KEYS


def _vendors(text: str) -> Mapping[str, str] | None:
    parts = [part.rpartition("=") if "=" in part else (part, "", "") for part in _LISTED.split(text) if part.strip()]
    return {name.strip().casefold(): marketplace.strip() for name, _, marketplace in parts} or None


def _whole(connection: SourceConnection, option: str) -> int | None:
    text = connection.access.options.get(option, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 10):
        raise BadAccess(f"{connection.variable('OPTIONS')}: {option} must be a whole number above zero.")
    return int(text)


def _words(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word.strip().casefold() for word in words if word.strip())
