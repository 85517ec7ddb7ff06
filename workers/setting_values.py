"""The forms that settings are written in: lists with commas, tokens with roles, working hours, time zones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, SecretStr

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(?P<days>[A-Za-z,\-]+)\s+(?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


class Role(StrEnum):
    """Of the operator API, each with all that the ones before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """`name` is who acts, in journals."""

    name: str
    role: Role
    token: SecretStr


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """`days` count from Monday, 0. `opens` comes before `closes` on the same day."""

    days: frozenset[int]
    opens: time
    closes: time


def _parts(value: Any) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else list(value)


def _tokens(value: Any) -> tuple[ApiToken, ...]:
    tokens = tuple(_token(part) for part in _parts(value))
    if len({token.name for token in tokens}) != len(tokens):
        raise ValueError("gives one name to two tokens")
    if len({token.token.get_secret_value() for token in tokens}) != len(tokens):
        raise ValueError("gives one token to two names")
    return tokens


def _token(text: str | ApiToken) -> ApiToken:
    if isinstance(text, ApiToken):
        return text
    name, _, rest = text.partition(":")
    role, _, token = rest.partition(":")
    if not name or not token or role not in list(Role):
        raise ValueError(f"must be name:role:token, comma-separated, with a role among {', '.join(Role)}")
    return ApiToken(name, Role(role), SecretStr(token))


def _secrets(value: Any) -> tuple[SecretStr, ...]:
    if isinstance(value, str) and not _parts(value):
        raise ValueError("is empty")
    return tuple(part if isinstance(part, SecretStr) else SecretStr(part) for part in _parts(value))


def _options(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(name): str(text) for name, text in value.items()}
    pairs = [part.partition("=") for part in _parts(value)]
    if any(not name.strip() or not between for name, between, _ in pairs):
        raise ValueError("must be name=value, comma-separated")
    return {name.strip(): text.strip() for name, _, text in pairs}


def _intervals(value: Any) -> tuple[int, ...]:
    try:
        seconds = tuple(int(part) for part in _parts(value))
    except ValueError:
        seconds = ()
    if not seconds or min(seconds) < 1:
        raise ValueError("must be whole seconds above zero, comma-separated, such as 5,10,20")
    return seconds


def _working_hours(value: Any) -> WorkingHours:
    if isinstance(value, WorkingHours):
        return value
    found = _HOURS.fullmatch(str(value).strip())
    try:
        if found is None:
            raise ValueError(value)
        hours = WorkingHours(_days(found["days"]), time.fromisoformat(found["opens"]), _closing(found["closes"]))
    except ValueError:
        raise ValueError("must be days and hours such as Mon-Fri 09:00-17:00") from None
    if not hours.opens < hours.closes:
        raise ValueError("must open before it closes")
    return hours


def _closing(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        days.update(day % 7 for day in range(start, end + 1 if start <= end else end + 8))
    return frozenset(days)


def _zone(value: Any) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value).strip())
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone's IANA name, such as Europe/Berlin") from None


def _address(value: Any) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value.strip()):
        raise ValueError("must be an address that begins with https:// or http://")
    return value.strip().rstrip("/")


def _database_url(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value).strip()
    scheme, colon, rest = text.partition("://")
    if not colon or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must begin with postgresql://")
    return SecretStr(f"postgresql://{rest}")


def _redis_url(value: Any) -> Any:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value).strip()
    if not re.match(r"(rediss?|unix|redis\+socket|valkeys?)://.", text):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return SecretStr(re.sub(r"^valkey", "redis", text))


Tokens = Annotated[tuple[ApiToken, ...], BeforeValidator(_tokens)]
Words = Annotated[tuple[str, ...], BeforeValidator(lambda value: tuple(_parts(value)))]
Options = Annotated[dict[str, str], BeforeValidator(_options)]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_secrets)]
Intervals = Annotated[tuple[int, ...], BeforeValidator(_intervals)]
Hours = Annotated[WorkingHours, BeforeValidator(_working_hours)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
Address = Annotated[str, BeforeValidator(_address)]
DatabaseUrl = Annotated[SecretStr, BeforeValidator(_database_url)]
RedisUrl = Annotated[SecretStr, BeforeValidator(_redis_url)]
