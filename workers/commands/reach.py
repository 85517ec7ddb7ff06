"""Which Quoteway a command speaks to: the settings' one, else the one that `quoteway up` runs on the data folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from workers import configured
from workers.commands.exits import Exit, Refusal
from workers.setting_parts import MarketplaceSettings
from workers.settings import Settings, load_settings, variable
from workers.supervision import PartState, Status, read_status

if TYPE_CHECKING:
    from workers.bootstrap import Application

SIMULATED = "pax8"


@dataclass(frozen=True, slots=True)
class OwnServers:
    """
    What `quoteway up` runs itself because the settings name none. Empty: that is not ours.

    `simulator` is the simulated marketplace's address, without a path.
    """

    database_url: str = ""
    redis_url: str = ""
    simulator: str = ""
    keys: tuple[str, ...] = field(default=(), repr=False)

    def into(self, settings: Settings) -> Settings:
        """The settings as if they named these servers."""
        own: dict[str, Any] = {}
        if self.database_url:
            own["database_url"] = SecretStr(self.database_url)
        if self.redis_url:
            own["redis_url"] = SecretStr(self.redis_url)
        if self.keys:
            own["encryption_keys"] = tuple(SecretStr(key) for key in self.keys)
        if self.simulator:
            own["marketplaces"] = {**settings.marketplaces, SIMULATED: self._account(settings)}
        return settings.model_copy(update=own)

    def variables(self) -> dict[str, str]:
        """The same as environment variables, for processes of ours."""
        found = {
            variable("database_url"): self.database_url,
            variable("redis_url"): self.redis_url,
            variable("encryption_keys"): ",".join(self.keys),
        }
        if self.simulator:
            found |= {variable("marketplaces", SIMULATED, name): text for name, text in self._fields().items()}
        return {name: text for name, text in found.items() if text}

    def _account(self, settings: Settings) -> MarketplaceSettings:
        account = settings.marketplaces.get(SIMULATED) or MarketplaceSettings()
        fields = self._fields()
        secret = SecretStr(fields.pop("client_secret"))
        return account.model_copy(update={**fields, "client_secret": secret})

    def _fields(self) -> dict[str, str]:
        from pipeline.marketplaces.simulated import Simulated

        return dict(Simulated(SIMULATED).access(self.simulator))


def data_folder(given: Path | None = None, settings: Settings | None = None) -> Path:
    """The data folder: the one given, else the settings'."""
    if given is not None:
        return given.expanduser().absolute()
    return configured.data_folder(settings or load_settings())


def settings_here() -> Settings:
    """
    The settings, completed by what runs here. Raises Refusal where a server is neither named nor running, SettingsError
    for settings that cannot be meant.
    """
    settings = load_settings()
    if settings.database_url is not None and settings.redis_url is not None:
        return settings
    folder = configured.data_folder(settings)
    found = read_status(folder)
    missing = [name for name in ("database_url", "redis_url") if getattr(settings, name) is None]
    if not found.running:
        names = " and ".join(variable(name) for name in missing) + (" is" if len(missing) == 1 else " are")
        raise Refusal(
            f"No quoteway up runs on {folder}, and {names} not set: start quoteway up, or set what to use.",
            Exit.UNAVAILABLE,
        )
    return _running(settings, found, folder).into(settings)


def _running(settings: Settings, found: Status, folder: Path) -> OwnServers:
    ready = {part.name: part.address or "" for part in found.parts if part.state is PartState.READY}
    named = {part.name for part in found.parts}
    for name, needed in (("postgres", settings.database_url is None), ("valkey", settings.redis_url is None)):
        if needed and name not in ready:
            why = "is not ready yet: try again in a moment" if name in named else "is not among what it runs"
            raise Refusal(f"quoteway up runs on {folder}, and its {name} server {why}.", Exit.UNAVAILABLE)
    embedded = settings.database_url is None
    return OwnServers(
        database_url=ready["postgres"] if embedded else "",
        redis_url=ready["valkey"] if settings.redis_url is None else "",
        simulator=ready.get("simulator", ""),
        keys=configured.encryption_keys(settings, folder) if embedded else (),
    )


@contextmanager
def opened() -> Iterator[Application]:
    """What runs here, opened for one command."""
    from workers.bootstrap import Application

    with Application.open(settings_here()) as application:
        yield application


def own_variables(own: OwnServers, more: Mapping[str, object]) -> dict[str, str]:
    """Environment variables of our own processes: the servers, and these settings by name of field where not None."""
    given = {variable(name): str(value) for name, value in more.items() if value is not None}
    return {**own.variables(), **given}
