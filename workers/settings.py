"""
The settings, from the environment or a `.env` file. The only reader of the environment.

Below this module functions take values. A setting that cannot be meant stops the process with one sentence.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from events.connections import PSAS, SourceKind
from pipeline.domain.order import CompanyPolicy
from pipeline.marketplaces.discovery import BadMarketplace, factory, marketplaces
from workers.setting_parts import MarketplaceSettings, NoticeSettings, QuestionSettings, SourceSettings
from workers.setting_values import Address, DatabaseUrl, Hours, Intervals, RedisUrl, Secrets, Tokens, Zone

PREFIX = "QUOTEWAY_"
_SECRETS_OF = {
    "": {"database_url", "redis_url", "api_tokens", "encryption_keys", "flower_basic_auth"},
    "marketplaces": {"client_secret", "webhook_secret", "api_key"},
    "sources": {"secrets", "client_secret", "password"},
    "notices": {"url", "secret"},
}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")


class SettingsError(Exception):
    """A setting cannot work. Its text is one sentence that names the variable and shows no secret."""


class Settings(BaseSettings):
    """
    All settings, checked. `database_url` or `redis_url` None: the embedded server. The repr shows no secret.
    """

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, env_prefix=PREFIX)

    database_url: DatabaseUrl | None = None
    redis_url: RedisUrl | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    flower_port: int = Field(default=5555, ge=0, le=65535)
    flower_basic_auth: SecretStr | None = None
    data_dir: Path | None = None
    marketplaces: dict[str, MarketplaceSettings] = {}
    sources: dict[str, SourceSettings] = {}
    notices: dict[str, NoticeSettings] = {}
    api_tokens: Tokens = ()
    price_tolerance: Decimal = Field(default=Decimal(0), ge=0, le=1000)
    create_companies: CompanyPolicy = CompanyPolicy.ASK
    poll_intervals: Intervals = (5, 10, 20, 40, 60, 120, 300, 900, 1800)
    fresh_seconds: int = Field(default=900, ge=1)
    time_zone: Zone = Field(default="UTC", validate_default=True)
    working_hours: Hours = Field(default="Mon-Fri 09:00-17:00", validate_default=True)
    questions: QuestionSettings = QuestionSettings()
    encryption_keys: Secrets = ()
    lease_seconds: float = Field(default=60, gt=0)
    fast_lane: bool = True
    public_url: Address | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` read: it alone knows which variable each value came from."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @field_validator("encryption_keys")
    @classmethod
    def _fernet(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        try:
            for key in keys:
                Fernet(key.get_secret_value())
        except ValueError:
            raise ValueError("must be Fernet keys (32 bytes in URL-safe base64), comma-separated") from None
        return keys

    @property
    def embedded(self) -> bool:
        """Whether both servers are our own."""
        return self.database_url is None and self.redis_url is None


_PARTS: dict[str, type[BaseModel]] = {
    "marketplaces": MarketplaceSettings,
    "sources": SourceSettings,
    "notices": NoticeSettings,
}
_Way = tuple[str, ...]


def load_settings(environment: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """
    Reads the settings; the environment goes before the file. Raises SettingsError.

    `environment` stands for the process's own where it is given.
    """
    try:
        return _load(_given(os.environ if environment is None else environment, env_file))
    except BadMarketplace as wrong:
        raise SettingsError(str(wrong)) from None


def _load(given: Mapping[_Way, str]) -> Settings:
    nested: dict[str, Any] = {}
    for way, text in _with_files(given).items():
        *above, last = way
        part = nested
        for step in above:
            part = part.setdefault(step, {})
        part[last] = text
    try:
        settings = Settings(**nested)
    except ValidationError as wrong:
        raise SettingsError(_sentence(wrong.errors(include_url=False, include_input=False)[0])) from None
    _check_accounts(settings)
    _check_sources(settings)
    return settings


def environment_for(settings: Mapping[str, str], *, alone: bool = False) -> dict[str, str]:
    """
    The environment of a process that we start: ours, with these variables over it. `alone`: without settings of ours,
    so that only the given ones hold (a `.env` file in the process's working folder still does).
    """
    ours = {name: text for name, text in os.environ.items() if not (alone and name.upper().startswith(PREFIX))}
    return {**ours, **settings}


def variable(*way: str) -> str:
    """The variable of a setting: `variable("marketplaces", "pax8", "client_id")`."""
    return PREFIX + "__".join(way).upper()


def _given(environment: Mapping[str, str], env_file: Path | None) -> dict[_Way, str]:
    lines = dotenv_values(env_file, interpolate=False) if env_file is not None and env_file.is_file() else {}
    both = {**{name.upper(): text or "" for name, text in lines.items()}, **_upper(environment)}
    return {
        tuple(name.removeprefix(PREFIX).lower().split("__")): text
        for name, text in sorted(both.items())
        if name.startswith(PREFIX)
    }


def _upper(environment: Mapping[str, str]) -> dict[str, str]:
    return {name.upper(): text for name, text in environment.items()}


def _with_files(given: Mapping[_Way, str]) -> dict[_Way, str]:
    """Every setting's text. Strays, empty secrets and files that cannot be read are found here."""
    found: dict[_Way, str] = {}
    for way, text in given.items():
        of_file = (*way[:-1], way[-1].removesuffix("_file"))
        if of_file != way and _is_secret(of_file):
            if of_file in given:
                raise SettingsError(f"{variable(*way)} and {variable(*of_file)} are both set: choose one.")
            found[of_file] = _from_file(way, text)
        elif not _is_known(way):
            raise SettingsError(f"{variable(*way)} is no setting of Quoteway{_meant(way)}.")
        elif text.strip():
            found[way] = text.strip()
        elif _is_secret(way):
            raise SettingsError(f"{variable(*way)} is empty: give it a value, or leave it out.")
    return found


def _from_file(way: _Way, path: str) -> str:
    try:
        text = Path(path.strip()).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SettingsError(f"{variable(*way)} names a file that cannot be read ({reason}).") from None
    if not text:
        raise SettingsError(f"{variable(*way)} names a file that is empty: a secret must not be.")
    return text


def _is_secret(way: _Way) -> bool:
    return _is_known(way) and way[-1] in _SECRETS_OF.get(way[0] if len(way) > 1 else "", ())


def _is_known(way: _Way) -> bool:
    match way:
        case (name,):
            return name in Settings.model_fields and name not in _PARTS and name != "questions"
        case ("questions", name):
            return name in QuestionSettings.model_fields
        case ("marketplaces", part, name):
            return part in marketplaces() and name in MarketplaceSettings.model_fields
        case (kind, part, name) if kind in _PARTS:
            return _NAME.fullmatch(part) is not None and name in _PARTS[kind].model_fields
        case _:
            return False


def _meant(way: _Way) -> str:
    """What was perhaps meant, for the end of a sentence."""
    close = difflib.get_close_matches(variable(*way), list(_candidates(way)), n=1, cutoff=0.8)
    return f"; perhaps {close[0]} was meant" if close else ""


def _candidates(way: _Way) -> Iterable[str]:
    yield from (variable(name) for name in Settings.model_fields if name not in _PARTS)
    yield from (variable("questions", name) for name in QuestionSettings.model_fields)
    for kind, part in _PARTS.items():
        names = marketplaces() if kind == "marketplaces" else way[1:2]
        yield from (variable(kind, name, field) for name in names for field in part.model_fields)


def _sentence(detail: ErrorDetails) -> str:
    way = [step for step in detail["loc"] if isinstance(step, str)]
    return f"{variable(*way)} {_complaint(detail)}."


def _complaint(detail: ErrorDetails) -> str:
    match detail["type"]:
        case "missing":
            return "is missing"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "string_pattern_mismatch":
            return "must be three capital letters, such as USD"
        case "bool_parsing":
            return "must be true or false"
        case _:
            return detail["msg"].partition(", unable")[0].replace("Input should be", "must be")


def _check_accounts(settings: Settings) -> None:
    for name, account in settings.marketplaces.items():
        for field in factory(name).unused:
            if field in account.model_fields_set:
                raise SettingsError(f"{variable('marketplaces', name, field)} means nothing there: leave it out.")
        if missing := account.missing(name):
            others = " and ".join(each for each in factory(name).needs if each not in missing)
            raise SettingsError(
                f"{variable('marketplaces', name, missing[0])} is missing: an account needs it beside {others}."
            )


def _check_sources(settings: Settings) -> None:
    """What a named tool lacks it tells itself when it is made; the generic intake has nothing but its secrets."""
    for name, source in settings.sources.items():
        if source.kind is SourceKind.GENERIC and not source.secrets:
            raise SettingsError(f"{variable('sources', name, 'secrets')} is missing.")
        psa = settings.sources.get(source.psa.lower())
        if source.psa and (psa is None or psa.kind not in PSAS):
            raise SettingsError(f"{variable('sources', name, 'psa')} names no connection of a PSA that is configured.")
